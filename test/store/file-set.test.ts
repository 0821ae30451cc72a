import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isError } from '../../src/errors.ts';
import { type ChannelFiles, downloaded } from '../../src/jobs/channels/download.ts';
import type { ObjectsInput } from '../../src/jobs/channels/input.ts';
import { resolveChannel } from '../../src/jobs/channels/resolve.ts';
import { each } from '../../src/store/each.ts';
import { copyFiles, filesArchive, isReadableByAll, linkFiles } from '../../src/store/file-set.ts';
import { unpacked } from '../support/archives.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { plant, snapshot } from './tree.ts';

const { signal: never } = new AbortController();

describe('the files of a channel', () => {
  let directory: TemporaryDirectory;
  let data: string;
  let into: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    data = join(directory.path, 'data');
    into = join(directory.path, 'scratch/train');
    await mkdir(data);
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const channel = async (): Promise<ChannelFiles> => {
    const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: data } } as const;
    const input = await resolveChannel({ ChannelName: 'train', DataSource }, 'File', { region: 'us-east-1', roleArn: 'role' });
    return await downloaded(input as ObjectsInput, { into: join(directory.path, 'download'), signal: never });
  };
  /** Private files, and links, in directories that are private too. */
  async function privateChannel(): Promise<ChannelFiles> {
    await plant(data, { 'a.csv': '1', 'deep/er/b.csv': '22' });
    for (const name of ['a.csv', 'deep/er/b.csv']) await chmod(join(data, name), 0o600);
    for (const name of ['deep', 'deep/er']) await chmod(join(data, name), 0o700);
    return await channel();
  }
  const modes = async (root: string): Promise<Record<string, string>> =>
    Object.fromEntries(Object.entries(await snapshot(root)).map(([name, text]) => [name, text.split(' ').slice(0, 2).join(' ')]));
  const theClouds = { 'a.csv': 'file 644', deep: 'directory 755', 'deep/er': 'directory 755', 'deep/er/b.csv': 'file 644' };

  it('are copied and archived with the modes of the cloud, and keep their own', async () => {
    const source = await privateChannel();
    const before = await snapshot(data);
    const umask = process.umask(0o077);
    try {
      await copyFiles(source, into, never);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(await modes(into), theClouds);
    assert.deepEqual(await unpacked(filesArchive(source, never)), {
      'a.csv': 'file 644 1',
      'deep/': 'directory 755',
      'deep/er/': 'directory 755',
      'deep/er/b.csv': 'file 644 22',
    });
    assert.deepEqual(await snapshot(data), before);
  });

  it('are laid out as links for a view, in directories that everybody may enter', async () => {
    const source = await privateChannel();
    const umask = process.umask(0o077);
    try {
      await linkFiles(source, into, never);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(await modes(into), { ...theClouds, 'a.csv': 'file 600', 'deep/er/b.csv': 'file 600' });
    assert.equal((await stat(join(into, 'a.csv'))).ino, (await stat(join(data, 'a.csv'))).ino);
  });

  it('can be read by everybody, or not: that is for files, for directories, and for what links lead to', async () => {
    await plant(data, { 'a.csv': '1', 'sub/b.csv': '2' });
    assert.equal(await isReadableByAll(await channel(), never), true);
    await chmod(data, 0o700);
    assert.equal(await isReadableByAll(await channel(), never), true, 'what is mounted has a root of its own');
    await chmod(join(data, 'sub'), 0o754);
    assert.equal(await isReadableByAll(await channel(), never), false);
    await symlink('a.csv', join(data, 'link'));
    assert.equal(await isReadableByAll(await channel(), never), true, 'a selection has directories of its own');
    await chmod(join(data, 'a.csv'), 0o640);
    assert.equal(await isReadableByAll(await channel(), never), false);
  });

  it('that go away or change meanwhile are the error of the caller, whichever way they take', async () => {
    await plant(data, { 'a.csv': '1', 'b.csv': '2' });
    const source = await channel();
    await rm(join(data, 'b.csv'));
    const ways: Record<string, () => Promise<unknown>> = {
      copied: () => copyFiles(source, into, never),
      linked: () => linkFiles(source, join(directory.path, 'links'), never),
      archived: () => buffer(filesArchive(source, never)),
      looked: () => isReadableByAll(source, never),
    };
    for (const [way, take] of Object.entries(ways)) {
      await assert.rejects(take(), (error) => isError(error, 'InputUnreadable') && error.message.includes('b.csv'), way);
    }
  });

  it('that cannot be written are the trouble of the disk', async () => {
    await plant(data, { 'a.csv': '1' });
    await writeFile(join(directory.path, 'scratch'), 'in the way');
    const source = await channel();
    await assert.rejects(copyFiles(source, into, never), (error) => isError(error, 'DiskTrouble'));
    await assert.rejects(linkFiles(source, into, never), (error) => isError(error, 'DiskTrouble'));
  });

  it('are left where they are when the signal aborts in the middle, and nothing is written afterwards', async () => {
    await plant(data, Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}.csv`, 'x'])));
    await writeFile(join(data, 'large'), '');
    await truncate(join(data, 'large'), 2 ** 32);
    const source = await channel();
    const abort = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => abort.abort(reason), 5);
    await assert.rejects(copyFiles(source, into, abort.signal), reason);
    await rm(into, { recursive: true });
    for (const take of [copyFiles, linkFiles]) await assert.rejects(take(source, into, abort.signal), reason);
    assert.deepEqual(await readdir(into), [], 'directories at most');
  });
});

describe('each', () => {
  it('ends the others at the first failure, and fails when all have come to rest', async () => {
    const rested: number[] = [];
    await assert.rejects(
      each([1, 2, 3], never, async (item, stopped) => {
        if (item === 2) throw new Error('two');
        await new Promise<void>((resolve) => stopped.addEventListener('abort', () => setTimeout(resolve, 5)));
        rested.push(item);
      }),
      { message: 'two' },
    );
    assert.deepEqual(rested, [1, 3]);
  });

  it('does everything otherwise', async () => {
    const done: number[] = [];
    const items = Array.from({ length: 100 }, (_, index) => index);
    await each(items, never, async (item) => {
      await readFile('/dev/null');
      done.push(item);
    });
    assert.deepEqual(
      done.sort((a, b) => a - b),
      items,
    );
  });
});
