import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmulator } from '../../src/emulator.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { createAtomically, writeAtomically } from '../../src/store/atomic.ts';
import { openHome } from '../../src/store/home.ts';
import { giveUpReserve, keepReserve } from '../../src/store/reserve.ts';
import { takeOver } from '../../src/store/succession.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { mountTmpfs } from '../support/tmpfs.ts';
import { plant } from './tree.ts';

describe('what a home keeps back of its disk', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  it('is there when something of it runs, and is not taken for somebody else’s', async () => {
    const path = join(root.path, 'home');
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: path, engine });
    await emulator.owner;
    assert.equal((await stat(join(path, 'reserve'))).size, 256 * 1024);
    await rm(join(path, 'format'));
    await openHome(path);
  });

  it('is given up by what is below it, and made again', async () => {
    const home = await openHome(join(root.path, 'home'));
    const isKept = (): boolean => existsSync(join(home.path, 'reserve'));
    keepReserve(home.path);
    giveUpReserve(join(root.path, 'elsewhere/file'));
    assert.ok(isKept());
    giveUpReserve(join(home.path, 'accounts/123456789012/eu-west-1/records/training-job/a.json'));
    assert.ok(!isKept());
    giveUpReserve(join(home.path, 'format'));
    keepReserve(home.path);
    assert.ok(isKept());
  });

  it('is nobody’s file of that name in a directory that is no home', async () => {
    await plant(root.path, { 'home/reserve': 'mine', 'home/format': 'mine' });
    await writeFile(join(root.path, 'reserve'), Buffer.alloc(256 * 1024));
    giveUpReserve(join(root.path, 'home/file'));
    assert.deepEqual(
      [(await readdir(root.path)).sort(), await readFile(join(root.path, 'home/reserve'), 'utf8')],
      [['home', 'reserve'], 'mine'],
    );
  });

  it('makes room on a full disk for who takes over a job, and for its record', async function () {
    if (process.getuid?.() !== 0 || process.platform !== 'linux') this.skip(); // a small disk is root's to make
    await using _disk = await mountTmpfs(root.path, '16m');
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(root.path, 'home'), engine });
    const { home, trainingJobs } = emulator;
    await trainingJobs.put('job', { owner: '1-0123456789ab' } as TrainingRecord);
    const { id } = await emulator.owner;
    await assert.rejects(writeFile(join(home.tmp, 'filling'), Buffer.alloc(32 * 1024 * 1024)), /ENOSPC/);
    await Promise.all(['a', 'b', 'c'].map((name) => writeAtomically(join(home.path, name), name))); // each finds it in its way, and one gives it up
    assert.equal((await takeOver(home, trainingJobs, 'job', id))?.owner, id);
    assert.equal((await trainingJobs.read('job'))?.owner, id);
    assert.ok(!(await readdir(home.path)).includes('reserve'));
    await assert.rejects(writeFile(join(home.tmp, 'filling more'), Buffer.alloc(32 * 1024 * 1024)), /ENOSPC/);
    for (const write of [writeAtomically, createAtomically]) await assert.rejects(write(join(home.path, 'file'), 'x'), /ENOSPC/);
  });
});
