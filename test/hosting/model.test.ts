import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { type ModelPlace, mountModel } from '../../src/hosting/model.ts';
import { Scope } from '../../src/scope.ts';
import { plant } from '../store/tree.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the mount of a model', () => {
  let directory: TemporaryDirectory;
  let engine: FakeEngine;
  let scope: Scope;
  let warnings: string[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = new FakeEngine({ images: { image: () => 0 } });
    scope = new Scope();
    warnings = [];
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(engine.left(), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  const model = () => ({ directory: join(directory.path, 'model'), from: 'model' });
  const place = async (signal = new AbortController().signal): Promise<ModelPlace> => {
    const image = (await engine.images.inspect('image'))?.id ?? '';
    return { engine, image, name: 'volume', labels: {}, scope, signal, onWarning: (warning) => warnings.push(warning) };
  };

  it('is the directory itself where containers see it', async () => {
    const mount = await mountModel(model(), 'bind', await place());
    assert.deepEqual(mount, { kind: 'bind', source: model().directory, target: '/opt/ml/model', readOnly: true });
  });

  it('is a volume that holds the same elsewhere, without links that lead out', async () => {
    await plant(model().directory, { 'weights.bin': 'w', 'code/inference.py': 'pass', 'empty/': '' });
    await symlink('weights.bin', join(model().directory, 'latest'));
    await symlink('/etc/passwd', join(model().directory, 'outside'));
    const { readOnly, source, target } = await mountModel(model(), 'archive', await place());
    assert.deepEqual([readOnly, source, target], [true, 'volume', '/opt/ml/model']);
    const [{ spec, state } = assert.fail('no container')] = engine.history;
    assert.deepEqual([state, spec.mounts.length], ['removed', 1]);
    const reader = await engine.containers.create({ ...spec, mounts: [{ kind: 'volume', source, target, readOnly }] });
    const content = (reader as (typeof engine.history)[number]).at(target);
    assert.deepEqual((await readdir(content, { recursive: true })).sort(), ['code', 'code/inference.py', 'empty', 'latest', 'weights.bin']);
    assert.equal(await readFile(join(content, 'latest'), 'utf8'), 'w');
    assert.ok((await stat(join(content, 'latest'))).isFile());
    await reader.remove();
    assert.match(warnings.join('\n'), /outside was left out/);
  });

  it('leaves nothing when the model cannot be read or its signal aborts', async () => {
    await assert.rejects(mountModel(model(), 'archive', await place()), (error) => isError(error, 'InputUnreadable'));
    await mkdir(model().directory);
    await writeFile(join(model().directory, 'weights.bin'), 'w');
    const reason = new Error('enough');
    await assert.rejects(mountModel(model(), 'archive', await place(AbortSignal.abort(reason))), reason);
  });
});
