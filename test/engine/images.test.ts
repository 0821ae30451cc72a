import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { begun, cannedEngine, json, records } from '../support/canned-engine.ts';
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
