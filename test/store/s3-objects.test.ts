import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Scope } from '../../src/scope.ts';
import { S3Objects } from '../../src/store/s3-objects.ts';
import { type ServedS3, serveS3 } from '../api/s3/serving.ts';
import { failure } from '../support/failure.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeObjectStore } from './objects-conformance.ts';

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };

const storeAt = (url: string, { home }: Pick<ServedS3, 'home'>): S3Objects =>
  new S3Objects({ url, region: 'us-east-1', credentials }, (name) => home.temporaryDirectory(name));

async function open() {
  const scope = new Scope();
  const served = scope.use(await serveS3());
  return { store: storeAt(served.url, served), served, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

describeObjectStore('objects in an S3 elsewhere', open, 3);

describe('an object of an S3 elsewhere', () => {
  const address = { bucket: 'bucket-1', key: 'large' };
  const megabyte = Buffer.alloc(1024 * 1024);
  let opened: Awaited<ReturnType<typeof open>>;
  let store: S3Objects;
  let served: ServedS3;
  beforeEach(async () => {
    opened = await open();
    ({ store, served } = opened);
    await store.createBucket('bucket-1');
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  /** 1 MB each, every one another; chunks that do not end where parts do. */
  async function* large(megabytes: number, fails?: Error): AsyncGenerator<Uint8Array, void> {
    for (let number = 0; number < megabytes; number += 1) {
      const block = Buffer.from(megabyte.fill(number));
      yield block.subarray(0, 1000);
      yield block.subarray(1000);
    }
    if (fails) throw fails;
  }
  const digestOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    return hash.digest('hex');
  };
  const isWhole = async (megabytes: number): Promise<void> => {
    const { object, body } = await store.get(address);
    assert.equal(object.size, megabytes * megabyte.length);
    assert.equal(await digestOf(body), await digestOf(large(megabytes)));
  };

  it('that is large goes there in parts', async () => {
    const written = await store.put(address, large(41), { attributes: { contentType: 'text/csv', tags: { a: 'b' } } });
    assert.equal(written.size, 41 * megabyte.length);
    assert.match(written.etag, /-6$/);
    const found = await store.head(address);
    assert.deepEqual([found?.contentType, found?.tags, found?.etag], ['text/csv', { a: 'b' }, written.etag]);
    await isWhole(41);
    assert.deepEqual(await served.uploads.list('bucket-1'), []);
  });

  it('that is as large as a part, or two, is whole', async () => {
    for (const megabytes of [8, 16]) {
      await store.put(address, large(megabytes));
      await isWhole(megabytes);
    }
  });

  it('that fails in the middle leaves nothing', async () => {
    const broken = store.put(address, large(30, new Error('the client went away')));
    await assert.rejects(broken, /the client went away/);
    const controller = new AbortController();
    const aborted = async function* () {
      yield* large(20);
      controller.abort(new Error('enough'));
      await new Promise(() => {});
    };
    await assert.rejects(store.put(address, aborted(), { signal: controller.signal }), /enough/);
    await store.put({ ...address, key: 'small' }, large(1));
    await assert.rejects(
      store.put({ ...address, key: 'small' }, large(20), { condition: { ifAbsent: true } }),
      failure('PreconditionFailed', /exists/),
    );
    assert.equal(await store.head(address), undefined);
    assert.deepEqual(await served.uploads.list('bucket-1'), []);
  });

  it('may have attributes that are known only when all of it was there, however large it is', async () => {
    const attributes = ({ size }: { readonly size: number }) => ({ userMetadata: { size: `${size}` } });
    await store.put(address, large(20), { attributes });
    assert.deepEqual((await store.head(address))?.userMetadata, { size: `${20 * megabyte.length}` });
    await isWhole(20);
  });

  it('is a large file that is gone afterwards', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'model.tar.gz');
    await writeFile(path, large(17));
    await store.putFile(address, path, { how: 'move' });
    await assert.rejects(readFile(path), /ENOENT/);
    await isWhole(17);
  });

  it('tells a range what it is before it is read', async () => {
    await store.put(address, large(1));
    const reading = await store.get(address, { range: ({ size }) => ({ first: size - 2 }) });
    assert.deepEqual(reading.range, { first: megabyte.length - 2, last: megabyte.length - 1 });
    assert.equal((await buffer(reading.body)).length, 2);
  });

  describe('that cannot be had, because', () => {
    const serving = async (listener: RequestListener): Promise<S3Objects> => {
      const server = http.createServer(listener).listen(0, '127.0.0.1');
      await once(server, 'listening');
      stop = () => {
        server.closeAllConnections();
        server.close();
      };
      return storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, served);
    };
    let stop = (): void => {};
    afterEach(() => stop());
    const answer =
      (status: number, body: string): RequestListener =>
      (_request, response) =>
        void response.writeHead(status).end(body);

    it('nobody listens, is told with the address', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      await assert.rejects(
        storeAt(url, served).get(address),
        failure('StoreUnreachable', new RegExp(`No S3 answers at ${url}: .*ECONNREFUSED`)),
      );
    });

    it('the keys are refused, is told with what was asked', async () => {
      const body = '<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message></Error>';
      const refused = failure(
        'StoreDenied',
        /does not let sm-local read s3:\/\/bucket-1\/large: SignatureDoesNotMatch: It does not match\.$/,
      );
      await assert.rejects((await serving(answer(403, body))).get(address), refused);
    });

    it('whoever answers is no S3, is told with the status', async () => {
      const strange = failure('StoreFailed', /could not read s3:\/\/bucket-1\/large: .*status 404/);
      await assert.rejects((await serving(answer(404, '<html><title>Not found</title></html>'))).get(address), strange);
    });

    it('it breaks off, is told by who reads it', async () => {
      const breaking = await serving((_request, response) => {
        response.writeHead(200, { 'content-length': 1000, etag: '"a"' });
        response.write('begun');
        setImmediate(() => response.destroy());
      });
      const { body } = await breaking.get(address);
      await assert.rejects(buffer(body), failure('StoreUnreachable', /aborted|reset/i));
    });
  });
});
