import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, link, mkdir, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Home, openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import type { ListOptions, ObjectAddress, PutOptions } from '../../src/store/objects.ts';
import { Owner } from '../../src/store/owner.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { chunks, md5 } from './bytes.ts';
import { run } from './commands.ts';
import { describeObjectStore } from './objects-conformance.ts';
import { Random } from './random.ts';
import { plant } from './tree.ts';

describeObjectStore('a directory store', async () => {
  const directory = await temporaryDirectory();
  const home = await openHome(join(directory.path, 'home'));
  const owner = await Owner.start(home);
  return {
    store: new LocalObjects(home, { owner: async () => owner.id }),
    async [Symbol.asyncDispose]() {
      assert.deepEqual(await readdir(home.tmp), [], 'nothing temporary is left');
      await owner[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

describe('a directory store on this disk', () => {
  // Only root can mount.
  const itAsRoot = process.getuid?.() === 0 ? it : () => undefined;
  const bucket = 'bucket-1';
  const at = (key: string): ObjectAddress => ({ bucket, key });
  let root: string;
  let home: Home;
  let owner: Owner;
  let store: LocalObjects;
  let scope: AsyncDisposable;
  /** The bucket's own directory. */
  let directory: string;

  beforeEach(async () => {
    const temporary = await temporaryDirectory();
    scope = temporary;
    root = await realpath(temporary.path);
    home = await openHome(join(root, 'home'));
    owner = await Owner.start(home);
    store = new LocalObjects(home, { owner: async () => owner.id });
    await store.createBucket(bucket);
    directory = join(home.buckets, bucket);
  });
  afterEach(async () => {
    await owner[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const put = (key: string, content: string | Uint8Array, options?: PutOptions) => store.put(at(key), chunks(content), options);
  const content = async (key: string): Promise<string> => (await buffer((await store.get(at(key))).body)).toString();
  const keys = async (options?: ListOptions, name = bucket): Promise<string[]> => {
    const all: string[] = [];
    for await (const each of store.list(name, options)) all.push(each.kind === 'object' ? each.key : `[${each.prefix}]`);
    return all;
  };
  /** Paths of all files beside the bucket's directory. */
  const beside = async (): Promise<string[]> => {
    const entries = await readdir(join(home.annex, bucket), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  };
  const isOld = async (path: string): Promise<void> => utimes(path, 1.6e9, 1.6e9);

  describe('an object with an ordinary key', () => {
    it('is a file at that path, which everybody may read who gets there', async () => {
      const umask = process.umask(0o077);
      try {
        await put('train/part-0/a.csv', '1,2\n');
      } finally {
        process.umask(umask);
      }
      assert.equal(await readFile(join(directory, 'train/part-0/a.csv'), 'utf8'), '1,2\n');
      assert.equal((await stat(join(directory, 'train/part-0/a.csv'))).mode & 0o777, 0o644);
      assert.equal((await stat(join(directory, 'train/part-0'))).mode & 0o777, 0o755);
      assert.deepEqual(await beside(), [], 'there is nothing else to keep');
    });

    it('takes the directories along that it leaves empty', async () => {
      await put('a/b/c/d', 'x');
      await put('a/e', 'x');
      await store.remove(at('a/b/c/d'));
      assert.deepEqual(await readdir(join(directory, 'a')), ['e']);
      await store.remove(at('a/e'));
      assert.deepEqual(await readdir(directory), []);
    });

    it('leaves nothing beside the bucket when it is replaced or removed', async () => {
      for (let round = 0; round < 3; round += 1) {
        await put('a', new Random(round).bytes(100_000));
        await put('b', 'x', { attributes: { contentType: 'text/csv' } });
        await store.setTags(at('a'), { round: `${round}` });
      }
      assert.equal((await beside()).length, 3);
      await store.remove(at('a'));
      await store.remove(at('b'));
      assert.deepEqual(await beside(), []);
    });
  });

  describe('a file that somebody put there', () => {
    it('is an object, with what can be told of it', async () => {
      await plant(directory, { 'data/größe.csv': '1,2\n' });
      const object = await store.head(at('data/größe.csv'));
      assert.deepEqual([object?.etag, object?.size, object?.contentType], [md5('1,2\n'), 4, 'binary/octet-stream']);
      assert.equal(object?.lastModified.getTime(), Math.floor((await stat(join(directory, 'data/größe.csv'))).mtimeMs));
      assert.deepEqual(await keys(), ['data/größe.csv']);
      assert.deepEqual(await beside(), []);
    });

    it('in place of an object has nothing of that', async () => {
      for (const change of [
        (path: string) => writeFile(path, 'NEW'),
        (path: string) => appendFile(path, 'more'),
        async (path: string) => {
          await rm(path);
          await writeFile(path, 'old');
        },
      ]) {
        await put('a', 'old', { attributes: { contentType: 'text/csv', tags: { a: '1' } } });
        const path = join(directory, 'a');
        await isOld(path);
        await change(path);
        const object = await store.head(at('a'));
        const now = await readFile(path);
        assert.deepEqual([object?.etag, object?.contentType, object?.tags], [md5(now), 'binary/octet-stream', undefined]);
      }
    });

    it('has its ETag remembered until it changes', async () => {
      const path = join(directory, 'large');
      await writeFile(path, Buffer.alloc(100_000, 'a'));
      await store.head(at('large'));
      assert.deepEqual(await beside(), [], 'it may be written once more in the same tick of the clock');
      await isOld(path);
      assert.equal((await store.head(at('large')))?.etag, md5(Buffer.alloc(100_000, 'a')));
      assert.equal((await beside()).length, 1);
      // Same size, same time: nothing tells that it is another content, so it is not read again.
      await writeFile(path, Buffer.alloc(100_000, 'b'));
      await isOld(path);
      assert.equal((await store.head(at('large')))?.etag, md5(Buffer.alloc(100_000, 'a')));
      await utimes(path, 1.6e9, 1.6e9 + 1);
      assert.equal((await store.head(at('large')))?.etag, md5(Buffer.alloc(100_000, 'b')));
    });

    it('keeps its tags', async () => {
      await plant(directory, { a: 'content' });
      await store.setTags(at('a'), { by: 'hand' });
      assert.deepEqual((await store.head(at('a')))?.tags, { by: 'hand' });
      assert.equal((await store.head(at('a')))?.etag, md5('content'));
    });

    it('may be a directory made by hand, which is a bucket', async () => {
      await plant(home.buckets, { 'by-hand/a/b': 'x', 'No Bucket/a': 'x', file: '' });
      assert.deepEqual(
        (await store.buckets()).map(({ name }) => name),
        [bucket, 'by-hand'],
      );
      assert.deepEqual(await keys({}, 'by-hand'), ['a/b']);
    });

    it('is no object when it is a FIFO, and nobody waits for it', async () => {
      await run('mkfifo', join(directory, 'fifo'));
      assert.deepEqual(await keys(), []);
      assert.equal(await store.head(at('fifo')), undefined);
      await put('fifo', 'x');
      assert.equal(await content('fifo'), 'x');
    });

    it('with a name that is no UTF-8 is none, and keeps the bucket', async () => {
      await writeFile(Buffer.concat([Buffer.from(`${directory}/bad-`), Buffer.from([0xff])]), 'x');
      assert.deepEqual(await keys(), []);
      await assert.rejects(store.removeBucket(bucket), failure('BucketNotEmpty', /files that are no objects/));
    });
  });

  describe('a key that a directory cannot hold', () => {
    it('lies beside the bucket, whose directory shows only what it can', async () => {
      const odd = ['a/', 'b//c', '../escape', './d', '.sm-local-x/e', 'f'.repeat(256), `long/${'é'.repeat(400)}/`, 'NUL\0'];
      for (const key of odd) await put(key, `content of ${key}`);
      await put('a/b', 'x');
      assert.deepEqual(await readdir(directory, { recursive: true }), ['a', 'a/b']);
      assert.equal(existsSync(join(home.buckets, 'escape')), false);
      for (const key of odd) assert.equal(await content(key), `content of ${key}`);
      assert.deepEqual((await keys()).sort(), [...odd, 'a/b'].sort());
    });

    it('may be one of which another begins with a slash more, in either order', async () => {
      await put('a', '1');
      await put('a/b', '2');
      await put('a/b/c', '3');
      await put('x/y', '4');
      await put('x', '5');
      assert.deepEqual(await keys(), ['a', 'a/b', 'a/b/c', 'x', 'x/y']);
      assert.deepEqual(await Promise.all(['a', 'a/b', 'a/b/c', 'x', 'x/y'].map(content)), ['1', '2', '3', '5', '4']);
      await store.remove(at('a'));
      await put('a/d', '6');
      await put('a/b', '7');
      assert.deepEqual(await keys({ prefix: 'a' }), ['a/b', 'a/b/c', 'a/d']);
      assert.equal(await content('a/b'), '7');
    });

    it('is hidden by a file that somebody puts there, and does not come back with its end', async () => {
      await put('a', 'file');
      await put('a/b', 'beside');
      await store.remove(at('a'));
      await plant(directory, { 'a/b': 'by hand' });
      assert.deepEqual(await keys(), ['a/b']);
      assert.equal(await content('a/b'), 'by hand');
      await put('a/b', 'newer');
      await rm(join(directory, 'a'), { recursive: true });
      assert.deepEqual(await keys(), []);
    });

    it('does not outlive the bucket', async () => {
      await put('a/', '');
      await rm(directory, { recursive: true });
      await assert.rejects(keys(), failure('NoSuchBucket', /bucket-1/));
      await store.createBucket(bucket);
      assert.deepEqual(await keys(), []);
    });
  });

  describe('a link in a bucket', () => {
    beforeEach(async () => {
      await plant(root, { 'outside/secret': 'secret' });
      await plant(directory, { 'inside/file': 'content' });
    });

    it('to a file inside is that file under its own key', async () => {
      await symlink('inside/file', join(directory, 'link'));
      assert.deepEqual(await keys(), ['inside/file', 'link']);
      assert.equal(await content('link'), 'content');
      assert.equal(await store.localFile(at('link')), join(directory, 'inside/file'));
      await put('link', 'new');
      assert.equal(await content('inside/file'), 'content', 'the link is replaced, not what it leads to');
      await symlink('inside/file', join(directory, 'other'));
      await store.remove(at('other'));
      assert.deepEqual(await keys(), ['inside/file', 'link']);
    });

    it('that leads outside, nowhere, or in a circle is nothing', async () => {
      await symlink(join(root, 'outside/secret'), join(directory, 'file'));
      await symlink('nowhere', join(directory, 'dangling'));
      await symlink('circle', join(directory, 'circle'));
      assert.deepEqual(await keys(), ['inside/file']);
      for (const key of ['file', 'dangling', 'circle']) assert.equal(await store.head(at(key)), undefined, key);
      await put('file', 'new');
      assert.equal(await readFile(join(root, 'outside/secret'), 'utf8'), 'secret');
    });

    it('to a directory, wherever that is, is nothing, and nothing goes through it', async () => {
      await symlink(join(root, 'outside'), join(directory, 'out'));
      await symlink('inside', join(directory, 'in'));
      await symlink('..', join(directory, 'inside/up'));
      assert.deepEqual(await keys(), ['inside/file']);
      for (const key of ['out/secret', 'in/file', 'inside/up/inside/file']) assert.equal(await store.head(at(key)), undefined, key);
      await put('out/new', 'beside');
      await put('in/new/deep', 'beside');
      assert.deepEqual(await keys(), ['in/new/deep', 'inside/file', 'out/new']);
      assert.deepEqual(await readdir(join(root, 'outside')), ['secret']);
      assert.deepEqual((await readdir(join(directory, 'inside'))).sort(), ['file', 'up']);
      assert.equal(await store.localDirectory(bucket, 'in/'), undefined);
    });

    it('is no bucket', async () => {
      await symlink(join(root, 'outside'), join(home.buckets, 'linked'));
      assert.equal(await store.bucket('linked'), undefined);
    });
  });

  describe('a bucket that is mapped to a directory', () => {
    let folder: string;
    let mapped: LocalObjects;
    beforeEach(async () => {
      folder = join(root, 'my data');
      await plant(folder, { 'train/a.csv': '1' });
      mapped = new LocalObjects(home, { owner: async () => owner.id, mapped: { mine: folder } });
    });
    const putThere = (key: string, text: string, options?: PutOptions) => mapped.put({ bucket: 'mine', key }, chunks(text), options);

    it('is that directory, read and written', async () => {
      assert.deepEqual(
        (await mapped.buckets()).map(({ name }) => name),
        [bucket, 'mine'],
      );
      await putThere('train/b.csv', '2', { attributes: { contentType: 'text/csv' } });
      assert.equal(await readFile(join(folder, 'train/b.csv'), 'utf8'), '2');
      assert.equal((await mapped.head({ bucket: 'mine', key: 'train/b.csv' }))?.contentType, 'text/csv');
      assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['train', 'train/a.csv', 'train/b.csv']);
      assert.equal(await mapped.localDirectory('mine', 'train/'), join(folder, 'train'));
    });

    it('refuses keys that escape it, collide, or cannot be names', async () => {
      await symlink(root, join(folder, 'out'));
      for (const [key, why] of [
        ['../x', /\.\. is no name of a file/],
        ['train', /there are objects below it/],
        ['train/a.csv/b', /"train\/a\.csv" is an object/],
        ['out/x', /"out" is a link/],
        ['x/', /ends with a slash/],
        ['n'.repeat(256), /longer than 255 bytes/],
      ] as const) {
        await assert.rejects(putThere(key, 'x'), failure('KeyNotStorable', why));
      }
      assert.equal(existsSync(join(root, 'x')), false);
      assert.deepEqual(await readdir(home.tmp), []);
    });

    it('has a name that S3 allows', () => {
      const make = () => new LocalObjects(home, { owner: async () => owner.id, mapped: { No_Bucket: folder } });
      assert.throws(make, failure('InvalidBucketName', /No_Bucket/));
    });

    it('is never removed, and made when it is missing', async () => {
      await assert.rejects(mapped.removeBucket('mine'), failure('BucketMapped', /my data/));
      await rm(folder, { recursive: true });
      assert.equal(await mapped.bucket('mine'), undefined);
      await mapped.createBucket('mine');
      await putThere('a', 'x');
      assert.deepEqual(await readdir(folder), ['a']);
    });

    itAsRoot('may be on another file system, where uploads leave nothing', async () => {
      await run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder);
      try {
        await putThere('a/b', 'x');
        const path = join(root, 'file');
        await writeFile(path, 'moved');
        await mapped.putFile({ bucket: 'mine', key: 'c' }, path, { how: 'move' });
        assert.equal(existsSync(path), false);
        assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['a', 'a/b', 'c']);
        // As a killed writer leaves it.
        await plant(folder, { '.sm-local-uploads/1-dead.abc': 'half', [`.sm-local-uploads/${owner.id}.abc`]: 'half' });
        const listed: string[] = [];
        for await (const each of mapped.list('mine')) if (each.kind === 'object') listed.push(each.key);
        assert.deepEqual(listed, ['a/b', 'c']);
        assert.equal(await mapped.localDirectory('mine', ''), undefined);
        await mapped.sweep();
        assert.deepEqual(await readdir(join(folder, '.sm-local-uploads')), [`${owner.id}.abc`]);
      } finally {
        await run('umount', folder);
      }
    });
  });

  describe('the local way to objects', () => {
    it('is the file of an object', async () => {
      await put('a/b', 'x');
      await put('c/', 'y');
      assert.equal(await store.localFile(at('a/b')), join(directory, 'a/b'));
      assert.equal(await readFile((await store.localFile(at('c/'))) ?? '', 'utf8'), 'y');
      await assert.rejects(store.localFile(at('none')), failure('NoSuchKey', /none/));
    });

    it('is the directory of a prefix that holds exactly its objects', async () => {
      await plant(directory, { 'train/a': '1', 'train/sub/b': '2', 'train/empty/': '', 'other/x': '3' });
      await put('train/', '');
      assert.equal(await store.localDirectory(bucket, 'train/'), join(directory, 'train'));
      assert.equal(await store.localDirectory(bucket, ''), directory);
      for (const prefix of ['train', 'none/', 'train/a/', '../', 'train/empty/']) {
        assert.equal(await store.localDirectory(bucket, prefix), undefined, prefix);
      }
    });

    for (const [what, spoil] of Object.entries({
      'an object beside it': () => put('train/a/b', 'x'),
      'a link': () => symlink('a', join(directory, 'train/link')),
      'a FIFO': () => run('mkfifo', join(directory, 'train/sub/fifo')),
      'a file of ours': () => plant(directory, { 'train/.sm-local-0123456789ab': '' }),
    })) {
      it(`is no directory with ${what}`, async () => {
        await plant(directory, { 'train/a': '1', 'train/sub/b': '2' });
        await spoil();
        assert.equal(await store.localDirectory(bucket, 'train/'), undefined);
        assert.equal(await store.localDirectory(bucket, 'train/sub/'), what === 'a FIFO' ? undefined : join(directory, 'train/sub'));
      });
    }

    it('is a hard link when a file is linked in, and not when it is copied', async () => {
      const path = join(root, 'model');
      await writeFile(path, 'weights');
      await store.putFile(at('linked'), path, { how: 'link' });
      await store.putFile(at('copied'), path, { how: 'copy' });
      const inodes = await Promise.all(
        [path, join(directory, 'linked'), join(directory, 'copied')].map(async (each) => (await stat(each)).ino),
      );
      assert.equal(inodes[0], inodes[1]);
      assert.notEqual(inodes[0], inodes[2]);
      await store.putFile(at('linked'), path, { how: 'link', attributes: { contentType: 'text/plain' } });
      await store.putFile(at('linked'), path, { how: 'link' });
      assert.equal((await store.head(at('linked')))?.contentType, 'binary/octet-stream');
      assert.deepEqual(await readdir(home.tmp), []);
    });

    it('has what was given with it where a writer that was killed had begun to write that down', async () => {
      const path = join(root, 'model');
      await writeFile(path, 'weights');
      const linked = (): Promise<void> => store.putFile(at('linked'), path, { how: 'link', attributes: { contentType: 'text/plain' } });
      await linked();
      const [kept = ''] = await beside();
      await writeFile(kept, '{"key":');
      await linked();
      assert.equal((await store.head(at('linked')))?.contentType, 'text/plain');
      assert.deepEqual(await beside(), [kept]);
    });
  });

  describe('sweeping', () => {
    it('removes what is kept of files that are there no more, and nothing else', async () => {
      for (const key of ['stays', 'changed', 'gone', 'a/']) await put(key, 'x', { attributes: { contentType: 'text/csv' } });
      await put('x'.repeat(300), 'x');
      await writeFile(join(directory, 'changed'), 'by hand');
      await rm(join(directory, 'gone'));
      assert.equal((await beside()).length, 7);
      await store.sweep();
      assert.equal((await beside()).length, 7, 'what is young may be about to count');
      for (const path of await beside()) if (path.includes('metadata')) await isOld(path);
      await store.sweep();
      assert.equal((await beside()).length, 5);
      assert.equal((await store.head(at('stays')))?.contentType, 'text/csv');
      assert.equal((await store.head(at('a/')))?.contentType, 'text/csv');
    });

    it('removes what says the keys of objects that are gone', async () => {
      await put('x'.repeat(300), 'x');
      await put('y'.repeat(300), 'y');
      await store.remove(at('x'.repeat(300)));
      await plant(join(home.annex, bucket, 'objects'), { '.sm-local-0123456789ab': 'half a key' });
      assert.equal((await beside()).length, 4);
      await store.sweep();
      assert.equal((await beside()).length, 4, 'what is young may be about to count');
      for (const path of await beside()) await isOld(path);
      await store.sweep();
      assert.equal((await beside()).length, 2);
      assert.deepEqual(await keys(), ['y'.repeat(300)]);
    });

    it('forgets buckets that were removed by hand, and locks of long ago', async () => {
      await put('a/', '');
      await put('b', '', { condition: { ifAbsent: true } });
      await rm(directory, { recursive: true });
      for (const name of await readdir(home.annex, { recursive: true })) await isOld(join(home.annex, name));
      await store.sweep();
      assert.deepEqual(await readdir(home.annex, { recursive: true }), ['.locks']);
    });
  });

  itAsRoot('a full disk is told as such, and leaves the old object and nothing else', async () => {
    const small = join(root, 'small');
    await mkdir(small);
    await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small);
    try {
      const there = await openHome(join(small, 'home'));
      const full = new LocalObjects(there, { owner: async () => owner.id });
      await full.createBucket(bucket);
      await full.put(at('a'), chunks('old'), { attributes: { contentType: 'text/csv' } });
      const noise = new Random(2).bytes(3_000_000);
      await assert.rejects(full.put(at('a'), chunks(noise)), failure('DiskTrouble', /no space left on device/));
      const path = join(root, 'noise');
      await writeFile(path, noise);
      await assert.rejects(full.putFile(at('a'), path, { how: 'move' }), failure('DiskTrouble', /no space left on device/));
      assert.equal(existsSync(path), true);
      assert.deepEqual(await readdir(there.tmp), []);
      assert.equal((await full.head(at('a')))?.contentType, 'text/csv');
      assert.equal((await buffer((await full.get(at('a'))).body)).toString(), 'old');
    } finally {
      await run('umount', small);
    }
  });

  it('a prefix of 10 000 keys is listed without a look at the rest', async function () {
    this.timeout(60_000);
    for (let part = 0; part < 100; part += 1) {
      await mkdir(join(directory, `part-${part}`));
      const first = join(directory, `part-${part}/0`);
      await writeFile(first, '');
      await Promise.all(Array.from({ length: 99 }, (_, index) => link(first, join(directory, `part-${part}/${index + 1}`))));
    }
    const timed = async (options: ListOptions): Promise<{ count: number; cpu: number }> => {
      const before = process.cpuUsage();
      const { length: count } = await keys(options);
      const { user, system } = process.cpuUsage(before);
      return { count, cpu: user + system };
    };
    const all = await timed({});
    const one = await timed({ prefix: 'part-50/' });
    const groups = await timed({ delimiter: '/' });
    assert.deepEqual([all.count, one.count, groups.count], [10_000, 100, 100]);
    assert.ok(one.cpu < all.cpu / 5, `${one.cpu} of ${all.cpu} µs`);
    const page = await timed({ startAfter: 'part-98/', limit: 50 });
    assert.ok(page.count === 50 && page.cpu < all.cpu / 5, `${page.cpu} of ${all.cpu} µs`);
  });
});
