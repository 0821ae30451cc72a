import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { connect } from '../../src/engine/docker/client.ts';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { ContainerSpec, Engine } from '../../src/engine/engine.ts';
import { type ErrorCode, isError } from '../../src/errors.ts';
import { begun, cannedEngine, json, records } from '../support/canned-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const spec: ContainerSpec = { image: 'sha256:1234', command: ['train'], environment: {}, labels: {}, mounts: [], gpus: 'all' };

/** Checks code and message of a failure; for `assert.rejects`. */
const failure =
  (code: ErrorCode, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isError(error, code), `${code} expected, not ${error}`);
    assert.match(error.message, message);
    return true;
  };

const engineAt = (host: string): Engine => dockerEngine({ host, rule: 'a test' });
const noContent: Parameters<typeof cannedEngine>[0][string] = (_request, response) => response.writeHead(204).end();

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

  const endpoint = (host: string, tls?: { ca: string }): object => {
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
    assert.deepEqual(endpoint('ssh://me@h:2222'), { protocol: 'ssh', name: 'h', port: '2222', username: 'me' });
  });

  it('speaks TLS where there are certificates, where the port is the one for it, and where the address says so', () => {
    assert.deepEqual(endpoint('tcp://h:4000', { ca: 'the ca' }), { protocol: 'https', name: 'h', port: '4000' });
    assert.deepEqual(endpoint('tcp://h', { ca: 'the ca' }), { protocol: 'https', name: 'h', port: '2376' });
    assert.deepEqual(endpoint('tcp://h:2376'), { protocol: 'https', name: 'h', port: '2376' });
    assert.deepEqual(endpoint('https://h:443'), { protocol: 'https', name: 'h', port: '443' });
  });
});

describe('pulling', () => {
  const missing = json(404, { message: 'no such image' });

  it('fails on an error record, though the stream itself ends well', async () => {
    await using canned = await cannedEngine({
      'GET /images/team/image:1/json': missing,
      'POST /images/create': records({ status: 'Pulling' }, { errorDetail: {}, error: 'manifest for team/image:1 not found' }),
    });
    await assert.rejects(canned.engine.images.ensure('team/image:1'), (error) => {
      assert.ok(isError(error, 'ImageNotFound'));
      assert.match(error.message, /team\/image:1 is not on this engine and could not be pulled: manifest for team\/image:1 not found/);
      assert.match(error.remedy, /docker login/);
      return true;
    });
  });

  it("fails with the registry's words when the engine refuses at once", async () => {
    await using canned = await cannedEngine({
      'GET /images/image/json': missing,
      'POST /images/create': json(500, { message: 'dial tcp: lookup registry: no such host' }),
    });
    await assert.rejects(
      canned.engine.images.ensure('image'),
      failure('ImageNotFound', /pulled: dial tcp: lookup registry: no such host$/),
    );
  });

  it('fails when the engine says that it is done and the image is not there', async () => {
    await using canned = await cannedEngine({ 'GET /images/image/json': missing, 'POST /images/create': records({ status: 'done' }) });
    await assert.rejects(canned.engine.images.ensure('image'), failure('ImageNotFound', /not there/));
  });

  it('reports progress, and asks for one tag only and for the platform', async () => {
    let isPulled = false;
    await using canned = await cannedEngine({
      'GET /images/registry:5000/image/json': (request, response) =>
        isPulled
          ? json(200, { Id: 'sha256:1', Os: 'linux', Architecture: 'arm64', Size: 7, Config: null })(request, response)
          : missing(request, response),
      'POST /images/create': (request, response) => {
        isPulled = true;
        const progress = { status: 'Downloading', id: 'abc', progressDetail: { current: 3, total: 9 } };
        records({ status: 'Pulling from image', id: 'latest' }, progress)(request, response);
      },
    });
    const told: object[] = [];
    const image = await canned.engine.images.ensure('registry:5000/image', {
      platform: 'linux/arm64',
      onProgress: (one) => told.push(one),
    });
    assert.deepEqual(told, [
      { layer: 'latest', status: 'Pulling from image' },
      { layer: 'abc', status: 'Downloading', done: 3, total: 9 },
    ]);
    assert.deepEqual([image.id, image.size, image.entrypoint, image.user, image.labels], ['sha256:1', 7, undefined, '', {}]);
    const asked = new URL(canned.requests.find((request) => request.startsWith('POST'))?.slice(5) ?? '', 'http://engine').searchParams;
    assert.deepEqual([asked.get('fromImage'), asked.get('tag'), asked.get('platform')], ['registry:5000/image', 'latest', 'linux/arm64']);
  });

  it('ends with the reason of the abort, at any time', async () => {
    await using canned = await cannedEngine({
      'GET /images/image/json': missing,
      'POST /images/create': begun('{"status":"Pulling"}\r\n'),
    });
    const before = AbortSignal.abort(new Error('not wanted'));
    await assert.rejects(canned.engine.images.ensure('image', { signal: before }), /not wanted/);
    const during = new AbortController();
    const pull = canned.engine.images.ensure('image', {
      signal: during.signal,
      onProgress: () => during.abort(new Error('no longer wanted')),
    });
    await assert.rejects(pull, /no longer wanted/);
  });

  it('fails when the engine goes away in the middle', async () => {
    await using canned = await cannedEngine({
      'GET /images/image/json': missing,
      'POST /images/create': begun('{"status":"Pulling"}\r\n', (response) => response.destroy()),
    });
    await assert.rejects(canned.engine.images.ensure('image'), failure('EngineUnreachable', /engine\.sock/));
  });
});

describe('an image reference', () => {
  it('that no image can have is refused without asking the engine', async () => {
    await using canned = await cannedEngine({});
    for (const reference of ['two words', '../containers/json', 'a?b=c', 'a#b', 'ä', '']) {
      assert.equal(await canned.engine.images.inspect(reference), undefined, reference);
      await assert.rejects(canned.engine.images.ensure(reference), failure('ImageNotFound', /invalid reference format/), reference);
    }
    assert.deepEqual(canned.requests, []);
  });

  it('that the engine calls invalid is no image, so that any directory may have a namesake', async () => {
    const invalid = json(400, { message: 'repository name must be lowercase' });
    await using canned = await cannedEngine({ 'GET /images/UPPER/json': invalid, 'POST /images/create': invalid });
    assert.equal(await canned.engine.images.inspect('UPPER'), undefined);
    await assert.rejects(canned.engine.images.ensure('UPPER'), failure('ImageNotFound', /must be lowercase/));
  });
});

describe('an image for another platform', () => {
  const imageOf = (architecture: string): ReturnType<typeof json> =>
    json(200, { Id: 'sha256:1', Os: 'linux', Architecture: architecture, Size: 1, Config: {} });

  it('is refused, also where one name begins with the other', async () => {
    for (const [own, wanted] of [
      ['amd64', 'linux/arm64'],
      ['arm', 'linux/arm64'],
      ['arm64', 'linux/arm'],
    ] as const) {
      await using canned = await cannedEngine({ 'GET /images/image/json': imageOf(own) });
      await assert.rejects(
        canned.engine.images.ensure('image', { platform: wanted }),
        failure('WrongPlatform', new RegExp(`is for linux/${own}; ${wanted} is wanted`)),
      );
    }
  });

  it('is not one that only leaves the variant open', async () => {
    await using canned = await cannedEngine({ 'GET /images/image/json': imageOf('arm64') });
    assert.equal((await canned.engine.images.ensure('image', { platform: 'linux/arm64/v8' })).architecture, 'arm64');
    assert.equal((await canned.engine.images.ensure('image', { platform: 'linux/arm64' })).architecture, 'arm64');
  });
});

describe('building', () => {
  it('fails on an error record, with the last lines of the step that failed', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    await using canned = await cannedEngine({
      'POST /build': records(
        { stream: 'Step 1/2 : FROM base' },
        { stream: '\n' },
        { stream: ' ---> 1234\n' },
        { stream: 'Step 2/2 : RUN pip install nosuch' },
        { stream: '\n' },
        { stream: ' ---> Running in 5678\n' },
        { stream: 'Collecting nosuch\nERROR: No matching ' },
        { stream: 'distribution found\n' },
        { error: "The command '/bin/sh -c pip install nosuch' returned a non-zero code: 1" },
      ),
    });
    const lines: string[] = [];
    const build = canned.engine.images.build({ directory: directory.path, tag: 'image' }, { onLine: (line) => lines.push(line) });
    await assert.rejects(build, (error) => {
      assert.ok(isError(error, 'BuildFailed'));
      const expected = [
        `The image of ${directory.path} could not be built: The command '/bin/sh -c pip install nosuch' returned a non-zero code: 1`,
        '  Step 2/2 : RUN pip install nosuch',
        '  Collecting nosuch',
        '  ERROR: No matching distribution found',
      ];
      assert.equal(error.message, expected.join('\n'));
      assert.doesNotMatch(error.remedy, /base image/);
      return true;
    });
    assert.deepEqual(lines.slice(-3), [' ---> Running in 5678', 'Collecting nosuch', 'ERROR: No matching distribution found']);
  });

  it('that misses its base image says how to name another one', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM python:3.11-slim\n');
    for (const message of [
      'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
      'pull access denied for team/base, repository does not exist or may require docker login: denied: access to the resource is denied',
      'manifest for python:nosuch not found: manifest unknown: manifest unknown',
      'no matching manifest for linux/arm64/v8 in the manifest list entries',
    ]) {
      await using canned = await cannedEngine({ 'POST /build': records({ stream: 'Step 1/1 : FROM x\n' }, { error: message }) });
      await assert.rejects(canned.engine.images.build({ directory: directory.path, tag: 'image' }), (error) => {
        assert.ok(isError(error, 'BuildFailed'));
        assert.match(error.remedy, /--build-arg BASE_IMAGE=/, message);
        return true;
      });
    }
  });

  it('does not take a step that printed something of a registry for a missing base image', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    const error = "The command '/bin/sh -c curl https://registry.example' returned a non-zero code: 6";
    await using canned = await cannedEngine({ 'POST /build': records({ error }) });
    await assert.rejects(canned.engine.images.build({ directory: directory.path, tag: 'image' }), (thrown) => {
      assert.ok(isError(thrown, 'BuildFailed'));
      assert.doesNotMatch(thrown.remedy, /base image/);
      return true;
    });
  });

  it('fails when the engine refuses the Dockerfile', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FORM scratch\n');
    await using canned = await cannedEngine({
      'POST /build': (request, response) =>
        void request
          .resume()
          .on('end', () => json(400, { message: 'dockerfile parse error line 1: unknown instruction: FORM' })(request, response)),
    });
    const build = canned.engine.images.build({ directory: directory.path, tag: 'image' });
    await assert.rejects(build, failure('BuildFailed', /unknown instruction: FORM/));
  });

  it('of a directory that cannot be read blames the directory, not the engine', async () => {
    await using directory = await temporaryDirectory();
    await using canned = await cannedEngine({ 'POST /build': records({ stream: 'done' }) });
    const gone = join(directory.path, 'gone');
    await assert.rejects(canned.engine.images.build({ directory: gone, tag: 'image' }), failure('InputUnreadable', /gone/));

    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    await writeFile(join(directory.path, 'secret'), 'x');
    await chmod(join(directory.path, 'secret'), 0);
    await chmod(directory.path, 0o755);
    const isRoot = process.geteuid?.() === 0; // who may read everything
    if (isRoot) await chmod(canned.socket, 0o777).then(() => chmod(join(canned.socket, '..'), 0o755));
    if (isRoot) process.seteuid?.(65_534);
    try {
      await assert.rejects(
        canned.engine.images.build({ directory: directory.path, tag: 'image' }),
        failure('InputUnreadable', /permission denied.*secret/),
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('ends with the reason of the abort, at any time', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    await using canned = await cannedEngine({ 'POST /build': begun('{"stream":"Step 1/1 : RUN sleep 1000\\n"}\r\n') });
    const build = (signal: AbortSignal, onLine?: () => void): Promise<unknown> =>
      canned.engine.images.build({ directory: directory.path, tag: 'image' }, { signal, ...(onLine && { onLine }) });
    await assert.rejects(build(AbortSignal.abort(new Error('not wanted'))), /not wanted/);
    const during = new AbortController();
    await assert.rejects(
      build(during.signal, () => during.abort(new Error('no longer wanted'))),
      /no longer wanted/,
    );
  });

  it('sends what the request names: tag, arguments, target, platform, labels', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'docker'));
    await writeFile(join(directory.path, 'docker/Own'), 'FROM scratch\n');
    await using canned = await cannedEngine({
      'POST /build': records({ stream: 'done' }),
      'GET /images/image/json': json(200, { Id: 'sha256:1', Os: 'linux', Architecture: 'amd64', Size: 1, Config: {} }),
    });
    await canned.engine.images.build({
      directory: directory.path,
      tag: 'image',
      dockerfile: './docker/Own',
      buildArguments: { BASE: 'b' },
      target: 'last',
      platform: 'linux/amd64',
      labels: { l: '1' },
    });
    const { searchParams } = new URL(canned.requests[0]?.slice(5) ?? '', 'http://engine');
    const { t, dockerfile, buildargs, target, platform, labels, forcerm } = Object.fromEntries(searchParams);
    assert.deepEqual(
      { t, dockerfile, buildargs, target, platform, labels, forcerm },
      {
        t: 'image',
        dockerfile: 'docker/Own',
        buildargs: '{"BASE":"b"}',
        target: 'last',
        platform: 'linux/amd64',
        labels: '{"l":"1"}',
        forcerm: 'true',
      },
    );
  });
});

describe('starting', () => {
  const startOf = (status: number, message: string): Parameters<typeof cannedEngine>[0] => ({
    'POST /containers/c1/wait': begun(''),
    'POST /containers/c1/start': json(status, { message }),
  });

  it('on a machine without GPUs is refused with what the engine said', async () => {
    await using canned = await cannedEngine(startOf(500, 'could not select device driver "nvidia" with capabilities: [[gpu]]'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('NoGpu', /\(all\) .*could not select device driver/));
  });

  it('with a port that somebody has names the port', async () => {
    await using canned = await cannedEngine(startOf(500, 'Bind for 127.0.0.1:8080 failed: port is already allocated'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('PortTaken', /Port 8080 on 127\.0\.0\.1 is taken/));
  });

  it('of a program that does not exist blames the image', async () => {
    await using canned = await cannedEngine(startOf(400, 'exec: "train": executable file not found in $PATH: unknown'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('NotStartable', /exec: "train": executable file not found in \$PATH$/));
  });

  it('comes after the engine has taken the wait, so that no exit is missed', async () => {
    let isTaken = false;
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': (request, response) => {
        // Later than a start would come that is sent at once.
        setTimeout(() => {
          isTaken = true;
          begun('{"StatusCode":3}', () => response.end())(request, response);
        }, 50);
      },
      'POST /containers/c1/start': (request, response) =>
        isTaken ? noContent(request, response) : json(500, { message: 'started too early' })(request, response),
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    assert.deepEqual(await started.exited, { code: 3, oomKilled: false });
  });

  it('fails when the engine does not take the wait', async () => {
    await using canned = await cannedEngine({ 'POST /containers/c1/wait': json(404, { message: 'No such container: c1' }) });
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('EngineFailed', /No such container: c1/));
    assert.ok(!canned.requests.some((request) => request.includes('/start')));
  });
});

describe('waiting for the end', () => {
  it('fails when the engine goes away meanwhile, instead of waiting for ever', async () => {
    let goAway = (): void => {};
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': begun('', (response) => {
        goAway = () => response.destroy();
      }),
      'POST /containers/c1/start': noContent,
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    goAway();
    await assert.rejects(started.exited, failure('EngineUnreachable', /engine\.sock/));
  });

  it('is not disturbed by a removal right after a kill', async () => {
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': begun('{"StatusCode":137}', (response) => response.end()),
      'POST /containers/c1/start': noContent,
      'GET /containers/c1/json': json(404, { message: 'No such container: c1' }),
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    assert.deepEqual(await started.exited, { code: 137, oomKilled: false });
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

  it('is trouble for a removal when the thing is in use', async () => {
    await using canned = await cannedEngine({ 'DELETE /volumes/v': json(409, { message: 'volume is in use' }) });
    await assert.rejects(canned.engine.volumes.remove('v'), failure('EngineFailed', /volume is in use/));
  });
});

describe('the events of an engine', () => {
  const event = { Type: 'container', Action: 'die', Actor: { ID: 'c1', Attributes: { name: 'n', l: '1' } } };

  it('come one by one, also when a line arrives in pieces', async () => {
    const line = `${JSON.stringify(event)}\n`;
    await using canned = await cannedEngine({
      'GET /events': begun(`${line}${line.slice(0, 20)}`, (response) => setImmediate(() => response.write(line.slice(20)))),
    });
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const { id, action, labels } of canned.engine.events({ l: '1' }, abort.signal)) {
      seen.push(`${id} ${action} ${labels.l}`);
      if (seen.length === 2) abort.abort();
    }
    assert.deepEqual(seen, ['c1 die 1', 'c1 die 1']);
    assert.match(decodeURIComponent(canned.requests[0] ?? ''), /"type":\["container"\],"label":\["l=1"\]/);
  });

  it('are over when the signal aborts, before and while one waits for them', async () => {
    await using canned = await cannedEngine({ 'GET /events': begun('') });
    const collect = async (signal: AbortSignal): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const one of canned.engine.events({}, signal)) seen.push(one);
      return seen;
    };
    assert.deepEqual(await collect(AbortSignal.abort()), []);
    const abort = new AbortController();
    const collecting = collect(abort.signal);
    abort.abort();
    assert.deepEqual(await collecting, []);
  });

  it('fail when the engine goes away', async () => {
    await using canned = await cannedEngine({ 'GET /events': begun('', (response) => setImmediate(() => response.destroy())) });
    const first = canned.engine.events({}, new AbortController().signal)[Symbol.asyncIterator]().next();
    await assert.rejects(first, failure('EngineUnreachable', /engine\.sock/));
  });
});
