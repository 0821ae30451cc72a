import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { connect } from '../../src/engine/docker/client.ts';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { ContainerSpec, Engine, EngineAddress } from '../../src/engine/engine.ts';
import { isError } from '../../src/errors.ts';
import { begun, cannedEngine, json } from '../support/canned-engine.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const spec: ContainerSpec = { image: 'sha256:1234', command: ['train'], environment: {}, labels: {}, mounts: [], gpus: 'all' };
const engineAt = (host: string): Engine => dockerEngine({ host, rule: 'a test' });

describe('an engine that cannot be reached', () => {
  it('is reported with its address and the rule that found it when there is no socket', async () => {
    await using directory = await temporaryDirectory();
    const host = `unix://${directory.path}/none.sock`;
    await assert.rejects(engineAt(host).describe(), failure('EngineUnreachable', new RegExp(`${host} \\(a test\\)`)));
  });

  it('is reported when nobody listens at the socket', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'dead.sock'), '');
    const engine = engineAt(`unix://${directory.path}/dead.sock`);
    await assert.rejects(engine.containers.list({}), failure('EngineUnreachable', /dead\.sock/));
  });

  it('is reported when nobody listens at the port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(engineAt(`tcp://127.0.0.1:${port}`).images.inspect('image'), failure('EngineUnreachable', /127\.0\.0\.1/));
  });

  it('is reported by each operation', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    const { images, networks, volumes, containers, events } = engineAt(`unix://${directory.path}/none.sock`);
    const first = async (): Promise<unknown> => events({}, new AbortController().signal)[Symbol.asyncIterator]().next();
    for (const operation of [
      () => images.ensure('image'),
      () => images.build({ directory: directory.path, tag: 'image' }),
      () => images.remove('image'),
      () => networks.create({ name: 'n', labels: {} }),
      () => networks.remove('n'),
      () => networks.list({}),
      () => volumes.create({ name: 'v', labels: {} }),
      () => volumes.remove('v'),
      () => volumes.list({}),
      () => containers.create(spec),
      () => containers.open('c'),
      () => containers.remove('c'),
      first,
    ]) {
      await assert.rejects(operation, failure('EngineUnreachable', /none\.sock/), operation.toString());
    }
  });

  it('is reported when its connection breaks in the middle of an answer', async () => {
    // As an engine that ends does to whoever asks just then: an answer of more than 4 KB leaves it in several writes.
    await using canned = await cannedEngine({ 'GET /containers/c1/json': begun('{"Id":', (response) => response.socket?.destroy()) });
    await assert.rejects(canned.engine.containers.open('c1'), failure('EngineUnreachable', /engine\.sock/));
  });

  it('is not followed to where it redirects, and an image whose name it would take to be untidy is none', async () => {
    const elsewhere = (_: unknown, response: ServerResponse): unknown => response.writeHead(301, { location: '/containers/c1/json' }).end();
    await using canned = await cannedEngine({ 'GET /containers/a%20b/json': elsewhere as never });
    await assert.rejects(canned.engine.containers.open('a%20b'), failure('EngineFailed', /redirect/i));
    const asked = canned.requests.length;
    for (const name of ['a//b', 'a/', 'a/./b', 'a//b:1']) {
      assert.equal(await canned.engine.images.inspect(name), undefined);
      await assert.rejects(canned.engine.images.ensure(name), failure('ImageNotFound', /invalid reference format/), name);
      await canned.engine.images.remove(name);
    }
    assert.equal(canned.requests.length, asked);
  });

  it('is asked again next time', async () => {
    let isUp = false;
    const version = { Version: '27.0', ApiVersion: '1.47', Arch: 'amd64' };
    const info = { ID: 'id', OperatingSystem: 'Linux', OSType: 'linux', NCPU: 2, MemTotal: 1, Driver: 'overlay2' };
    const whenUp =
      (body: object): ReturnType<typeof json> =>
      (request, response) =>
        isUp ? json(200, body)(request, response) : json(503, { message: 'starting' })(request, response);
    await using canned = await cannedEngine({ 'GET /info': whenUp(info), 'GET /version': whenUp(version) });
    await assert.rejects(canned.engine.describe(), failure('EngineFailed', /starting/));
    isUp = true;
    assert.equal((await canned.engine.describe()).version, '27.0');
  });
});

describe('an engine that the user may not talk to', () => {
  it('is reported with its address', async () => {
    await using canned = await cannedEngine({});
    await chmod(join(canned.socket, '..'), 0o711);
    await chmod(canned.socket, 0);
    // Root may connect to any socket, so for one request this process is somebody else.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await assert.rejects(canned.engine.containers.list({}), failure('EngineForbidden', /You may not talk to .*engine\.sock/));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('connecting', () => {
  it('is not misled by a DOCKER_HOST that means another engine or nothing at all', async () => {
    await using canned = await cannedEngine({ 'GET /containers/json': json(200, []) });
    const before = process.env.DOCKER_HOST;
    try {
      for (const other of ['tcp://127.0.0.1:1', 'unix:///nowhere.sock', 'tcp://[nonsense', 'ssh://me@nowhere']) {
        process.env.DOCKER_HOST = other;
        assert.deepEqual(await engineAt(`unix://${canned.socket}`).containers.list({}), [], other);
        assert.equal(process.env.DOCKER_HOST, other);
      }
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    }
  });

  const endpoint = (host: string, tls?: EngineAddress['tls']): object => {
    const modem = connect({ host, rule: 'a test', ...(tls && { tls }) }).modem as object as Record<string, unknown>;
    const { protocol, host: name, port, socketPath, username } = modem;
    return Object.fromEntries(
      Object.entries({ protocol, name, port: port && String(port), socketPath, username }).filter(([, value]) => value),
    );
  };

  it('takes the socket, the pipe, or the host with its port', () => {
    assert.deepEqual(endpoint('unix:///run/my.sock'), { protocol: 'http', socketPath: '/run/my.sock' });
    assert.deepEqual(endpoint('npipe:////./pipe/engine'), { protocol: 'http', socketPath: '//./pipe/engine' });
    assert.deepEqual(endpoint('tcp://h:4000'), { protocol: 'http', name: 'h', port: '4000' });
    assert.deepEqual(endpoint('tcp://h:80'), { protocol: 'http', name: 'h', port: '80' });
    assert.deepEqual(endpoint('tcp://h'), { protocol: 'http', name: 'h', port: '2375' });
    assert.deepEqual(endpoint('http://h:80'), { protocol: 'http', name: 'h', port: '80' });
  });

  it('speaks TLS where there are certificates, where the port is the one for it, and where the address says so', () => {
    assert.deepEqual(endpoint('tcp://h:4000', { ca: 'the ca' }), { protocol: 'https', name: 'h', port: '4000' });
    assert.deepEqual(endpoint('tcp://h', { ca: 'the ca' }), { protocol: 'https', name: 'h', port: '2376' });
    assert.deepEqual(endpoint('tcp://h:2376'), { protocol: 'https', name: 'h', port: '2376' });
    assert.deepEqual(endpoint('https://h:443'), { protocol: 'https', name: 'h', port: '443' });
    assert.deepEqual(endpoint('tcp://h', { isUnverified: true }), { protocol: 'https', name: 'h', port: '2376' });
  });
});

describe('what the engine refuses otherwise', () => {
  it("is told in the engine's own sentence with what was to be done", async () => {
    await using canned = await cannedEngine({
      'POST /networks/create': json(409, { message: 'network with name n already exists' }),
      'GET /volumes': (_request, response) => response.writeHead(502).end(),
    });
    await assert.rejects(
      canned.engine.networks.create({ name: 'n', labels: {} }),
      failure('EngineFailed', /^The container engine could not create the network n: network with name n already exists$/),
    );
    await assert.rejects(canned.engine.volumes.list({}), failure('EngineFailed', /could not list volumes: .*502/));
  });

  it('is a missing image only when the image is what is missing', async () => {
    await using noImage = await cannedEngine({ 'POST /containers/create': json(404, { message: 'No such image: sha256:1234' }) });
    await assert.rejects(noImage.engine.containers.create(spec), failure('ImageNotFound', /No such image/));
    await using noVolume = await cannedEngine({ 'POST /containers/create': json(404, { message: 'get v: no such volume' }) });
    await assert.rejects(noVolume.engine.containers.create(spec), failure('EngineFailed', /no such volume/));
  });

  it('takes a container of any size, whose name alone is in the address', async () => {
    const made = json(201, { Id: 'c1', Warnings: [] });
    await using canned = await cannedEngine({
      'POST /containers/create': (request, response) => void request.resume().on('end', () => made(request, response)),
    });
    await canned.engine.containers.create({ ...spec, name: 'job', environment: { LONG: 'x'.repeat(2_000_000) } });
    assert.deepEqual(canned.requests, ['POST /containers/create?name=job']);
  });

  it('is no trouble for a removal when the thing is gone or going', async () => {
    const gone = json(404, { message: 'no such thing' });
    await using canned = await cannedEngine({
      'DELETE /containers/c1': json(409, { message: 'removal of container c1 is already in progress' }),
      'DELETE /networks/n': gone,
      'DELETE /volumes/v': gone,
      'DELETE /images/image': gone,
    });
    const { containers, networks, volumes, images } = canned.engine;
    await Promise.all([containers.remove('c1'), networks.remove('n'), volumes.remove('v'), images.remove('image')]);
  });

  it('has a removal wait for the one that somebody else has begun', async () => {
    let isGone = false;
    await using canned = await cannedEngine({
      'DELETE /containers/c1': json(409, { message: 'removal of container c1 is already in progress' }),
      'POST /containers/c1/wait': (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
        setImmediate(() => {
          isGone = true;
          response.end('{"StatusCode":137}');
        });
      },
    });
    await canned.engine.containers.remove('c1');
    assert.ok(isGone);
    assert.deepEqual(canned.requests, ['DELETE /containers/c1?force=true&v=true', 'POST /containers/c1/wait?condition=removed']);
  });

  it('is no trouble where it does not say which address it has in its default bridge', async () => {
    const bridge = (config: object) => json(200, { Id: 'b', Name: 'bridge', Driver: 'bridge', IPAM: { Config: [config] } });
    await using fresh = await cannedEngine({ 'GET /networks/bridge': bridge({ Subnet: '172.17.0.0/16' }) });
    assert.equal(await fresh.engine.networks.gateway('bridge'), '172.17.0.1');
    await using told = await cannedEngine({ 'GET /networks/bridge': bridge({ Subnet: '172.17.0.0/16', Gateway: '172.17.0.5' }) });
    assert.equal(await told.engine.networks.gateway('bridge'), '172.17.0.5');
    await using none = await cannedEngine({ 'GET /networks/bridge': bridge({}) });
    assert.equal(await none.engine.networks.gateway('bridge'), undefined);
  });

  it('is trouble for a removal when the thing is in use', async () => {
    await using canned = await cannedEngine({
      'DELETE /volumes/v': json(409, { message: 'remove v: volume is in use - [c1]' }),
      'DELETE /networks/n': json(403, { message: 'error while removing network: network n id n1 has active endpoints' }),
      'DELETE /volumes/w': json(409, { message: 'conflict' }),
    });
    const { volumes, networks } = canned.engine;
    const uses = async (removal: Promise<void>): Promise<unknown> => {
      const error: unknown = await removal.catch((failed: unknown) => failed);
      assert.ok(isError(error, 'EngineFailed'), String(error));
      return error.detail.isInUse;
    };
    assert.deepEqual(
      [await uses(volumes.remove('v')), await uses(networks.remove('n')), await uses(volumes.remove('w'))],
      [true, true, undefined],
    );
  });

  it('is no trouble for a start that the engine has done already, because somebody had asked for it', async () => {
    let isStarted = false;
    await using canned = await cannedEngine({
      'GET /containers/c1/json': (request, response) => {
        const State = isStarted
          ? { Status: 'running', Running: true, StartedAt: '2026-01-01T00:00:10Z', FinishedAt: '0001-01-01T00:00:00Z' }
          : { Status: 'created', Running: false, StartedAt: '0001-01-01T00:00:00Z', FinishedAt: '0001-01-01T00:00:00Z' };
        json(200, { Id: 'c1', State, NetworkSettings: { Networks: {}, Ports: {} }, HostConfig: {}, Config: {}, Mounts: [] })(
          request,
          response,
        );
      },
      'POST /containers/c1/start': (request, response) => {
        isStarted = true;
        request.resume();
        response.writeHead(304).end();
      },
      'POST /containers/c1/wait': json(200, { StatusCode: 3 }),
      'GET /events': begun(''),
    });
    const started = await canned.engine.containers.ensureStarted('c1');
    assert.equal((await started?.exited)?.code, 3);
  });
});
