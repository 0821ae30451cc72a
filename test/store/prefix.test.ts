import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import { Owner } from '../../src/store/owner.ts';
import { resolvePrefix } from '../../src/store/prefix.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { chunks } from './bytes.ts';
import { plant } from './tree.ts';

describe('an S3 prefix as a directory', () => {
  const bucket = 'bucket-1';
  let store: LocalObjects;
  let owner: Owner;
  let directory: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const temporary = await temporaryDirectory();
    scope = temporary;
    const home = await openHome(join(temporary.path, 'home'));
    owner = await Owner.start(home);
    store = new LocalObjects(home, { owner: async () => owner.id });
    directory = join(home.buckets, bucket);
    await mkdir(directory);
  });
  afterEach(async () => {
    await owner[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const resolve = (key: string) => resolvePrefix(store, { bucket, key }, 'Channel "train"');
  const paths = async (key: string): Promise<string[]> => (await resolve(key)).files.map(({ path }) => path);

  it('is what comes after a prefix that is a directory, with a slash or without', async () => {
    await plant(directory, { 'jp/training/en-ja/train.en': 'one', 'jp/training/b': 'four' });
    for (const key of ['jp/training', 'jp/training/']) {
      const found = await resolve(key);
      assert.deepEqual(found, {
        stripped: 'jp/training/',
        files: [
          { key: 'jp/training/b', path: 'b', bytes: 4 },
          { key: 'jp/training/en-ja/train.en', path: 'en-ja/train.en', bytes: 3 },
        ],
        directory: join(directory, 'jp/training'),
      });
    }
    assert.equal((await resolve('')).directory, directory);
  });

  it('keeps whole names where the prefix is the beginning of some', async () => {
    await plant(directory, { 'data/train-data.csv': '', 'data/train.csv': '', 'data/other': '', 'top-a': '', 'top-b/c': '' });
    assert.deepEqual(await resolve('data/train'), {
      stripped: 'data/',
      files: [
        { key: 'data/train-data.csv', path: 'train-data.csv', bytes: 0 },
        { key: 'data/train.csv', path: 'train.csv', bytes: 0 },
      ],
    });
    assert.deepEqual(await paths('data/train.csv'), ['train.csv']);
    assert.deepEqual(await paths('top'), ['top-a', 'top-b/c']);
  });

  it('keeps whole names where some only go on with a slash', async () => {
    await plant(directory, { 'data/train/a.csv': '', 'data/train-x/b.csv': '' });
    assert.deepEqual(await paths('data/train'), ['train-x/b.csv', 'train/a.csv']);
  });

  it('has no files for empty objects that stand for directories', async () => {
    await plant(directory, { 'train/a': 'x' });
    await store.put({ bucket, key: 'train/' }, chunks());
    await store.put({ bucket, key: 'train/sub/' }, chunks());
    assert.deepEqual(await paths('train'), ['a']);
    assert.equal((await resolve('train')).directory, join(directory, 'train'));
    assert.deepEqual(await paths('train/sub/'), []);
    assert.deepEqual(await paths('none'), []);
  });

  it('cannot hold keys that lead elsewhere, or of which one is above another', async () => {
    await plant(directory, { 'a/x': '' });
    await store.put({ bucket, key: 'a/../../../etc/passwd' }, chunks('x'));
    await assert.rejects(
      resolve('a/'),
      failure('InputUnreadable', /Channel "train": s3:\/\/bucket-1\/a\/ .*passwd" cannot be the path of a file/),
    );
    await store.put({ bucket, key: 'b/c' }, chunks('x'));
    await store.put({ bucket, key: 'b/c/d' }, chunks('x'));
    await assert.rejects(resolve('b/'), failure('InputUnreadable', /"c" is an object, and "b\/c\/d" another one below it/));
    assert.deepEqual(await paths('b/c/'), ['d']);
  });
});
