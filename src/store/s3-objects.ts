import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { fail, isError } from '../errors.ts';
import type { DigestName } from './body/digests.ts';
import { writeBody } from './body/write-body.ts';
import { diskTrouble, isSystemError, whyOf } from './disk-trouble.ts';
import type { TemporaryDirectory } from './home.ts';
import { regularFile } from './local-objects/content.ts';
import { checkKey, isKey } from './local-objects/keys.ts';
import type {
  Bucket,
  ByteRange,
  CopyOptions,
  CreateBucketOptions,
  GetOptions,
  Listed,
  ListOptions,
  ObjectAddress,
  ObjectAttributes,
  ObjectReading,
  ObjectStore,
  PutFileOptions,
  PutOptions,
  StoredObject,
  Texts,
  Written,
} from './objects.ts';
import { sentAttributes, storedObject } from './s3-objects/attributes.ts';
import { openAccess, type S3Access } from './s3-objects/client.ts';
import type { S3Endpoint } from './s3-objects/endpoint.ts';
import { type Action, isCode, isNotFound } from './s3-objects/failures.ts';
import { listObjects } from './s3-objects/listing.ts';
import { upload } from './s3-objects/upload.ts';
import { whyNoBucketName } from './s3-uri.ts';

export type { S3Credentials, S3Endpoint } from './s3-objects/endpoint.ts';

/**
 * Objects behind the address of somebody's S3. None of them is a file of this machine. Of what clients give along, checksums and encryption
 * are not passed on. Every operation may also fail with StoreClientMissing, StoreUnreachable, StoreDenied and StoreFailed.
 */
export class S3Objects implements ObjectStore {
  readonly #access: () => Promise<S3Access>;
  readonly #region: string;
  readonly #temporaryDirectory: (name: string) => Promise<TemporaryDirectory>;

  /** @param temporaryDirectory makes one for bodies that have to be known before they are sent */
  constructor(endpoint: S3Endpoint, temporaryDirectory: (name: string) => Promise<TemporaryDirectory>) {
    let access: Promise<S3Access> | undefined;
    this.#access = () => {
      access ??= openAccess(endpoint);
      return access;
    };
    this.#region = endpoint.region;
    this.#temporaryDirectory = temporaryDirectory;
  }

  async buckets(signal?: AbortSignal): Promise<readonly Bucket[]> {
    return await this.#listBuckets('', signal);
  }

  async bucket(name: string, signal?: AbortSignal): Promise<Bucket | undefined> {
    if (whyNoBucketName(name) !== undefined) return undefined;
    if (!(await this.#hasBucket(name, signal))) return undefined;
    // Who may use a bucket may be kept from looking at the list of all, which alone tells when it was made.
    const [found] = await this.#listBuckets(name, signal).catch((error: unknown) => {
      if (isError(error, 'StoreDenied')) return [];
      throw error;
    });
    return found?.name === name ? found : { name, created: new Date(0) };
  }

  async createBucket(name: string, { signal }: CreateBucketOptions = {}): Promise<Bucket> {
    const why = whyNoBucketName(name);
    if (why !== undefined) throw fail('InvalidBucketName', { bucket: name, why });
    // AWS's oldest region lets one make one's own bucket again.
    if (await this.#hasBucket(name, signal)) throw fail('BucketExists', { bucket: name });
    const region = this.#region as 'eu-west-1';
    const place = { ...((region as string) !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: region } }) };
    await (await this.#access()).call(
      { does: `make the bucket ${name}`, bucket: name },
      (s3, options) => s3.createBucket({ Bucket: name, ...place }, options),
      signal,
    );
    return { name, created: new Date() };
  }

  async removeBucket(name: string, signal?: AbortSignal): Promise<void> {
    const action = { does: `remove the bucket ${name}`, bucket: name };
    await (await this.#access()).call(action, (s3, options) => s3.deleteBucket({ Bucket: name }, options), signal);
  }

  async head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject | undefined> {
    const { bucket, key } = address;
    if (!isKey(key)) return undefined;
    const access = await this.#access();
    const found = await access.call(
      looking(address),
      (s3, options) => s3.headObject({ Bucket: bucket, Key: key }, options).catch(undefinedIfNotFound),
      signal,
    );
    if (found) return storedObject(key, found, found.ContentLength ?? 0, await this.#tags(address, found.TagCount, signal));
    if (!(await this.#hasBucket(bucket, signal))) throw fail('NoSuchBucket', { bucket });
    return undefined;
  }

  async get(address: ObjectAddress, { range, signal }: GetOptions = {}): Promise<ObjectReading> {
    if (typeof range !== 'function') return await this.#get(address, range, undefined, signal);
    for (;;) {
      const object = await this.#headOf(address, signal);
      try {
        return await this.#get(address, range(object), object.etag, signal);
      } catch (error) {
        if (!isError(error, 'PreconditionFailed')) throw error; // else it was replaced meanwhile
      }
    }
  }

  /** @param ifMatch the ETag that it must have */
  async #get(address: ObjectAddress, range: ByteRange | undefined, ifMatch?: string, signal?: AbortSignal): Promise<ObjectReading> {
    const { bucket, key } = address;
    if (!isKey(key)) throw fail('NoSuchKey', address);
    const access = await this.#access();
    const action = { does: `read s3://${bucket}/${key}`, bucket, key };
    const request = {
      ...{ Bucket: bucket, Key: key },
      ...(range && { Range: rangeHeader(range) }),
      ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
    };
    const told = await access.call(action, (s3, options) => s3.getObject(request, options).catch(undefinedIfOutside), signal);
    if (!told) throw fail('InvalidRange', { size: (await this.head(address, signal))?.size ?? 0 });
    const [, first = '0', last = '0', whole] = /^bytes (\d+)-(\d+)\/(\d+)/.exec(told.ContentRange ?? '') ?? [];
    const body = bodyOf(told, access, action, signal);
    try {
      const size = Number(whole ?? told.ContentLength ?? 0);
      // A store answers with all of an empty object; a range that has no byte is refused all the same.
      if (range && whole === undefined && size === 0) throw fail('InvalidRange', { size });
      const object = storedObject(key, told, size, await this.#tags(address, told.TagCount, signal));
      if (!range) return { object, body };
      return { object, range: { first: Number(first), last: whole === undefined ? size - 1 : Number(last) }, body };
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  async put(address: ObjectAddress, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<Written> {
    checkKey(address);
    const { attributes = {}, digests = [], condition, signal } = options;
    if (typeof attributes !== 'function') return await this.#upload(address, body, { attributes, condition, signal });
    // S3 wants to know before it gets the first byte of a long body.
    await using directory = await this.#temporaryDirectory('upload');
    const path = join(directory.path, 'body');
    const written = await writeBody(path, body, { digests: [...new Set<DigestName>(['md5', ...digests])], signal });
    return await this.#upload(address, fileBody(path), { attributes: attributes(written), condition, signal });
  }

  async putFile(address: ObjectAddress, path: string, options: PutFileOptions): Promise<void> {
    checkKey(address);
    const { attributes = {}, condition, signal, how } = options;
    await this.#upload(address, fileBody(regularFile(path)), { attributes, condition, signal });
    if (how !== 'move') return;
    await rm(path, { force: true }).catch((error: unknown) => {
      throw diskTrouble('remove', path, error);
    });
  }

  async copy(from: ObjectAddress, to: ObjectAddress, { attributes, condition, signal }: CopyOptions = {}): Promise<StoredObject> {
    checkKey(to);
    const isSame = from.bucket === to.bucket && from.key === to.key;
    // S3 refuses to copy an object onto itself that stays as it is; not every store knows conditions on copies, and none copies 5 GB at once.
    const source = typeof attributes === 'function' || isSame || condition ? await this.#headOf(from, signal) : undefined;
    const given = typeof attributes === 'function' ? source && attributes(source) : (attributes ?? source);
    if (condition || !(await this.#copiedThere(from, to, given, signal))) {
      const { object, body } = await this.get(from, signal && { signal });
      await this.#upload(to, body, { attributes: given ?? object, condition, signal });
    }
    return await this.#headOf(to, signal);
  }

  async setTags(address: ObjectAddress, tags: Texts, signal?: AbortSignal): Promise<void> {
    const { bucket, key } = address;
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const action = { does: `tag s3://${bucket}/${key}`, bucket, key };
    const request = { Bucket: bucket, Key: key, Tagging: { TagSet } };
    await (await this.#access()).call(action, (s3, options) => s3.putObjectTagging(request, options), signal);
  }

  async remove({ bucket, key }: ObjectAddress, signal?: AbortSignal): Promise<void> {
    if (!isKey(key)) return;
    const action = { does: `remove s3://${bucket}/${key}`, bucket, key };
    await (await this.#access()).call(action, (s3, options) => s3.deleteObject({ Bucket: bucket, Key: key }, options), signal);
  }

  async *list(bucket: string, options: ListOptions = {}): AsyncGenerator<Listed, void> {
    yield* listObjects(await this.#access(), bucket, options);
  }

  async localFile(): Promise<undefined> {
    return undefined;
  }

  async localDirectory(): Promise<undefined> {
    return undefined;
  }

  async #upload(address: ObjectAddress, body: AsyncIterable<Uint8Array>, options: Parameters<typeof upload>[3]): Promise<Written> {
    try {
      return await upload(await this.#access(), address, body, options);
    } catch (error) {
      throw isError(error, 'PreconditionFailed') ? await this.#unmet(address, options, error) : error;
    }
  }

  /** The condition that did not hold, in words. */
  async #unmet(address: ObjectAddress, { condition, signal }: Parameters<typeof upload>[3], error: Error): Promise<Error> {
    if (!condition || 'ifAbsent' in condition) return fail('PreconditionFailed', { ...address, why: 'exists' }, error);
    const found = await this.head(address, signal);
    return found
      ? fail('PreconditionFailed', { ...address, why: `has the ETag "${found.etag}"` }, error)
      : fail('NoSuchKey', address, error);
  }

  /** Whether the store could do it by itself. */
  async #copiedThere(
    from: ObjectAddress,
    to: ObjectAddress,
    attributes: ObjectAttributes | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { Tagging = '', ...sent } = attributes ? sentAttributes(attributes) : {};
    const replaced = attributes && ({ MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE', ...sent, Tagging } as const);
    const source = `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`;
    const action = { does: `copy s3://${from.bucket}/${from.key} to s3://${to.bucket}/${to.key}`, ...from };
    const request = { Bucket: to.bucket, Key: to.key, CopySource: source, ...replaced };
    return await (await this.#access()).call(
      action,
      async (s3, options) => {
        try {
          await s3.copyObject(request, options);
          return true;
        } catch (error) {
          if (isCode(error, 'InvalidRequest') || isCode(error, 'EntityTooLarge')) return false;
          throw error;
        }
      },
      signal,
    );
  }

  /** Errors: NoSuchKey. */
  async #headOf(address: ObjectAddress, signal: AbortSignal | undefined): Promise<StoredObject> {
    const found = await this.head(address, signal);
    if (!found) throw fail('NoSuchKey', address);
    return found;
  }

  /** Undefined where there are none, or where whoever may read the object may not read them. */
  async #tags(address: ObjectAddress, count: number | undefined, signal?: AbortSignal): Promise<Texts | undefined> {
    if (!count) return undefined;
    const { bucket, key } = address;
    try {
      const { TagSet = [] } = await (await this.#access()).call(
        looking(address),
        (s3, options) => s3.getObjectTagging({ Bucket: bucket, Key: key }, options),
        signal,
      );
      return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
    } catch (error) {
      if (isError(error, 'StoreDenied')) return undefined;
      throw error;
    }
  }

  async #hasBucket(name: string, signal?: AbortSignal): Promise<boolean> {
    const action = { does: `look at the bucket ${name}`, bucket: name };
    const found = await (await this.#access()).call(
      action,
      (s3, options) => s3.headBucket({ Bucket: name }, options).catch(undefinedIfNotFound),
      signal,
    );
    return found !== undefined;
  }

  async #listBuckets(prefix: string, signal?: AbortSignal): Promise<readonly Bucket[]> {
    const access = await this.#access();
    const buckets: Bucket[] = [];
    let token: string | undefined;
    do {
      const request = { ...(prefix !== '' && { Prefix: prefix }), ...(token !== undefined && { ContinuationToken: token }) };
      const page = await access.call({ does: 'list the buckets' }, (s3, options) => s3.listBuckets(request, options), signal);
      for (const { Name = '', CreationDate = new Date(0) } of page.Buckets ?? []) buckets.push({ name: Name, created: CreationDate });
      token = page.ContinuationToken;
    } while (token !== undefined && token !== '');
    // In order already, but for stores that are not AWS's, some of which know no prefix either.
    return buckets.filter(({ name }) => name.startsWith(prefix)).sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

const looking = ({ bucket, key }: ObjectAddress): Action => ({ does: `look at s3://${bucket}/${key}`, bucket, key });

const rangeHeader = (range: ByteRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ''}`;

/** Large chunks: a small one costs as much. Errors: InputUnreadable. */
async function* fileBody(path: string): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Buffer;
  } catch (error) {
    throw isSystemError(error) ? fail('InputUnreadable', { what: 'The file of an object', path, why: whyOf(error) }, error) : error;
  }
}

/** What comes over the wire, with its errors in our words. */
function bodyOf({ Body }: GetObjectCommandOutput, access: S3Access, action: Action, signal: AbortSignal | undefined): Readable {
  const from = Body as Readable;
  async function* chunks(): AsyncGenerator<Buffer, void> {
    try {
      for await (const chunk of from) yield chunk as Buffer;
    } catch (error) {
      signal?.throwIfAborted();
      throw access.errorOf(error, action);
    }
  }
  const body = Readable.from(chunks(), { objectMode: false, highWaterMark: 256 * 1024 });
  body.on('close', () => from.destroy()); // also of one that was never read
  return body;
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

function undefinedIfOutside(error: unknown): undefined {
  if (!isCode(error, 'InvalidRange')) throw error;
}
