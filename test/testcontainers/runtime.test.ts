import assert from 'node:assert/strict';
import { addressOf } from '../../src/testcontainers/runtime.ts';

describe('the engine of testcontainers', () => {
  it('is the one that its client talks to', () => {
    const rule = 'testcontainers';
    assert.deepEqual(addressOf({ socketPath: '/run/docker.sock' }), { host: 'unix:///run/docker.sock', rule });
    assert.deepEqual(addressOf({ protocol: 'http', host: '10.1.2.3', port: '2375' }), { host: 'tcp://10.1.2.3:2375', rule });
    assert.deepEqual(addressOf({ protocol: 'ssh', host: 'box', username: 'me', port: 22 }), { host: 'ssh://me@box:22', rule });
    const tls = { ca: Buffer.from('a'), cert: Buffer.from('b'), key: Buffer.from('c') };
    assert.deepEqual(addressOf({ protocol: 'https', host: 'box', port: 2376, ...tls }), {
      host: 'tcp://box:2376',
      rule,
      tls: { ca: 'a', cert: 'b', key: 'c' },
    });
  });
});
