import assert from 'node:assert/strict';
import http from 'node:http';
import { join } from 'node:path';
import { startServer } from '../../src/api/server.ts';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { fail } from '../../src/errors.ts';
import { callbackFor } from '../../src/grants.ts';
import { Scope } from '../../src/scope.ts';
import { listenForContainers, wayBack } from '../../src/up/callback.ts';
import { FakeEngine, type FakeEngineOptions } from '../support/fake-engine.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the way from a container to this machine', () => {
  const docker = { kind: 'docker', isNative: true, rootless: false, operatingSystem: 'Debian GNU/Linux 12' } as const;
  const socket = { host: 'unix:///var/run/docker.sock' };
  const virtual = { ...docker, isNative: false };
  const why = (...[engine, address, platform, bridge]: Parameters<typeof wayBack>): string => {
    const way = wayBack(engine, address, platform, bridge);
    return way.kind === 'none' ? way.why : assert.fail(way.host);
  };

  it('is the gateway of the default bridge, on an engine of this very machine', () =>
    assert.deepEqual(wayBack(docker, socket, 'linux', '10.9.0.1'), { kind: 'address', host: '10.9.0.1' }));

  it('is a name of the engine’s where that is in a virtual machine', () => {
    const desktop = { ...virtual, operatingSystem: 'Docker Desktop' };
    const byName = { kind: 'name', host: 'host.docker.internal' };
    assert.deepEqual(wayBack(desktop, socket, 'linux', '172.17.0.1'), byName);
    assert.deepEqual(wayBack(desktop, { host: 'npipe:////./pipe/docker_engine' }, 'win32', '172.17.0.1'), byName);
    assert.deepEqual(wayBack(virtual, { host: 'tcp://localhost:2375' }, 'darwin', '172.17.0.1'), byName);
    const podman = { ...virtual, kind: 'podman', rootless: true } as const;
    for (const host of ['unix:///tmp/podman.sock', 'ssh://core@127.0.0.1:52211/run/podman.sock'])
      assert.deepEqual(wayBack(podman, { host }, 'darwin', undefined), { kind: 'name', host: 'host.containers.internal' });
  });

  it('is none where there is none, and why is said', () => {
    for (const host of ['ssh://me@gpu-box', 'tcp://192.0.2.7:2376', 'https://docker.example'])
      assert.match(why({ ...virtual, operatingSystem: 'Docker Desktop' }, { host }, 'darwin', '172.17.0.1'), /another machine/);
    assert.match(why({ ...virtual, rootless: true }, socket, 'linux', '172.17.0.1'), /rootless/);
    assert.match(why({ ...docker, kind: 'podman' }, socket, 'linux', '10.88.0.1'), /podman/);
    assert.match(why(virtual, { host: 'tcp://127.0.0.1:2375' }, 'linux', '172.17.0.1'), /over a network/);
    assert.match(why(docker, socket, 'linux', undefined), /no default bridge/);
  });
});

if (process.platform === 'linux') {
  describe('the door for containers', () => {
    const gateway = '127.201.7.1'; // Linux answers on all of 127/8
    let scope: Scope;
    let port: number;
    beforeEach(async () => {
      scope = new Scope();
      port = await freePort();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const open = async (engine: Partial<FakeEngineOptions> = {}, isHere = true): Promise<Emulator> => {
      const fake = scope.use(new FakeEngine({ images: {}, gateway, ...engine }));
      if (isHere) Object.assign(fake, { address: { host: 'unix:///a-test.sock', rule: 'a test' } });
      const root = scope.use(await temporaryDirectory());
      return scope.use(await openEmulator({ home: join(root.path, 'home'), engine: fake }));
    };
    const door = async (emulator: Emulator) => {
      const opened = await listenForContainers(emulator, { port, handler: (_request, response) => void response.end('hello') });
      scope.defer(() => opened.close());
      return opened;
    };
    const get = (host: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = http.get({ host, port, agent: false }, async (response) => {
          let body = '';
          for await (const chunk of response) body += chunk;
          resolve(body);
        });
        request.on('error', reject);
      });

    it('is at the gateway alone, at the port of the API, and jobs of every account are told of it', async () => {
      const emulator = await open();
      const opened = await door(emulator);
      assert.ok('url' in opened);
      const expected = { url: `http://${gateway}:${port}`, host: gateway };
      assert.deepEqual({ url: opened.url, host: opened.host }, expected);
      assert.equal(await get(gateway), 'hello');
      await assert.rejects(get('127.0.0.1'), /ECONNREFUSED/);
      assert.deepEqual(await callbackFor(emulator.in({ account: '111122223333', region: 'eu-west-1' })), expected);
      const role = { arn: 'arn:aws:iam::123456789012:role/r' };
      assert.equal(await callbackFor(emulator, { role }), undefined, 'with the keys of a real role, code means AWS');
      await opened.close();
      await assert.rejects(get(gateway), /ECONNREFUSED/);
      assert.equal(await emulator.callback(), undefined);
    });

    it('leaves the port free for the API itself', async () => {
      await door(await open());
      const server = scope.use(await startServer({ port, invocations: () => false, endpoints: () => [] }));
      assert.equal(server.port, port);
    });

    it('needs no listener where the engine relays a name', async () => {
      const opened = await door(await open({ describe: { isNative: false, operatingSystem: 'Docker Desktop' } }));
      assert.ok('url' in opened);
      assert.equal(opened.url, `http://host.docker.internal:${port}`);
      await assert.rejects(get(gateway), /ECONNREFUSED/);
    });

    const refused = async (emulator: Emulator): Promise<string> => {
      const opened = await door(emulator);
      assert.equal(await emulator.callback().catch(() => undefined), undefined);
      return 'why' in opened ? opened.why : assert.fail(opened.url);
    };

    it('says in one sentence why it is shut, and what to do', async () => {
      const shut = /^Containers cannot call this API, and get no AWS_ENDPOINT_URL: .*[^.]\. Where you know .*\.$/;
      assert.match(await refused(await open({}, false)), shut);
      const server = http.createServer().listen(port, gateway);
      scope.defer(() => void server.close());
      assert.match(await refused(await open()), /Port \d+ on 127\.201\.7\.1 is taken\. Where/);
      assert.match(await refused(await open({ gateway: '192.0.2.77' })), /192\.0\.2\.77, by which .* is no address of this one/);
    });

    it('opens with the next job when the engine was away at first', async () => {
      const emulator = await open();
      const { describe: answer } = emulator.engine;
      let isAway = true;
      emulator.engine.describe = async () => {
        if (isAway) throw fail('EngineUnreachable', { where: 'here', rule: 'a test' });
        return await answer.call(emulator.engine);
      };
      assert.match(await refused(emulator), /No container engine answers at here/);
      isAway = false;
      assert.equal((await emulator.callback())?.host, gateway);
      assert.equal(await get(gateway), 'hello');
    });
  });
}
