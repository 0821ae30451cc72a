import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { BuildSpec } from '../../src/engine/engine.ts';
import { imageSource, resolveImage } from '../../src/engine/resolve-image.ts';
import { isError } from '../../src/errors.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('what the user names', () => {
  let cwd: TemporaryDirectory;
  beforeEach(async () => {
    cwd = await temporaryDirectory();
    await mkdir(join(cwd.path, 'My Model_2'));
    await writeFile(join(cwd.path, 'My Model_2/Dockerfile'), 'FROM scratch\n');
    await mkdir(join(cwd.path, 'plain'));
  });
  afterEach(() => cwd[Symbol.asyncDispose]());

  it('is an image unless it looks like a path', () => {
    for (const reference of ['iris', 'iris:1.2', 'registry:5000/team/iris', 'sha256:1234', 'plain']) {
      assert.deepEqual(imageSource(reference, cwd.path), { kind: 'image', reference });
    }
  });

  it('is a directory when it holds a Dockerfile, and gets a tag in the characters that a tag may have', () => {
    const expected = { kind: 'directory', path: join(cwd.path, 'My Model_2'), tag: 'sm-local/my-model-2:latest' };
    assert.deepEqual(imageSource('My Model_2', cwd.path), expected);
    assert.deepEqual(imageSource('./My Model_2', cwd.path), expected);
    assert.deepEqual(imageSource('./My Model_2/', cwd.path), expected);
    assert.deepEqual(imageSource(join(cwd.path, 'My Model_2'), '/'), expected);
    assert.deepEqual(imageSource('.', join(cwd.path, 'My Model_2')), expected);
  });

  it('is refused when it is empty', () => {
    for (const text of ['', ' ']) assert.throws(() => imageSource(text, cwd.path), failure('WrongUsage', /empty/));
  });

  it('is refused when it looks like a path and no directory is there, or one without a Dockerfile', () => {
    assert.throws(
      () => imageSource('./gone', cwd.path),
      (error) => isError(error, 'InputNotFound') && error.message.includes(join(cwd.path, 'gone')),
    );
    assert.throws(
      () => imageSource('./plain', cwd.path),
      (error) => isError(error, 'InputUnreadable') && error.message.includes('no Dockerfile'),
    );
    assert.throws(
      () => imageSource('~/no such directory', cwd.path),
      (error) => isError(error, 'InputNotFound') && error.message.includes(join(homedir(), 'no such directory')),
    );
  });
});

describe('the image of what the user names', () => {
  const program = async (): Promise<number> => 0;

  it('is the one that the engine has', async () => {
    await using engine = new FakeEngine({ images: { iris: program } });
    assert.deepEqual((await resolveImage(engine, { kind: 'image', reference: 'iris' })).tags, ['iris']);
    await assert.rejects(resolveImage(engine, { kind: 'image', reference: 'other' }), (error) => isError(error, 'ImageNotFound'));
  });

  it('is built from a directory with what was asked for', async () => {
    const specs: BuildSpec[] = [];
    const build = (spec: BuildSpec): typeof program => {
      specs.push(spec);
      return program;
    };
    await using engine = new FakeEngine({ images: {}, build });
    const source = { kind: 'directory', path: '/projects/iris', tag: 'sm-local/iris:latest' } as const;
    const asked = { buildArguments: { BASE: 'b' }, labels: { l: '1' }, platform: 'linux/amd64' };
    const image = await resolveImage(engine, source, asked);
    assert.deepEqual(image.tags, ['sm-local/iris:latest']);
    assert.deepEqual(specs, [{ directory: '/projects/iris', tag: 'sm-local/iris:latest', ...asked }]);
  });

  it('is built even where an image has the name of the directory, which is said', async () => {
    await using engine = new FakeEngine({ images: { iris: program }, build: () => program });
    const warnings: string[] = [];
    const source = { kind: 'directory', path: '/projects/iris', tag: 'sm-local/iris:latest' } as const;
    await resolveImage(engine, source, { onWarning: (message) => warnings.push(message) });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /"iris" is also an image; the directory \/projects\/iris is built/);
  });

  it('may be for another platform than the one of the instance, which is said', async () => {
    await using engine = new FakeEngine({
      images: { arm: { program, architecture: 'arm' }, arm64: { program, architecture: 'arm64' }, amd64: { program } },
    });
    const warningsFor = async (reference: string, platform: string): Promise<string[]> => {
      const warnings: string[] = [];
      await resolveImage(engine, { kind: 'image', reference }, { platform, onWarning: (message) => warnings.push(message) });
      return warnings;
    };
    const isWrong = (warning: string): boolean => warning.includes('exec format error');
    assert.deepEqual(await warningsFor('amd64', 'linux/amd64'), []);
    assert.deepEqual((await warningsFor('arm64', 'linux/arm64/v8')).filter(isWrong), []);
    assert.match((await warningsFor('arm64', 'linux/amd64')).join(), /arm64 is for linux\/arm64;.*linux\/amd64.*exec format error/);
    assert.equal((await warningsFor('arm', 'linux/arm64')).filter(isWrong).length, 1);
  });

  it('may be for another processor than the one of the engine, which is said to be slow', async () => {
    const warningsOn = async (processor: string, architecture: string): Promise<string[]> => {
      await using engine = new FakeEngine({ images: { iris: { program, architecture } }, describe: { architecture: processor } });
      const warnings: string[] = [];
      await resolveImage(engine, { kind: 'image', reference: 'iris' }, { onWarning: (message) => warnings.push(message) });
      return warnings;
    };
    assert.match(
      (await warningsOn('arm64', 'amd64')).join(),
      /^iris is for linux\/amd64 and this engine's processor is arm64: it is emulated, which is slow/,
    );
    for (const [processor, architecture] of [
      ['amd64', 'amd64'],
      ['amd64', '386'],
      ['arm64', 'arm'],
    ] as const) {
      assert.deepEqual(await warningsOn(processor, architecture), []);
    }
  });

  describe('with an address in ECR', () => {
    const registry = '000000000000.dkr.ecr.us-east-1.amazonaws.com';

    async function found(reference: string, images: readonly string[], inRegistry: readonly string[] = []) {
      const of = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, program]));
      await using engine = new FakeEngine({ images: of(images), registry: of(inRegistry) });
      const notes: string[] = [];
      const image = await resolveImage(engine, { kind: 'image', reference }, { onNote: (message) => notes.push(message) });
      return { name: image.tags[0], notes };
    }

    it('is the one of that address before any other', async () => {
      assert.deepEqual(await found(`${registry}/iris:1`, ['iris:1', `${registry}/iris:1`]), { name: `${registry}/iris:1`, notes: [] });
    });

    it('is the one that the engine has under the name without the registry, which is said', async () => {
      for (const name of ['iris:1', 'team/iris:1', 'iris']) {
        const notes = [`${registry}/${name} is on this engine as ${name}, which is used instead of pulling.`];
        assert.deepEqual(await found(`${registry}/${name}`, [name, 'other:1']), { name, notes });
      }
    });

    it('is pulled where the engine has none', async () => {
      const address = `${registry}/team/iris:1`;
      assert.deepEqual(await found(address, ['iris:1', 'team/iris:2'], [address]), { name: address, notes: [] });
    });

    it('is the only one that is looked for under another name', async () => {
      await assert.rejects(found('ghcr.io/iris:1', ['iris:1']), (error) => isError(error, 'ImageNotFound'));
    });
  });
});
