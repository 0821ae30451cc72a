import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { train } from '../../src/library/training-run.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a project file as a start of the library', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const started = async (text: string, options: object) => {
    await using engine = new FakeEngine({ images: { trains: () => 0 } });
    await writeFile(join(root.path, 'sm-local.yaml'), text);
    const home = join(root.path, 'home');
    return await train({ engine, home, cwd: root.path, project: '.', credentials: 'environment', ...options });
  };

  it('gives what the options do not', async () => {
    const text = 'image: trains\ntrain:\n  hp: { a: 1, b: 2 }\n  instance-count: 2\n';
    const { describe: described } = await started(text, { hp: { b: 3 } });
    assert.deepEqual(described.HyperParameters, { a: '1', b: '3' });
    assert.equal(described.ResourceConfig?.InstanceCount, 2);
  });

  it('is named with line and column where it is wrong', async () => {
    await assert.rejects(started('image: trains\ntrain:\n  epochs: 3\n', {}), failure('ProjectInvalid', /sm-local\.yaml:3:3/));
    const invalid = 'image: trains\ntrain:\n  file-system: { fs-1: . }\n  manifest-names: whole-key\n  compression: zip\n';
    await assert.rejects(started(invalid, {}), (error) => /sm-local\.yaml:5:\d+/.test((error as Error).message));
  });

  it('that is not there is an error', async () => {
    await assert.rejects(train({ project: join(root.path, 'nowhere') }).result, failure('InputNotFound', /nowhere/));
  });
});
