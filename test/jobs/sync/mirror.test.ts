import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { boundDirectory } from '../../../src/jobs/sync/live-directory.ts';
import { Mirror } from '../../../src/jobs/sync/mirror.ts';
import { type Place, placeOf } from '../../../src/store/places.ts';
import { failure } from '../../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

const { signal } = new AbortController();

describe('a directory of checkpoints', () => {
  let directory: TemporaryDirectory;
  let live: string;
  let there: string;
  let warnings: string[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    live = join(directory.path, 'live');
    there = join(directory.path, 'there');
    warnings = [];
    await mkdir(live);
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const noStore = () => Promise.reject(new Error('no store was asked for'));
  const notes = (): string => join(directory.path, 'scratch/notes.json');
  interface Changes {
    readonly hasMarkers?: boolean;
    readonly put?: Place['put'];
    /** The directory below the mounted one. */
    readonly below?: string;
  }
  async function mirror({ hasMarkers = true, put, below = '' }: Changes = {}): Promise<Mirror> {
    const place = await placeOf(there, noStore, 'CheckpointConfig.S3Uri');
    const watched: Place = { ...place, uri: place.uri, remove: place.remove.bind(place), put: put ?? place.put.bind(place) } as Place;
    const options = { hasMarkers, notes: notes(), onWarning: (message: string) => warnings.push(message) };
    return new Mirror(boundDirectory(join(live, below), live), watched, options);
  }
  async function write(name: string, content: string): Promise<void> {
    await mkdir(dirname(join(live, name)), { recursive: true });
    await writeFile(join(live, name), content);
  }
  const treeOf = async (root: string): Promise<string[]> =>
    (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();

  it('is copied file by file under its own names, each marked when it is there; markers and ignored files are not copied', async () => {
    const one = await mirror();
    await write('a.ckpt', '1');
    await write('deep/er/b.ckpt', '2');
    await write('c.sagemaker-ignore', '3');
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), ['a.ckpt', 'deep/er/b.ckpt']);
    assert.deepEqual(await treeOf(live), [
      'a.ckpt',
      'a.ckpt.sagemaker-uploaded',
      'c.sagemaker-ignore',
      'deep/er/b.ckpt',
      'deep/er/b.ckpt.sagemaker-uploaded',
    ]);
  });

  it('has a marker of its own for a file while that is being uploaded', async () => {
    const seen: string[][] = [];
    const one = await mirror({
      put: async () => {
        seen.push(await treeOf(live));
        return undefined;
      },
    });
    await write('a.ckpt', '1');
    await one.pass(true, signal);
    assert.deepEqual(seen, [['a.ckpt', 'a.ckpt.sagemaker-uploading']]);
  });

  it('waits with a file that is being written until it has stayed the same for a while, but not in the end', async () => {
    const one = await mirror();
    await write('a', '1');
    await one.pass(false, signal);
    await write('a', '12');
    await one.pass(false, signal);
    assert.deepEqual(await treeOf(there), []);
    await one.pass(false, signal);
    assert.equal(await readFile(join(there, 'a'), 'utf8'), '12');
    await write('a', '123');
    await one.pass(true, signal);
    assert.equal(await readFile(join(there, 'a'), 'utf8'), '123');
  });

  it('is copied once for each change', async () => {
    const puts: string[] = [];
    const one = await mirror({
      put: async (name) => {
        puts.push(name);
        return undefined;
      },
    });
    await write('a', '1');
    for (let pass = 0; pass < 4; pass += 1) await one.pass(false, signal);
    assert.deepEqual(puts, ['a']);
  });

  it('loses there what was deleted in it, with its markers, and nothing that somebody else has put there', async () => {
    const one = await mirror();
    await mkdir(there);
    await writeFile(join(there, 'of another host'), '');
    await write('sub/a', '1');
    await one.pass(true, signal);
    await rm(join(live, 'sub/a'));
    await one.pass(false, signal);
    assert.deepEqual([await treeOf(there), await treeOf(live)], [['of another host'], []]);
    assert.ok(!existsSync(join(there, 'sub')));
  });

  it('that was restored is not copied back, but what is deleted of it is deleted', async () => {
    const puts: string[] = [];
    const one = await mirror({
      put: async (name) => {
        puts.push(name);
        return undefined;
      },
    });
    await mkdir(there);
    for (const root of [live, there]) await writeFile(join(root, 'a'), '1');
    await one.restored(['a'], signal);
    await one.pass(true, signal);
    assert.deepEqual(puts, []);
    await rm(join(live, 'a'));
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), []);
  });

  it('is taken over from a process that is gone: what was deleted meanwhile is deleted there, and nothing is copied twice', async () => {
    await mkdir(there);
    for (const root of [live, there]) await writeFile(join(root, 'restored'), '1');
    const one = await mirror();
    await one.restored(['restored'], signal);
    await write('a', '1');
    await write('b', '1');
    await one.pass(true, signal);
    await rm(join(live, 'a'));
    await rm(join(live, 'restored'));
    const puts: string[] = [];
    const heir = await mirror({
      put: async (name) => {
        puts.push(name);
        return undefined;
      },
    });
    await heir.recall();
    await heir.pass(true, signal);
    assert.deepEqual([await treeOf(there), await treeOf(live), puts], [['b'], ['b', 'b.sagemaker-uploaded'], []]);
  });

  it('is taken over from a process that was killed while it copied: what it had begun with is deleted there with the file', async () => {
    const place = await placeOf(there, noStore, 'what');
    const killed = new Error('killed');
    const one = await mirror({
      put: async (...put) => {
        await place.put(...put);
        await copyFile(notes(), join(directory.path, 'notes then'));
        throw killed;
      },
    });
    await write('a', '1');
    await assert.rejects(one.pass(true, signal), killed);
    await rename(join(directory.path, 'notes then'), notes());
    await rm(join(live, 'a'));
    const heir = await mirror();
    await heir.recall();
    await heir.pass(true, signal);
    assert.deepEqual([await treeOf(there), await treeOf(live)], [[], []]);
  });

  it('loses nothing there because of a marker whose file it never had', async () => {
    await mkdir(there);
    await writeFile(join(there, 'a'), 'of another host');
    await write('a.sagemaker-uploaded', '');
    await (await mirror()).pass(true, signal);
    assert.deepEqual(await treeOf(there), ['a']);
  });

  it('that cannot be looked at any more, because all of it went away, loses nothing there', async () => {
    const one = await mirror();
    await write('a', '1');
    await one.pass(true, signal);
    await rm(live, { recursive: true });
    await assert.rejects(one.pass(true, signal), failure('DiskTrouble', /no such file or directory/));
    assert.deepEqual(await treeOf(there), ['a']);
  });

  it('is copied as far as it can be when one of its files cannot', async () => {
    const place = await placeOf(there, noStore, 'what');
    const one = await mirror({
      put: async (name, ...rest) => {
        if (name === 'a') throw new Error('no room');
        return await place.put(name, ...rest);
      },
    });
    await write('a', '1');
    await write('b', '1');
    await assert.rejects(one.pass(true, signal), /no room/);
    assert.deepEqual(await treeOf(there), ['b']);
  });

  it('may have a file where a directory was, and a directory where a file was', async () => {
    const one = await mirror({ hasMarkers: false });
    await write('a', '1');
    await write('b/c', '1');
    await one.pass(true, signal);
    await rm(join(live, 'a'));
    await rm(join(live, 'b'), { recursive: true });
    await write('a/d', '2');
    await write('b', '2');
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), ['a/d', 'b']);
  });

  it('holds links of a program, which are told of once and not followed', async () => {
    const one = await mirror({ hasMarkers: false });
    await symlink('/etc/hostname', join(live, 'latest'));
    for (let pass = 0; pass < 2; pass += 1) await one.pass(true, signal);
    assert.deepEqual([await treeOf(there), warnings.length], [[], 1]);
    assert.match(warnings[0] ?? '', /^latest is not copied to .*: it is no file\.$/);
  });

  it('need not be there yet below what is mounted, and may go again', async () => {
    const one = await mirror({ below: 'tensors' });
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), []);
    await write('tensors/t', '1');
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), ['t']);
    await rm(join(live, 'tensors'), { recursive: true });
    await one.pass(true, signal);
    assert.deepEqual(await treeOf(there), []);
  });
});
