import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Listed, ListOptions, ObjectAddress, ObjectStore, PutOptions } from '../../src/store/objects.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { chunks, md5 } from './bytes.ts';
import { ObjectModel } from './object-model.ts';
import { Random } from './random.ts';

export interface OpenedStore extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** What every object store keeps to, wherever it has its objects. `open` makes one without buckets; `seeds`: how often keys are made up. */
export function describeObjectStore(what: string, open: () => Promise<OpenedStore>, seeds = 12): void {
  describe(what, () => {
    const bucket = 'bucket-1';
    const at = (key: string): ObjectAddress => ({ bucket, key });
    let opened: OpenedStore;
    let store: ObjectStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      await store.createBucket(bucket);
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    const put = (key: string, content: string | Uint8Array, options?: PutOptions) => store.put(at(key), chunks(content), options);
    const content = async (key: string): Promise<string> => (await buffer((await store.get(at(key))).body)).toString();
    const listed = async (options?: ListOptions): Promise<Listed[]> => {
      const all: Listed[] = [];
      for await (const each of store.list(bucket, options)) all.push(each);
      return all;
    };
    const names = async (options?: ListOptions): Promise<string[]> =>
      (await listed(options)).map((each) => (each.kind === 'object' ? each.key : `[${each.prefix}]`));

    describe('a bucket', () => {
      it('is made once, found by name, listed in order with the time of its making', async () => {
        const before = Date.now() - 2000;
        await store.createBucket('a-bucket');
        await assert.rejects(store.createBucket('a-bucket'), failure('BucketExists', /a-bucket/));
        const buckets = await store.buckets();
        assert.deepEqual(
          buckets.map(({ name }) => name),
          ['a-bucket', bucket],
        );
        assert.ok(buckets.every(({ created }) => created.getTime() > before && created.getTime() < Date.now() + 2000));
        assert.equal((await store.bucket('a-bucket'))?.name, 'a-bucket');
        assert.equal(await store.bucket('none-such'), undefined);
      });

      it('has a name that S3 allows', async () => {
        await assert.rejects(store.createBucket('No_Bucket'), failure('InvalidBucketName', /lower-case letters/));
      });

      it('is removed when it is empty', async () => {
        await put('a/b', 'x');
        await assert.rejects(store.removeBucket(bucket), failure('BucketNotEmpty', /bucket-1/));
        await store.remove(at('a/b'));
        await store.removeBucket(bucket);
        assert.deepEqual(await store.buckets(), []);
      });

      it('that is not there is an error of every operation', async () => {
        const gone = failure('NoSuchBucket', /none-such/);
        const address = { bucket: 'none-such', key: 'a' };
        await assert.rejects(store.head(address), gone);
        await assert.rejects(store.get(address), gone);
        await assert.rejects(store.put(address, chunks('a')), gone);
        await assert.rejects(store.copy(address, at('a')), gone);
        await assert.rejects(store.remove(address), gone);
        await assert.rejects(store.setTags(address, {}), gone);
        await assert.rejects(store.removeBucket('none-such'), gone);
        await assert.rejects(store.list('none-such')[Symbol.asyncIterator]().next(), gone);
      });
    });

    describe('an object', () => {
      it('comes back as it was put, with size, time and ETag', async () => {
        const data = new Random(1).bytes(300_000);
        const before = Date.now() - 2000;
        const written = await store.put(at('models/a.bin'), chunks(data.subarray(0, 1), data.subarray(1, 200_000), data.subarray(200_000)));
        assert.deepEqual([written.size, written.etag], [data.length, md5(data)]);
        const { object, body, range } = await store.get(at('models/a.bin'));
        assert.ok((await buffer(body)).equals(data));
        assert.equal(range, undefined);
        assert.deepEqual([object.key, object.size, object.etag], ['models/a.bin', data.length, md5(data)]);
        assert.ok(object.lastModified.getTime() > before && object.lastModified.getTime() < Date.now() + 2000);
        assert.equal(object.contentType, 'binary/octet-stream');
        assert.deepEqual(await store.head(at('models/a.bin')), object);
      });

      it('may be empty', async () => {
        const written = await store.put(at('empty'), chunks());
        assert.deepEqual([written.size, written.etag], [0, md5('')]);
        assert.equal(await content('empty'), '');
      });

      it('keeps what it is given', async () => {
        const attributes = {
          contentType: 'text/csv',
          headers: { 'cache-control': 'no-cache', 'content-encoding': 'gzip' },
          userMetadata: { owner: 'me', 'with-dash': 'größe' },
          tags: { stage: 'test', empty: '' },
          storageClass: 'STANDARD',
        };
        await put('a', 'x', { attributes });
        assert.deepEqual({ ...(await store.head(at('a'))), ...attributes }, await store.head(at('a')));
        await put('a', 'x');
        assert.equal((await store.head(at('a')))?.userMetadata, undefined, 'of an older object nothing stays');
      });

      it('keeps what is known only when its body has ended', async () => {
        let size = 0;
        const counted = async function* () {
          for await (const chunk of chunks('abc', 'de')) {
            size += chunk.length;
            yield chunk;
          }
        };
        await store.put(at('a'), counted(), { attributes: () => ({ userMetadata: { size: `${size}` } }) });
        assert.deepEqual((await store.head(at('a')))?.userMetadata, { size: '5' });
      });

      it('is as before when its body fails, when its attributes refuse it, or when it is aborted', async () => {
        await put('a', 'old');
        const broken = async function* () {
          yield Buffer.from('new');
          throw new Error('the client went away');
        };
        await assert.rejects(store.put(at('a'), broken()), /the client went away/);
        const refuse = () => {
          throw new Error('BadDigest');
        };
        await assert.rejects(put('a', 'new', { attributes: refuse }), /BadDigest/);
        const controller = new AbortController();
        const silent = async function* () {
          yield Buffer.from('new');
          controller.abort(new Error('enough'));
          await new Promise(() => {});
        };
        await assert.rejects(store.put(at('a'), silent(), { signal: controller.signal }), /enough/);
        await assert.rejects(put('a', 'new', { signal: AbortSignal.abort(new Error('never')) }), /never/);
        assert.equal(await content('a'), 'old');
        assert.deepEqual(await names(), ['a']);
      });

      it('that is not there has no head, cannot be got, and can be removed', async () => {
        assert.equal(await store.head(at('nothing')), undefined);
        await assert.rejects(store.get(at('nothing')), failure('NoSuchKey', /s3:\/\/bucket-1\/nothing/));
        await store.remove(at('nothing'));
      });

      it('has a key of 1 to 1024 bytes', async () => {
        await put('é'.repeat(512), 'x');
        assert.equal(await content('é'.repeat(512)), 'x');
        await assert.rejects(put(`${'é'.repeat(512)}a`, 'x'), failure('KeyTooLong', /1025 bytes/));
        await assert.rejects(put('', 'x'), failure('KeyNotStorable', /empty/));
        await assert.rejects(put('half \ud800 pair', 'x'), failure('KeyNotStorable', /Unicode/));
      });

      it('is read whole while another one takes its place', async () => {
        const old = Buffer.alloc(3_000_000, 'old ');
        await put('a', old);
        const { body, object } = await store.get(at('a'));
        await put('a', 'new');
        assert.ok((await buffer(body)).equals(old));
        assert.equal(object.etag, md5(old));
        assert.equal(await content('a'), 'new');
      });

      it('is read in ranges', async () => {
        await put('a', '0123456789');
        const part = async (range: { first: number; last?: number } | { suffix: number }): Promise<unknown[]> => {
          const reading = await store.get(at('a'), { range });
          return [(await buffer(reading.body)).toString(), reading.range?.first, reading.range?.last];
        };
        assert.deepEqual(await part({ first: 0, last: 0 }), ['0', 0, 0]);
        assert.deepEqual(await part({ first: 3, last: 5 }), ['345', 3, 5]);
        assert.deepEqual(await part({ first: 7 }), ['789', 7, 9]);
        assert.deepEqual(await part({ first: 8, last: 999 }), ['89', 8, 9]);
        assert.deepEqual(await part({ suffix: 3 }), ['789', 7, 9]);
        assert.deepEqual(await part({ suffix: 99 }), ['0123456789', 0, 9]);
        await assert.rejects(part({ first: 10 }), failure('InvalidRange', /10 bytes/));
        await assert.rejects(part({ suffix: 0 }), failure('InvalidRange', /10 bytes/));
        await put('empty', '');
        await assert.rejects(store.get(at('empty'), { range: { first: 0 } }), failure('InvalidRange', /0 bytes/));
      });

      it('is copied with what it has, or with other attributes, also onto itself', async () => {
        const attributes = { contentType: 'text/csv', userMetadata: { a: '1' }, tags: { t: 'v' } };
        await put('a', 'content', { attributes });
        const copied = await store.copy(at('a'), at('b/c'));
        assert.deepEqual({ ...copied, ...attributes, key: 'b/c', etag: md5('content'), size: 7 }, copied);
        assert.deepEqual(await store.head(at('b/c')), copied);
        const other = await store.copy(at('a'), at('a'), { attributes: { contentType: 'text/plain' } });
        assert.deepEqual([other.contentType, other.userMetadata, other.etag], ['text/plain', undefined, md5('content')]);
        assert.equal(await content('a'), 'content');
        await assert.rejects(store.copy(at('nothing'), at('b')), failure('NoSuchKey', /nothing/));
        await assert.rejects(store.copy(at('a'), at('b'), { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
      });

      it('has its tags replaced, and nothing else', async () => {
        await put('a', 'content', { attributes: { contentType: 'text/csv', tags: { old: '1' } } });
        const before = await store.head(at('a'));
        await store.setTags(at('a'), { new: '2' });
        assert.deepEqual(await store.head(at('a')), { ...before, tags: { new: '2' } });
        await assert.rejects(store.setTags(at('nothing'), {}), failure('NoSuchKey', /nothing/));
      });
    });

    describe('a file', () => {
      for (const how of ['move', 'link', 'copy'] as const) {
        it(`becomes an object by ${how}`, async () => {
          await using directory = await temporaryDirectory();
          const path = join(directory.path, 'model.tar.gz');
          const data = new Random(2).bytes(200_000);
          await writeFile(path, data, { mode: 0o600 });
          await store.putFile(at('job/output/model.tar.gz'), path, {
            how,
            attributes: { contentType: 'application/gzip' },
            isDurable: true,
          });
          const { object, body } = await store.get(at('job/output/model.tar.gz'));
          assert.ok((await buffer(body)).equals(data));
          assert.deepEqual([object.etag, object.size, object.contentType], [md5(data), data.length, 'application/gzip']);
          assert.equal(existsSync(path), how !== 'move');
          if (how !== 'move') assert.ok((await readFile(path)).equals(data));
        });
      }

      it('stays where it is when the object is refused', async () => {
        await using directory = await temporaryDirectory();
        const path = join(directory.path, 'file');
        await writeFile(path, 'new');
        await put('a', 'old');
        const refused = store.putFile(at('a'), path, { how: 'move', condition: { ifAbsent: true } });
        await assert.rejects(refused, failure('PreconditionFailed', /exists/));
        assert.equal(await readFile(path, 'utf8'), 'new');
        assert.equal(await content('a'), 'old');
      });

      it('that is not there, or is none, is the error of the caller', async () => {
        await using directory = await temporaryDirectory();
        await assert.rejects(
          store.putFile(at('a'), join(directory.path, 'x'), { how: 'copy' }),
          failure('InputUnreadable', /no such file/),
        );
        await assert.rejects(store.putFile(at('a'), directory.path, { how: 'move' }), failure('InputUnreadable', /no regular file/));
      });
    });

    describe('a condition', () => {
      it('that there is none yet is met once', async () => {
        const ifAbsent = { condition: { ifAbsent: true } as const };
        await put('a', 'first', ifAbsent);
        await assert.rejects(put('a', 'second', ifAbsent), failure('PreconditionFailed', /exists/));
        assert.equal(await content('a'), 'first');
        const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => put('b/c', `${index}`, ifAbsent)));
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.equal(
          outcomes.findIndex(({ status }) => status === 'fulfilled'),
          Number(await content('b/c')),
        );
      });

      it('on the ETag is met by one of several who saw the same', async () => {
        let { etag } = await put('counter', '0');
        await assert.rejects(put('counter', 'x', { condition: { ifMatch: md5('other') } }), failure('PreconditionFailed', /ETag/));
        await assert.rejects(put('none', 'x', { condition: { ifMatch: etag } }), failure('NoSuchKey', /none/));
        for (let round = 1; round <= 3; round += 1) {
          const seen = etag;
          const outcomes = await Promise.allSettled(
            Array.from({ length: 4 }, (_, index) => put('counter', `${round}.${index}`, { condition: { ifMatch: seen } })),
          );
          assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
          etag = (await store.head(at('counter')))?.etag ?? '';
        }
      });
    });

    describe('a listing', () => {
      const plant = async (...keys: string[]): Promise<void> => {
        for (const key of keys) await put(key, key);
      };

      it('is in the order of UTF-8 bytes', async () => {
        const keys = ['a', 'a-b', 'a/', 'a/b', 'a0', 'B', 'é', '\u{FFFD}', '\u{1F600}', 'a b', 'a+b', 'a//b'];
        await plant(...keys);
        assert.deepEqual(
          await names(),
          [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
        );
      });

      it('says size and time, and details when they are asked for', async () => {
        await put('a', 'abc');
        const [plain] = await listed();
        assert.ok(plain?.kind === 'object');
        assert.deepEqual([plain.size, plain.lastModified], [3, (await store.head(at('a')))?.lastModified]);
        const [detailed] = await listed({ withDetails: true });
        assert.deepEqual(detailed, { ...plain, etag: md5('abc'), storageClass: 'STANDARD' });
      });

      it('takes a prefix that need not end at a slash', async () => {
        await plant('data/train-1', 'data/train/a', 'data/trai', 'data/val', 'other');
        assert.deepEqual(await names({ prefix: 'data/train' }), ['data/train-1', 'data/train/a']);
        assert.deepEqual(await names({ prefix: 'data/train/' }), ['data/train/a']);
        assert.deepEqual(await names({ prefix: 'none' }), []);
      });

      it('groups keys up to a delimiter', async () => {
        await plant('a/1', 'a/2/x', 'a/2/y', 'b', 'c/', 'c/d', 'e');
        assert.deepEqual(await names({ delimiter: '/' }), ['[a/]', 'b', '[c/]', 'e']);
        assert.deepEqual(await names({ delimiter: '/', prefix: 'a/' }), ['a/1', '[a/2/]']);
        assert.deepEqual(await names({ delimiter: '/', prefix: 'a' }), ['[a/]']);
        assert.deepEqual(await names({ delimiter: '2/' }), ['a/1', '[a/2/]', 'b', 'c/', 'c/d', 'e']);
      });

      it('goes on after any key, and after a group', async () => {
        await plant('a/1', 'a/2', 'b', 'c/d', 'e');
        assert.deepEqual(await names({ startAfter: 'a/1' }), ['a/2', 'b', 'c/d', 'e']);
        assert.deepEqual(await names({ startAfter: 'a' }), ['a/1', 'a/2', 'b', 'c/d', 'e']);
        assert.deepEqual(await names({ startAfter: 'a/', delimiter: '/' }), ['b', '[c/]', 'e']);
        assert.deepEqual(await names({ startAfter: 'a/1', delimiter: '/' }), ['[a/]', 'b', '[c/]', 'e']);
        assert.deepEqual(await names({ startAfter: 'e' }), []);
      });

      it('ends at its limit, and can be gone on with from there', async () => {
        const keys = ['a/1', 'a/2', 'b', 'c/d', 'e', 'f/g'];
        await plant(...keys);
        const pages: string[] = [];
        for (let startAfter = ''; ; ) {
          const page = await listed({ startAfter, limit: 2, delimiter: '/' });
          assert.ok(page.length <= 2);
          pages.push(...page.map((each) => (each.kind === 'object' ? each.key : each.prefix)));
          const last = page.at(-1);
          if (!last) break;
          startAfter = last.kind === 'object' ? last.key : last.prefix;
        }
        assert.deepEqual(pages, ['a/', 'b', 'c/', 'e', 'f/']);
        assert.deepEqual(await names({ limit: 0 }), []);
      });

      it('ends with the reason of its signal', async () => {
        await plant('a', 'b');
        await assert.rejects(names({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
      });
    });

    it('does with any keys what a sorted map would do', async function () {
      this.timeout(60_000);
      for (let seed = 1; seed <= seeds; seed += 1) {
        const model = new ObjectModel(new Random(seed));
        await store.createBucket(`seed-${seed}0`);
        for (let step = 0; step < 120; step += 1) await model.step(store, `seed-${seed}0`, `seed ${seed}, step ${step}`);
      }
    });
  });
}
