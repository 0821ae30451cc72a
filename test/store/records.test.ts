import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { isError } from '../../src/errors.ts';
import { type Home, openHome } from '../../src/store/home.ts';
import { Records, RecordWriter } from '../../src/store/records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';

interface Job {
  readonly status: string;
  readonly by?: string;
}

describe('records', () => {
  let home: Home;
  let jobs: Records<Job>;
  let scope: AsyncDisposable;
  const fileOf = (name: string): string => join(home.records, 'training-job', `${name}.json`);

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    home = await openHome(directory.path);
    jobs = new Records(home, 'training-job');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it('are JSON files that a person can read', async () => {
    await jobs.create('job-1', { status: 'InProgress' }, 'taken');
    assert.equal(await readFile(fileOf('job-1'), 'utf8'), '{\n  "status": "InProgress"\n}\n');
    assert.deepEqual(await jobs.read('job-1'), { status: 'InProgress' });
    assert.deepEqual(await readdir(join(home.records, 'training-job')), ['job-1.json']);
  });

  it('are made once; the second is refused in the words of the caller', async () => {
    await jobs.create('job-1', { status: 'InProgress' }, 'taken');
    const again = jobs.create('job-1', { status: 'Other' }, 'Job name must be unique.');
    await assert.rejects(again, (error) => isError(error, 'ResourceInUse') && error.message === 'Job name must be unique.');
    assert.deepEqual(await jobs.read('job-1'), { status: 'InProgress' });
  });

  it('of the same name are made by exactly one of several processes', async function () {
    this.timeout(30_000);
    const names = Array.from({ length: 50 }, (_, index) => `job-${index}`);
    await using one = new Program('create-records', [home.path, 'one', ...names]);
    await using other = new Program('create-records', [home.path, 'other', ...names]);
    await Promise.all([one.line(), other.line()]);
    for (const program of [one, other]) program.tell('go');
    const won = (await Promise.all([one.line(), other.line()])).map((line) => JSON.parse(line ?? '[]') as string[]);
    assert.deepEqual(won.flat().sort(), [...names].sort());
    for (const name of names) assert.equal((await jobs.read(name))?.by, won[0]?.includes(name) ? 'one' : 'other');
  });

  it('are told apart when their names differ by case only', async () => {
    await jobs.create('job', { status: 'a' }, 'taken');
    await jobs.create('Job', { status: 'b' }, 'taken');
    assert.deepEqual((await jobs.list()).records, [
      { name: 'Job', value: { status: 'b' } },
      { name: 'job', value: { status: 'a' } },
    ]);
  });

  it('are replaced whole: a reader sees one state or the other', async () => {
    const states = ['a', 'b'].map((letter) => ({ status: letter.repeat(100_000) }));
    const [first = { status: '' }] = states;
    await jobs.create('job', first, 'taken');
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) for (const state of states) await jobs.update('job', state);
      isWriting = false;
    })();
    while (isWriting) {
      const status = (await jobs.read('job'))?.status ?? '';
      assert.ok(states.some((state) => state.status === status));
      await setImmediate();
    }
    await writing;
  });

  it('that were never made are undefined, and removing them is no error', async () => {
    assert.equal(await jobs.read('nothing'), undefined);
    assert.deepEqual(await jobs.list(), { records: [], broken: [] });
    await jobs.remove('nothing');
    await jobs.create('job', { status: 'x' }, 'taken');
    await jobs.remove('job');
    await jobs.remove('job');
    assert.equal(await jobs.read('job'), undefined);
  });

  it('that have not changed are not read again, and what another process has written is seen', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `job-${index}`);
    const long = { status: 'InProgress' };
    for (const name of names) {
      await jobs.put(name, long);
      await utimes(fileOf(name), 1, 1);
    }
    // What changed just now is read each time: the next change might look the same to the file system.
    const first = await jobs.list();
    assert.notEqual((await jobs.list()).records[0]?.value, first.records[0]?.value);
    await sleep(1100 - (Date.now() - statSync(fileOf('job-19')).ctimeMs));
    const known = await jobs.list();
    assert.equal((await jobs.list()).records[0]?.value, known.records[0]?.value);
    assert.equal(await jobs.read('job-0'), known.records[0]?.value);

    await using writer = new Program('create-records', [home.path, 'another', 'job-new']);
    await writer.line();
    await new Records<Job>(home, 'training-job').put('job-1', { status: 'Completed' }); // as another process sees and does it
    await new Records<Job>(home, 'training-job').remove('job-2');
    writer.tell('go');
    await writer.line();
    const { records } = await jobs.list();
    const now = new Map(records.map(({ name, value }) => [name, value]));
    assert.equal(records.length, 20);
    assert.deepEqual([now.get('job-1'), now.get('job-2'), now.get('job-new')], [{ status: 'Completed' }, undefined, { by: 'another' }]);
    assert.equal(await jobs.read('job-2'), undefined);
    for (let turn = 0; turn < 50; turn += 1) {
      await new Records<Job>(home, 'training-job').put('job-3', { status: `state-${turn % 10}` }); // of the same size, as fast as can be
      assert.deepEqual(await jobs.read('job-3'), { status: `state-${turn % 10}` });
    }
  });

  it('cut in half are reported by their file, and the others are listed', async () => {
    for (const name of ['a', 'b', 'c']) await jobs.create(name, { status: name }, 'taken');
    await truncate(fileOf('b'), 10);
    await writeFile(fileOf('d'), '');
    await writeFile(join(home.records, 'training-job', 'note.txt'), 'mine');
    const broken = (error: unknown): boolean => isError(error, 'RecordBroken') && error.message.includes(fileOf('b'));
    await assert.rejects(jobs.read('b'), broken);
    const listing = await jobs.list();
    assert.deepEqual(
      listing.records.map(({ name }) => name),
      ['a', 'c'],
    );
    assert.equal(listing.broken.length, 2);
    assert.ok(broken(listing.broken[0]?.error));
  });

  it('that cannot be written are told as trouble of the disk, and nothing is left beside', async () => {
    await writeFile(join(home.records, 'other'), '');
    const others = new Records<Job>(home, 'other');
    await assert.rejects(others.create('x', { status: 'x' }, 'taken'), (error) => isError(error, 'DiskTrouble'));
    await assert.rejects(others.update('x', { status: 'x' }), (error) => isError(error, 'DiskTrouble'));
    await assert.rejects(others.list(), (error) => isError(error, 'DiskTrouble'));
  });

  it('are kept up to date in the background', async () => {
    const writer = await jobs.create('job', { status: 'first' }, 'taken');
    for (let state = 0; state < 1000; state += 1) writer.put({ status: `state ${state}` });
    assert.deepEqual(await jobs.read('job'), { status: 'first' });
    await writer.flush();
    assert.deepEqual(await jobs.read('job'), { status: 'state 999' });
  });
});

describe('a record writer', () => {
  /** A disk that takes each value when it is told to. */
  const slowDisk = () => {
    const written: number[] = [];
    const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const write = (value: number): Promise<void> => {
      written.push(value);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    };
    return { written, write, next: () => waiting.shift() };
  };

  /** What was put is with the disk, and what that has taken is known. */
  const turn = async (): Promise<void> => {
    await setImmediate();
    await setImmediate();
  };

  it('writes the last of values that follow each other at once, and of those that come while it writes', async () => {
    const disk = slowDisk();
    const writer = new RecordWriter(disk.write);
    for (const value of [1, 2]) writer.put(value);
    await turn();
    assert.deepEqual(disk.written, [2]);
    for (const value of [3, 4]) writer.put(value);
    await turn();
    assert.deepEqual(disk.written, [2]);
    disk.next()?.resolve();
    await turn();
    assert.deepEqual(disk.written, [2, 4]);
  });

  it('is flushed when the last value is written, not before', async () => {
    const disk = slowDisk();
    const writer = new RecordWriter(disk.write);
    await writer.flush();
    writer.put(1);
    await turn();
    writer.put(2);
    let isFlushed = false;
    const flushed = writer.flush().then(() => {
      isFlushed = true;
    });
    disk.next()?.resolve();
    await turn();
    assert.equal(isFlushed, false);
    disk.next()?.resolve();
    await flushed;
    assert.deepEqual(disk.written, [1, 2]);
  });

  it('tells of a failure at the flush, unless a later value was written', async () => {
    const disk = slowDisk();
    const writer = new RecordWriter(disk.write);
    writer.put(1);
    await turn();
    const failed = assert.rejects(writer.flush(), /full/);
    disk.next()?.reject(new Error('full'));
    await failed;
    await writer.flush();
    writer.put(2);
    await turn();
    writer.put(3);
    disk.next()?.reject(new Error('full'));
    await turn();
    disk.next()?.resolve();
    await writer.flush();
  });
});
