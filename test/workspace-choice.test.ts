import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, openEmulator } from '../src/emulator.ts';
import type { EngineDescription } from '../src/engine/engine.ts';
import { type FileSharing, fileSharing } from '../src/engine/file-sharing.ts';
import { isError } from '../src/errors.ts';
import type { WorkspaceStrategy } from '../src/jobs/workspace.ts';
import { jobWorkspace, modelWorkspace, sharingOf } from '../src/workspace-choice.ts';
import { FakeEngine } from './support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

describe('what an engine makes of files', () => {
  let directory: TemporaryDirectory;
  let probes: number;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    probes = 0;
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const home = (): string => join(directory.path, 'home');
  async function found(describe: Partial<EngineDescription> = {}, afresh = false): Promise<FileSharing> {
    await using fake = new FakeEngine({ images: {}, describe });
    const { create } = fake.containers;
    fake.containers.create = (spec) => {
      probes += 1;
      return create(spec);
    };
    await using emulator = await openEmulator({ home: home(), engine: fake });
    const sharing = await sharingOf(emulator, { afresh });
    assert.deepEqual([fake.left(), await readdir(emulator.home.tmp)], [[], []]);
    return sharing;
  }
  const record = async (): Promise<string> => join(home(), 'engines', (await readdir(join(home(), 'engines')))[0] ?? '');

  it('is tried out once and read from home afterwards', async () => {
    const first = await found();
    assert.deepEqual(await found(), first);
    assert.equal(probes, 1);
  });

  it('is tried out again for another engine, another version, and when it is asked for', async () => {
    await found({ usesSelinux: true });
    assert.equal((await found({ usesSelinux: false })).showsFiles, false, 'what is known is believed');
    assert.equal((await found({ version: '2' })).showsFiles, true);
    assert.equal((await found({ version: '2', id: 'another' })).showsFiles, true);
    await found({ version: '2', id: 'another' }, true);
    assert.equal(probes, 4);
    assert.equal((await readdir(join(home(), 'engines'))).length, 1, 'one address, one user');
  });

  it('is known of a podman, which has another id each time', async () => {
    await found({ kind: 'podman', id: 'one' });
    await found({ kind: 'podman', id: 'two' });
    assert.equal(probes, 1);
  });

  it('is found out again when its record is broken or gone, also with its directory', async () => {
    await found();
    for (const content of [
      '{"engine":',
      '[]',
      'null',
      '{"engine":"docker fake 1"}',
      '{"engine":"docker fake 1","obstacles":["of a later version"]}',
    ]) {
      await writeFile(await record(), content);
      assert.equal((await found()).takesFiles, true, content);
    }
    await rm(join(home(), 'engines'), { recursive: true });
    assert.equal((await found()).takesFiles, true);
    assert.equal(probes, 7);
    assert.deepEqual(JSON.parse(await readFile(await record(), 'utf8')), { engine: 'docker fake 1', obstacles: [] });
  });
});

describe('the workspace', () => {
  const warnings: string[] = [];
  const job = (sharing: FileSharing, workspace?: WorkspaceStrategy): WorkspaceStrategy =>
    jobWorkspace({ workspace } as Emulator, sharing, (message) => warnings.push(message));
  const model = (sharing: FileSharing, workspace?: WorkspaceStrategy): WorkspaceStrategy =>
    modelWorkspace({ workspace } as Emulator, sharing);
  const [harmless, foreign, unseen] = [fileSharing([]), fileSharing(['foreign-root', 'foreign-user']), fileSharing(['unseen'])];

  it('of a job is a bind where that harms nobody, that of a model wherever it shows anything', () => {
    assert.deepEqual([job(harmless), job(foreign), job(unseen)], ['bind', 'archive', 'archive']);
    assert.deepEqual([model(harmless), model(foreign), model(unseen)], ['bind', 'bind', 'archive']);
  });

  it('can be forced, with a warning where that does harm', () => {
    assert.deepEqual([job(harmless, 'archive'), model(harmless, 'archive'), job(harmless, 'bind')], ['archive', 'archive', 'bind']);
    assert.deepEqual(warnings, []);
    assert.equal(job(foreign, 'bind'), 'bind');
    assert.match(warnings[0] ?? '', /^The bind workspace was asked for, although files that containers make would belong to root, .*\.$/);
  });

  it('cannot be a bind where a bind shows nothing, and says why', () => {
    for (const choose of [job, model]) {
      assert.throws(
        () => choose(unseen, 'bind'),
        (error) =>
          isError(error, 'WrongUsage') &&
          error.message === "The bind workspace cannot be used: the engine does not see this machine's files.",
      );
    }
  });
});
