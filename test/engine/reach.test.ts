import assert from 'node:assert/strict';
import { publishedOn, reachPort } from '../../src/engine/docker/reach.ts';

describe('a port published on the machine of an engine', () => {
  const cases: readonly (readonly [host: string, published: string, reached: string])[] = [
    ['unix:///var/run/docker.sock', '127.0.0.1', '127.0.0.1'],
    ['npipe:////./pipe/docker_engine', '127.0.0.1', '127.0.0.1'],
    ['tcp://localhost:2375', '127.0.0.1', '127.0.0.1'],
    ['tcp://127.0.0.1:2375', '127.0.0.1', '127.0.0.1'],
    ['tcp://[::1]:2375', '127.0.0.1', '127.0.0.1'],
    ['tcp://build.example:2376', '0.0.0.0', 'build.example'],
    ['https://10.0.0.7', '0.0.0.0', '10.0.0.7'],
  ];
  for (const [host, published, reached] of cases) {
    it(`is at ${reached} when the engine is at ${host}`, async () => {
      const address = { host, rule: 'a test' };
      assert.equal(publishedOn(address), published);
      const { host: name, port } = await reachPort(address, 32_768);
      assert.deepEqual([name, port], [reached, 32_768]);
    });
  }

  it('is published on loopback where ssh leads to it', () => {
    assert.equal(publishedOn({ host: 'ssh://build.example', rule: 'a test' }), '127.0.0.1');
  });
});
