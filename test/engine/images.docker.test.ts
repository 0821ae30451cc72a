import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { connect } from '../../src/engine/docker/client.ts';
import { findEngine } from '../../src/engine/find.ts';
import { archiveOf } from '../support/archives.ts';
import { eventually, rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { baseImage } from '../support/real-engine.ts';

describe('images of an engine', function () {
  this.timeout(60_000);
  const { engine, run, image, directory, defer } = testContainers();

  it('can be looked up by tag and by id, with what they run', async () => {
    const built = await image(
      'ENTRYPOINT ["echo", "entry"]',
      'CMD ["default"]',
      'ENV EMPTY= GREETING="a=b c"',
      'USER 65534:65534',
      'WORKDIR /srv',
      'LABEL team=ours',
    );
    const found = await engine.images.inspect(built.id);
    assert.ok(found);
    assert.match(found.id, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(found.tags, built.tags);
    assert.deepEqual(await engine.images.inspect(built.tags[0] ?? ''), found);
    assert.deepEqual(await engine.images.ensure(built.id), found);
    assert.deepEqual([found.entrypoint, found.command], [['echo', 'entry'], ['default']]);
    assert.deepEqual([found.environment.EMPTY, found.environment.GREETING], ['', 'a=b c']);
    assert.deepEqual([found.user, found.workingDirectory, found.labels.team, found.os], ['65534:65534', '/srv', 'ours', 'linux']);
    assert.ok(found.size > 1_000_000);
  });

  it('that are nowhere are reported within five seconds, with what to do', async () => {
    const reference = `registry.invalid/${uniqueName()}:1`;
    assert.equal(await engine.images.inspect(reference), undefined);
    const begun = Date.now();
    const { message, remedy } = await rejectionOf('RegistryUnreachable', engine.images.ensure(reference));
    assert.ok(Date.now() - begun < 5000);
    assert.ok(message.includes(reference));
    assert.match(remedy, /docker images.*the engine's own network/);
  });

  it('are found under no name that no image can have', async () => {
    for (const reference of ['UPPER', 'two words', '-x', 'x:']) assert.equal(await engine.images.inspect(reference), undefined, reference);
    await rejectionOf('ImageNotFound', engine.images.ensure('UPPER'));
  });

  it('are built from a directory, line by line', async () => {
    const context = await directory({
      Dockerfile: `ARG BASE\nFROM $BASE AS first\nARG WORD\nCOPY . /srv/\nRUN echo "the word is $WORD"\nFROM first AS second\nRUN echo never\n`,
      'data.txt': 'data',
      'secret.txt': 'secret',
      '.dockerignore': 'secret.txt\n',
    });
    const tag = `sm-local-test/built:${randomBytes(6).toString('hex')}`;
    defer(() => engine.images.remove(tag));
    const lines: string[] = [];
    const spec = {
      directory: context,
      tag,
      target: 'first',
      buildArguments: { BASE: baseImage(), WORD: 'ü' },
      labels: { own: '1' },
    };
    const built = await engine.images.build(spec, { onLine: (line) => lines.push(line) });
    assert.deepEqual([built.tags, built.labels.own], [[tag], '1']);
    assert.ok(lines.includes('the word is ü'), lines.join('\n'));
    assert.ok(!lines.some((line) => line.includes('never') || line.endsWith('\n') || line === ''));
    assert.equal((await run('cat /srv/data.txt; ls /srv', { image: built.id })).stdout, 'dataDockerfile\ndata.txt\n');
  });

  it('that cannot be built end with the last lines of the step that failed', async () => {
    const context = await directory({ Dockerfile: `FROM ${baseImage()}\nRUN echo fine\nRUN echo why it failed >&2; exit 3\n` });
    const error = await rejectionOf('BuildFailed', engine.images.build({ directory: context, tag: uniqueName() }));
    assert.match(error.message, /: Dockerfile:3: RUN echo why it failed >&2; exit 3 ended with exit code 3\n {2}why it failed$/);
    assert.ok(error.message.includes(context));
  });

  it('whose Dockerfile makes no sense or is not there cannot be built', async () => {
    const wrong = await directory({ Dockerfile: 'FORM scratch\n' });
    assert.match((await rejectionOf('BuildFailed', engine.images.build({ directory: wrong, tag: uniqueName() }))).message, /FORM/);
    const none = await directory({ 'train.py': '' });
    assert.match((await rejectionOf('BuildFailed', engine.images.build({ directory: none, tag: uniqueName() }))).message, /Dockerfile/);
  });

  it('whose base image is nowhere cannot be built, and the remedy names the argument', async () => {
    const context = await directory({ Dockerfile: `ARG BASE_IMAGE=registry.invalid/${uniqueName()}\nFROM $BASE_IMAGE\n` });
    const error = await rejectionOf('BaseUnreachable', engine.images.build({ directory: context, tag: uniqueName() }));
    assert.match(error.remedy, /--build-arg BASE_IMAGE=/);
  });

  it('stop being built when the signal aborts: nothing of the build goes on running', async () => {
    const marker = uniqueName();
    const context = await directory({ Dockerfile: `FROM ${baseImage()}\nRUN echo ready; echo ${marker}; sleep 1000\n` });
    const abort = new AbortController();
    const onLine = (line: string): void => {
      if (line === 'ready') abort.abort(new Error('enough'));
    };
    const begun = Date.now();
    await assert.rejects(engine.images.build({ directory: context, tag: marker }, { signal: abort.signal, onLine }), /enough/);
    assert.ok(Date.now() - begun < 20_000);
    const client = connect(findEngine());
    const isBuilding = async (): Promise<boolean> =>
      (await client.listContainers({ all: true })).some(({ Command }) => Command.includes(marker));
    await eventually(async () => !(await isBuilding()), 'the container of the step is gone');
    assert.equal(await engine.images.inspect(marker), undefined);
  });

  it('for another platform are there too, and say for which they are', async () => {
    const tag = `sm-local-test/foreign:${randomBytes(6).toString('hex')}`;
    const config = JSON.stringify({ architecture: 's390x', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } });
    const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [tag], Layers: [] }]);
    const loaded = await connect(findEngine()).loadImage(
      archiveOf({ 'config.json': { content: config }, 'manifest.json': { content: manifest } }),
    );
    defer(() => engine.images.remove(tag));
    await text(loaded);
    for (const platform of ['linux/amd64', 'linux/s390x'])
      assert.equal((await engine.images.ensure(tag, { platform })).architecture, 's390x');
  });

  it('may be removed twice', async () => {
    const built = await image('LABEL l=1');
    const tag = built.tags[0] ?? '';
    await engine.images.remove(tag);
    assert.equal(await engine.images.inspect(tag), undefined);
    await engine.images.remove(tag);
  });
});
