import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/engine.ts';
import { isError } from '../../src/errors.ts';
import { type Answers, begun, cannedEngine, json, records } from '../support/canned-engine.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

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
      assert.match(error.remedy, /docker images/);
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
      failure('RegistryUnreachable', /docker\.io: dial tcp: lookup registry: no such host$/),
    );
  });

  it('fails when the engine says that it is done and the image is not there', async () => {
    await using canned = await cannedEngine({ 'GET /images/image/json': missing, 'POST /images/create': records({ status: 'done' }) });
    await assert.rejects(canned.engine.images.ensure('image'), failure('PullFailed', /not there/));
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
    const pulled = await canned.engine.images.ensure('registry:5000/image', {
      platform: 'linux/arm64',
      onProgress: (one) => told.push(one),
    });
    const image = 'registry:5000/image';
    assert.deepEqual(told, [
      { image, stage: 'download', done: 0 },
      { image, stage: 'download', done: 3, total: 9 },
    ]);
    assert.deepEqual([pulled.id, pulled.size, pulled.entrypoint, pulled.user, pulled.labels], ['sha256:1', 7, undefined, '', {}]);
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
  it('is there when it is there', async () => {
    const foreign = json(200, { Id: 'sha256:1', Os: 'linux', Architecture: 's390x', Size: 1, Config: {} });
    await using canned = await cannedEngine({ 'GET /images/image/json': foreign });
    assert.equal((await canned.engine.images.ensure('image', { platform: 'linux/amd64' })).architecture, 's390x');
  });

  it('is not pulled where the registry has no other', async () => {
    await using canned = await cannedEngine({
      'GET /images/image/json': json(404, { message: 'no such image' }),
      'POST /images/create': json(404, { message: 'no matching manifest for linux/arm64/v8 in the manifest list entries' }),
    });
    await assert.rejects(canned.engine.images.ensure('image', { platform: 'linux/arm64' }), (error) => {
      assert.ok(isError(error, 'WrongPlatform'));
      assert.match(error.message, /image is for other platforms; linux\/arm64 is wanted/);
      assert.match(error.remedy, /DOCKER_DEFAULT_PLATFORM/);
      return true;
    });
  });
});

describe('what is sent to an engine for a registry', () => {
  const missing = json(404, { message: 'no such image' });
  const decoded = (header: string | string[] | undefined): unknown =>
    header && JSON.parse(Buffer.from(String(header), 'base64url').toString());

  /** An engine that pulls and builds nothing, for a user with this docker config; what it was sent with each POST. */
  async function asked(config: object, ask: (engine: Engine) => Promise<unknown>, answers: Answers = {}) {
    await using home = await temporaryDirectory();
    await writeFile(join(home.path, 'config.json'), JSON.stringify(config));
    const headers: http.IncomingHttpHeaders[] = [];
    const addresses: URL[] = [];
    const note: http.RequestListener = (request, response) => {
      headers.push(request.headers);
      addresses.push(new URL(request.url ?? '', 'http://engine'));
      json(500, { message: 'no more' })(request, response);
    };
    const surroundings = { env: { DOCKER_CONFIG: home.path }, home: home.path };
    await using canned = await cannedEngine({ 'POST /images/create': note, 'POST /build': note, ...answers }, surroundings);
    await assert.rejects(ask(canned.engine));
    return {
      address: addresses[0]?.href ?? '',
      search: Object.fromEntries(addresses[0]?.searchParams ?? []),
      auth: decoded(headers[0]?.['x-registry-auth']),
      config: decoded(headers[0]?.['x-registry-config']),
    };
  }
  const secret = 'sü?cret>>>~~~'; // needs both characters in which the two alphabets of base64 differ
  const auth = Buffer.from(`me:${secret}`).toString('base64');

  it('with a pull are the credentials for its registry, in a header alone', async () => {
    const { address, auth: sent } = await asked({ auths: { 'a.example': { auth } } }, ({ images }) => images.ensure('a.example/image:1'), {
      'GET /images/a.example/image:1/json': missing,
    });
    assert.deepEqual(sent, { username: 'me', password: secret, serveraddress: 'a.example' });
    assert.ok(!address.includes('auth') && !decodeURIComponent(address).includes(secret));
    const other = await asked({ auths: { 'a.example': { auth } } }, ({ images }) => images.ensure('image'), {
      'GET /images/image/json': missing,
    });
    assert.equal(other.auth, undefined);
  });

  it('with a build are the credentials that there are, and the proxies', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM a.example/image\n');
    const config = { auths: { 'a.example': { auth } }, proxies: { default: { httpProxy: 'http://proxy:1', noProxy: 'n' } } };
    const spec = { directory: directory.path, tag: 'image', buildArguments: { no_proxy: 'mine' } };
    const sent = await asked(config, ({ images }) => images.build(spec), { 'GET /images/a.example/image/json': missing });
    assert.deepEqual(sent.config, { 'a.example': { username: 'me', password: secret, serveraddress: 'a.example' } });
    assert.deepEqual(JSON.parse(sent.search.buildargs ?? ''), {
      no_proxy: 'mine',
      HTTP_PROXY: 'http://proxy:1',
      http_proxy: 'http://proxy:1',
    });
    assert.ok(!decodeURIComponent(sent.address).includes(secret));
  });

  it('is nothing that a helper would have to be asked for where the base image is there for the platform', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM a.example/image\n');
    const build = (platform: string) =>
      asked({ credsStore: 'absent' }, ({ images }) => images.build({ directory: directory.path, tag: 'image', platform }, { onWarning }), {
        'GET /images/a.example/image/json': json(200, { Id: 'sha256:1', Os: 'linux', Architecture: 'amd64', Size: 1, Config: {} }),
      });
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    await build('linux/amd64');
    assert.deepEqual(warnings, []);
    await build('linux/arm64');
    assert.match(warnings.join(), /a\.example is asked without credentials.*docker-credential-absent is not on PATH/);
  });

  it('is nothing when the credentials cannot be had, which is told with the failure too', async () => {
    const warnings: string[] = [];
    const ensured = asked(
      { credsStore: 'absent' },
      async ({ images }) => {
        const pull = images.ensure('a.example/image', { onWarning: (message) => warnings.push(message) });
        await assert.rejects(pull, failure('RegistryDenied', /unauthorized \(docker-credential-absent is not on PATH\)$/));
        await pull;
      },
      { 'GET /images/a.example/image/json': missing, 'POST /images/create': json(500, { message: 'unauthorized' }) },
    );
    await ensured;
    assert.match(warnings.join(), /a\.example is asked without credentials.*docker-credential-absent is not on PATH/);
  });
});

describe('building', () => {
  it('fails on an error record, with the last lines of the step that failed', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM base\n\nRUN pip install nosuch\n');
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
        `The image of ${directory.path} could not be built: Dockerfile:3: RUN pip install nosuch ended with exit code 1`,
        '  Collecting nosuch',
        '  ERROR: No matching distribution found',
      ];
      assert.equal(error.message, expected.join('\n'));
      assert.doesNotMatch(error.remedy, /base image/);
      return true;
    });
    assert.deepEqual(lines, ['Collecting nosuch', 'ERROR: No matching distribution found']);
  });

  describe('whose layers somebody removes meanwhile', () => {
    const gone = `unable to find image "sha256:${'3c'.repeat(32)}"`;
    const failing = records({ stream: 'Step 1/1 : COPY a /\n' }, { error: gone });

    /** Answers one build after the other; how often the engine was asked to build, what was noted, and what came of it. */
    async function built(answers: readonly ReturnType<typeof records>[], onNote = (): void => {}, signal?: AbortSignal) {
      await using directory = await temporaryDirectory();
      await writeFile(join(directory.path, 'Dockerfile'), 'FROM --platform=linux/s390x base\nCOPY a /\n');
      const notes: string[] = [];
      const warnings: string[] = [];
      let asked = 0;
      await using canned = await cannedEngine({
        'POST /build': (request, response) => answers[asked++]?.(request, response),
        'GET /images/image/json': json(200, { Id: 'sha256:1', Config: {} }),
        'GET /images/base/json': json(200, { Id: 'sha256:2', Config: {}, Os: 'linux', Architecture: 'amd64' }),
      });
      const [outcome] = await Promise.allSettled([
        canned.engine.images.build(
          { directory: directory.path, tag: 'image' },
          {
            onNote(note) {
              notes.push(note);
              onNote();
            },
            onWarning: (warning) => warnings.push(warning),
            ...(signal && { signal }),
          },
        ),
      ]);
      return { asked, notes, warnings, outcome };
    }

    it('begins again', async () => {
      const { asked, notes, warnings, outcome } = await built([failing, records({ stream: 'Step 1/1 : COPY a /\n' })]);
      assert.equal(outcome?.status, 'fulfilled');
      assert.equal(asked, 2);
      assert.match(notes.join(), /removed meanwhile/);
      assert.equal(warnings.length, 1, 'of the other platform, once');
    });

    it('is given up when it happens each time', async () => {
      const { asked, outcome } = await built([failing, failing, failing]);
      assert.equal(asked, 3);
      assert.ok(outcome?.status === 'rejected' && isError(outcome.reason, 'BuildFailed'));
      assert.ok(outcome.reason.message.includes(gone));
      assert.match(outcome.reason.remedy, /build when that is over/);
    });

    it('does not begin again when it was aborted', async () => {
      const controller = new AbortController();
      const enough = new Error('enough');
      const { asked, outcome } = await built([failing, failing], () => controller.abort(enough), controller.signal);
      assert.equal(asked, 1);
      assert.ok(outcome?.status === 'rejected' && outcome.reason === enough);
    });

    it('is not what a command says that fails', async () => {
      const said = records({ stream: `Step 1/1 : RUN x\n${gone}\n` }, { error: "The command 'x' returned a non-zero code: 1" });
      const { asked, outcome } = await built([said]);
      assert.deepEqual([asked, outcome?.status], [1, 'rejected']);
    });
  });

  it('that misses its base image says how to name another one', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM python:3.11-slim\n');
    for (const message of [
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

  it('that cannot reach the registry of its base image is trouble of the host', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM python:3.11-slim\n');
    for (const message of [
      'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
      'Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.2:53: read udp 10.0.0.3:4->10.0.0.2:53: i/o timeout',
      'Get "https://registry.example/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
      'Get "https://registry.example/v2/": net/http: TLS handshake timeout',
    ]) {
      await using canned = await cannedEngine({ 'POST /build': records({ stream: 'Step 1/1 : FROM x\n' }, { error: message }) });
      await assert.rejects(canned.engine.images.build({ directory: directory.path, tag: 'image' }), (error) => {
        failure('BaseUnreachable', /could not be built: Dockerfile:1: FROM /)(error);
        assert.deepEqual(isError(error) && [error.blame, /--build-arg BASE_IMAGE=/.test(error.remedy)], ['host', true], message);
        return true;
      });
    }
  });

  it('of which a step cannot reach something is the Dockerfile’s own affair', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM base\nADD http://a.example/file /\n');
    const error = 'ADD failed: Get "http://a.example/file": dial tcp 10.0.0.1:80: connect: connection refused';
    const answers = { 'POST /build': records({ stream: 'Step 2/2 : ADD http://a.example/file /\n' }, { error }) };
    await using canned = await cannedEngine(answers);
    await assert.rejects(canned.engine.images.build({ directory: directory.path, tag: 'image' }), failure('BuildFailed', /ADD/));
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

  it('shows the pull of its base image as progress, and the rest as lines', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM python\n');
    await using canned = await cannedEngine({
      'POST /build': records(
        { stream: 'Step 1/1 : FROM python\n' },
        { status: 'Pulling from library/python', id: 'latest' },
        { status: 'Downloading', id: 'abc', progressDetail: { current: 3, total: 9 } },
        { status: 'Pull complete', id: 'abc', progressDetail: {} },
        { status: 'Status: Downloaded newer image for python:latest' },
        { stream: ' ---> 1234\n' },
      ),
      'GET /images/image/json': json(200, { Id: 'sha256:1', Os: 'linux', Architecture: 'amd64', Size: 1, Config: {} }),
    });
    const told: unknown[] = [];
    await canned.engine.images.build(
      { directory: directory.path, tag: 'image' },
      {
        onStep: ({ place, text, state, line }) => told.push(`${state} ${place} ${text} :${line}`),
        onLine: (line) => told.push(line),
        onProgress: (progress) => told.push(progress),
      },
    );
    const image = 'library/python:latest';
    assert.deepEqual(told, [
      'begun 1/1 FROM python :1',
      'Pulling from library/python:latest',
      { image, stage: 'download', done: 3, total: 9 },
      { image, stage: 'unpack', done: 9, total: 9 },
      'Status: Downloaded newer image for python:latest',
      'done 1/1 FROM python :1',
    ]);
  });

  it('that fills the disk of the engine blames the engine, not the image', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    await using canned = await cannedEngine({ 'POST /build': records({ error: 'Error processing tar file: no space left on device' }) });
    await assert.rejects(
      canned.engine.images.build({ directory: directory.path, tag: 'image' }),
      failure('EngineDiskFull', /could not build .*no space left on device/),
    );
  });

  it('for a processor that the engine cannot emulate says how to build for its own', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    const error = "The command '/bin/sh -c true' returned a non-zero code: 1";
    await using canned = await cannedEngine({
      'POST /build': records({ stream: 'Step 2/2 : RUN true\nexec /bin/sh: exec format error\n' }, { error }),
    });
    await assert.rejects(
      canned.engine.images.build({ directory: directory.path, tag: 'image', platform: 'linux/arm64' }),
      (thrown) => isError(thrown, 'BuildFailed') && /linux\/arm64.*DOCKER_DEFAULT_PLATFORM/.test(thrown.remedy),
    );
  });

  it('whose base image wants a login names the command', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM ghcr.io/team/base\n');
    const error = 'Head "https://ghcr.io/v2/team/base/manifests/latest": unauthorized';
    await using canned = await cannedEngine({
      'GET /images/ghcr.io/team/base/json': json(404, { message: 'no such image' }),
      'POST /build': records({ error }),
    });
    await assert.rejects(
      canned.engine.images.build({ directory: directory.path, tag: 'image' }),
      (thrown) => isError(thrown, 'BuildFailed') && thrown.remedy.includes('docker login ghcr.io\n'),
    );
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
      for (const platform of [undefined, 'linux/amd64'] as const) {
        await assert.rejects(
          canned.engine.images.build({ directory: directory.path, tag: 'image', ...(platform && { platform }) }),
          failure('InputUnreadable', /permission denied.*secret/),
        );
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('ends with the reason of the abort, at any time', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n');
    await using canned = await cannedEngine({ 'POST /build': begun('{"stream":"Step 1/1 : RUN sleep 1000\\n"}\r\n') });
    const build = (signal: AbortSignal, onStep?: () => void): Promise<unknown> =>
      canned.engine.images.build({ directory: directory.path, tag: 'image' }, { signal, ...(onStep && { onStep }) });
    await assert.rejects(build(AbortSignal.abort(new Error('not wanted'))), /not wanted/);
    const during = new AbortController();
    await assert.rejects(
      build(during.signal, () => during.abort(new Error('no longer wanted'))),
      /no longer wanted/,
    );
  });

  it('sends what the request names: tags, arguments, target, platform, labels, and what of the cache counts', async () => {
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
      otherTags: ['second:1'],
      cacheFrom: ['old:1'],
      noCache: true,
      pull: true,
    });
    const sent = canned.requests.find((request) => request.startsWith('POST /build'));
    const { searchParams } = new URL(sent?.slice(5) ?? '', 'http://engine');
    assert.deepEqual(searchParams.getAll('t'), ['image', 'second:1']);
    const { dockerfile, buildargs, target, platform, labels, forcerm, cachefrom, nocache, pull, version } =
      Object.fromEntries(searchParams);
    assert.deepEqual(
      { dockerfile, buildargs, target, platform, labels, forcerm, cachefrom, nocache, pull, version },
      {
        cachefrom: '["old:1"]',
        nocache: 'true',
        pull: 'true',
        version: undefined,
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
