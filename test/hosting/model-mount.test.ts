import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../src/engine/engine.ts';
import { isError } from '../../src/errors.ts';
import type { ModelFiles } from '../../src/hosting/model-data/fetch.ts';
import { type MountPlace, mountModelData } from '../../src/hosting/model-data/mount.ts';
import { Scope } from '../../src/scope.ts';
import { plant } from '../store/tree.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const target = '/opt/ml/model';
const draft = '/opt/ml/additional-model-data-sources/draft';

describe('the mounts of model data', () => {
  let directory: TemporaryDirectory;
  let engine: FakeEngine;
  let scope: Scope;
  let warnings: string[];
  let volumes: number;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = new FakeEngine({ images: { image: () => 0 } });
    scope = new Scope();
    warnings = [];
    volumes = 0;
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(engine.left(), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  const at = (name: string): string => join(directory.path, name);
  const files = (): ModelFiles => ({ from: 'model', directories: [{ path: at('model'), target }] });
  const place = async (changes: Partial<MountPlace> = {}): Promise<MountPlace> => {
    const image = (await engine.images.inspect('image'))?.id ?? '';
    const volumeName = (): string => {
      volumes += 1;
      return `volume-${volumes}`;
    };
    const { signal } = new AbortController();
    return { engine, image, volumeName, labels: {}, scope, signal, onWarning: (warning) => warnings.push(warning), ...changes };
  };
  /** What a container finds in a mount. */
  async function seen<T>(mount: Mount, look: (content: string) => Promise<T>): Promise<T> {
    const [{ spec } = assert.fail('no container')] = engine.history;
    const reader = await engine.containers.create({ ...spec, mounts: [mount] });
    try {
      return await look((reader as (typeof engine.history)[number]).at(mount.target));
    } finally {
      await reader.remove();
    }
  }

  it('are the directories themselves where containers see them', async () => {
    const directories = [...files().directories, { path: at('draft'), target: draft }];
    assert.deepEqual(await mountModelData({ from: '', directories }, 'bind', await place()), [
      { kind: 'bind', source: at('model'), target, readOnly: true },
      { kind: 'bind', source: at('draft'), target: draft, readOnly: true },
    ]);
  });

  it('are volumes that hold the same elsewhere, without links that lead out', async () => {
    await plant(at('model'), { 'weights.bin': 'w', 'code/inference.py': 'pass', 'empty/': '' });
    await plant(at('draft'), { 'd.bin': 'd' });
    await symlink('weights.bin', join(at('model'), 'latest'));
    await symlink('/etc/passwd', join(at('model'), 'outside'));
    const directories = [...files().directories, { path: at('draft'), target: draft }];
    const mounts = await mountModelData({ from: '', directories }, 'archive', await place());
    assert.deepEqual(mounts, [
      { kind: 'volume', source: 'volume-1', target, readOnly: true },
      { kind: 'volume', source: 'volume-2', target: draft, readOnly: true },
    ]);
    assert.deepEqual(
      engine.history.map(({ state, spec }) => [state, spec.mounts.length]),
      [
        ['removed', 1],
        ['removed', 1],
      ],
    );
    const [ofModel, ofDraft] = mounts as [Mount, Mount];
    await seen(ofModel, async (content) => {
      assert.deepEqual((await readdir(content, { recursive: true })).sort(), [
        'code',
        'code/inference.py',
        'empty',
        'latest',
        'weights.bin',
      ]);
      assert.equal(await readFile(join(content, 'latest'), 'utf8'), 'w');
      assert.ok((await stat(join(content, 'latest'))).isFile());
    });
    assert.equal(await seen(ofDraft, (content) => readFile(join(content, 'd.bin'), 'utf8')), 'd');
    assert.match(warnings.join('\n'), /outside was left out/);
  });

  for (const how of ['bind', 'archive'] as const) {
    it(`are copies where the model is writable, another one each time, through the ${how} workspace`, async () => {
      await plant(at('model'), { 'weights.bin': 'w' });
      await plant(at('draft'), { 'd.bin': 'd' });
      const directories = [...files().directories, { path: at('draft'), target: draft }];
      const [one, additional] = await mountModelData({ from: '', directories }, how, await place({ isWritable: true }));
      const [other] = await mountModelData(files(), how, await place({ isWritable: true }));
      assert.ok(one && other && additional);
      assert.deepEqual(
        [one.kind, one.readOnly, additional.kind, additional.readOnly],
        ['volume', false, how === 'bind' ? 'bind' : 'volume', true],
      );
      await seen(one, (content) => writeFile(join(content, 'weights.bin'), 'changed'));
      assert.equal(await readFile(join(at('model'), 'weights.bin'), 'utf8'), 'w');
      assert.equal(await seen(other, (content) => readFile(join(content, 'weights.bin'), 'utf8')), 'w');
    });
  }

  it('leave nothing when the model cannot be read or the signal aborts', async () => {
    await assert.rejects(mountModelData(files(), 'archive', await place()), (error) => isError(error, 'InputUnreadable'));
    await mkdir(at('model'));
    await writeFile(join(at('model'), 'weights.bin'), 'w');
    const reason = new Error('enough');
    await assert.rejects(mountModelData(files(), 'archive', await place({ signal: AbortSignal.abort(reason) })), reason);
  });
});
