import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail, isError } from '../errors.ts';
import type { DigestName } from './body/digests.ts';
import { contentMode, writeBody } from './body/write-body.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import type { Home } from './home.ts';
import { type BucketDirectory, keepOwner, openBucket } from './local-objects/bucket-directory.ts';
import { copyContent, linked, regularFile } from './local-objects/content.ts';
import { findObject } from './local-objects/find.ts';
import { checkKey } from './local-objects/keys.ts';
import { holdLarge } from './local-objects/letting-go.ts';
import { exactDirectory, listObjects } from './local-objects/listing.ts';
import { removeEmptyTree, removeObject } from './local-objects/place.ts';
import { attributesOf, detailsOf, openObject, resolveRange, streamOf } from './local-objects/reading.ts';
import { identityOf, type Kept, namesIn } from './local-objects/sidecars.ts';
import { locksName, sweepAnnex, sweepBucket } from './local-objects/sweep.ts';
import { commit, type TemporaryFile, temporaryFile } from './local-objects/writing.ts';
import { withLock } from './lock.ts';
import type {
  Bucket,
  CopyOptions,
  CreateBucketOptions,
  GetOptions,
  Listed,
  ListOptions,
  ObjectAddress,
  ObjectReading,
  ObjectStore,
  PutCondition,
  PutFileOptions,
  PutOptions,
  StoredObject,
  Texts,
  Written,
} from './objects.ts';
import { isAlive } from './owner.ts';
import { whyNoBucketName } from './s3-uri.ts';
import { removeTree } from './temporary.ts';
import { compareUtf8 } from './utf8-order.ts';

export interface LocalObjectsOptions {
  /** Id of this process as an owner; asked for when something is written. */
  readonly owner: () => Promise<string>;
  /** Bucket -> a directory of the user's that is its content. */
  readonly mapped?: Readonly<Record<string, string>>;
}

/**
 * Buckets as directories below home. An object is a plain file at its key's path, which the user may read, put there and change by hand;
 * what a directory cannot hold so (`a` beside `a/b`, keys that end in `/`, …) lies in the bucket's annex. Several processes may write at
 * once: every object is written beside and renamed, so that it is there whole or not at all.
 */
export class LocalObjects implements ObjectStore {
  readonly #home: Home;
  readonly #owner: () => Promise<string>;
  readonly #mapped: ReadonlyMap<string, string>;

  constructor(home: Home, { owner, mapped = {} }: LocalObjectsOptions) {
    this.#home = home;
    this.#owner = owner;
    this.#mapped = new Map(Object.entries(mapped).map(([name, directory]) => [checked(name), resolve(directory)]));
  }

  async buckets(): Promise<readonly Bucket[]> {
    return this.#all().map(described);
  }

  async bucket(name: string): Promise<Bucket | undefined> {
    const found = this.#find(name);
    return found && described(found);
  }

  async createBucket(name: string, { signal, ...owner }: CreateBucketOptions = {}): Promise<Bucket> {
    const path = this.#pathOf(checked(name));
    return await this.#locked(`bucket ${name}`, signal, async () => {
      if (this.#find(name)) throw fail('BucketExists', { bucket: name });
      await removeTree(this.#beside(name)); // of one whose directory was removed by hand
      atDisk('make', path, () => {
        keepOwner(this.#beside(name), owner);
        mkdirSync(path, { recursive: true });
        if (!this.#mapped.has(name)) chmodSync(path, 0o755);
      });
      return described(this.#open(name));
    });
  }

  async removeBucket(name: string, signal?: AbortSignal): Promise<void> {
    const directory = this.#mapped.get(name);
    if (directory !== undefined) throw fail('BucketMapped', { bucket: name, directory });
    await this.#locked(`bucket ${name}`, signal, async () => {
      const { root } = this.#open(name);
      for await (const _object of this.list(name, { limit: 1 })) throw fail('BucketNotEmpty', { bucket: name, why: 'it has objects' });
      try {
        removeEmptyTree(root);
      } catch (error) {
        const isFull = ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '');
        throw isFull
          ? fail('BucketNotEmpty', { bucket: name, why: `${root} holds files that are no objects` }, error)
          : diskTrouble('remove', root, error);
      }
      await removeTree(this.#beside(name));
    });
  }

  async head({ bucket, key }: ObjectAddress, signal?: AbortSignal): Promise<StoredObject | undefined> {
    const reading = await openObject(this.#open(bucket), key, signal);
    if (reading) closeSync(reading.file);
    return reading?.object;
  }

  async get(address: ObjectAddress, { range, signal }: GetOptions = {}): Promise<ObjectReading> {
    const reading = await openObject(this.#open(address.bucket), address.key, signal);
    if (!reading) throw fail('NoSuchKey', address);
    const { object, file } = reading;
    try {
      const wanted = typeof range === 'function' ? range(object) : range;
      const bytes = resolveRange(wanted, object.size);
      return { object, ...(wanted && { range: bytes }), body: streamOf(file, bytes, signal) };
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  async put(address: ObjectAddress, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<Written> {
    using temporary = await this.#temporary(address);
    const { attributes = {}, digests = [], signal } = options;
    const written = await writeBody(temporary.path, body, { digests: [...new Set<DigestName>(['md5', ...digests])], signal });
    const etag = written.digests.get('md5')?.toString('hex') ?? '';
    const given = typeof attributes === 'function' ? attributes(written) : attributes;
    return { etag, ...(await this.#commit(address, temporary, { ...given, etag }, options)) };
  }

  async putFile(address: ObjectAddress, path: string, options: PutFileOptions): Promise<void> {
    const source = regularFile(path);
    using temporary = await this.#temporary(address);
    // A move is a link and an unlinking, so that the file has one of its names whenever this process is killed.
    if (options.how === 'copy' || !linked(source, temporary.path)) await copyContent(source, temporary.path, options.signal);
    else if (options.how === 'move') atDisk('write', temporary.path, () => chmodSync(temporary.path, contentMode));
    const { attributes, etag } = options;
    await this.#commit(address, temporary, { ...attributes, ...(etag !== undefined && { etag }) }, options);
    if (options.how === 'move') await removeTree(path);
  }

  async copy(from: ObjectAddress, to: ObjectAddress, options: CopyOptions = {}): Promise<StoredObject> {
    const source = this.#open(from.bucket);
    for (;;) {
      options.signal?.throwIfAborted();
      using temporary = await this.#temporary(to);
      const reading = await openObject(source, from.key, options.signal);
      if (!reading) throw fail('NoSuchKey', from);
      closeSync(reading.file);
      const { object, identity } = reading;
      const { attributes = attributesOf(object) } = options;
      const given = typeof attributes === 'function' ? attributes(object) : attributes;
      const content = findObject(source, from.key);
      if (!content || identityOf(content.stats) !== identity) continue;
      const copying = copyContent(content.file, temporary.path, options.signal);
      await copying.catch(() => {}); // of a file that went away meanwhile nobody need hear
      const now = findObject(source, from.key);
      if (!now || identityOf(now.stats) !== identity) continue;
      await copying;
      // The ETag of what was put in several pieces says how, which is not so of the copy.
      const kept = { ...given, ...(isMd5(object.etag) && { etag: object.etag }) };
      await this.#commit(to, temporary, kept, options);
      const copied = await this.head(to, options.signal);
      if (copied) return copied;
    }
  }

  async setTags(address: ObjectAddress, tags: Texts, signal?: AbortSignal): Promise<void> {
    const { sidecars } = this.#open(address.bucket);
    await this.#inTurn(address, signal, async () => {
      const found = findObject(this.#open(address.bucket), address.key);
      if (!found) throw fail('NoSuchKey', address);
      const identity = identityOf(found.stats);
      const kept = { ...sidecars.read(address.key, identity), tags };
      atDisk('write', found.path, () => sidecars.keep(address.key, identity, kept));
    });
  }

  async remove({ bucket: name, key }: ObjectAddress): Promise<void> {
    const bucket = this.#open(name);
    const found = findObject(bucket, key);
    if (!found) return;
    const letGo = holdLarge(found);
    try {
      atDisk('remove', found.path, () => {
        removeObject(bucket, key);
        bucket.sidecars.forget(key, identityOf(found.stats));
      });
    } finally {
      letGo();
    }
  }

  async *list(name: string, options: ListOptions = {}): AsyncGenerator<Listed, void> {
    const bucket = this.#open(name);
    yield* listObjects(bucket, options, (key) => detailsOf(bucket, key, options.signal));
  }

  async localFile(address: ObjectAddress): Promise<string | undefined> {
    const found = findObject(this.#open(address.bucket), address.key);
    if (!found) throw fail('NoSuchKey', address);
    return found.file;
  }

  async localDirectory(bucket: string, prefix: string, signal?: AbortSignal): Promise<string | undefined> {
    return await exactDirectory(this.#open(bucket), prefix, signal);
  }

  /**
   * Removes what killed writers have left in buckets and beside them, and what is kept of objects that were changed or removed by hand.
   * What they left in the home's `tmp` begins with its owner's name and goes with the rest there. Errors: DiskTrouble.
   */
  async sweep(): Promise<void> {
    for (const bucket of this.#all()) await sweepBucket(bucket, this.#home);
    await sweepAnnex(this.#home, (name) => this.#find(name) !== undefined);
  }

  async #temporary(address: ObjectAddress): Promise<TemporaryFile> {
    const bucket = this.#open(address.bucket);
    checkKey(address);
    return temporaryFile(this.#home, bucket, await this.#owner());
  }

  async #commit(
    address: ObjectAddress,
    { path: file }: TemporaryFile,
    kept: Kept,
    { condition, isDurable, signal }: Pick<PutOptions, 'condition' | 'isDurable' | 'signal'>,
  ): Promise<Omit<Written, 'etag'>> {
    signal?.throwIfAborted();
    const inTurn = async (place: () => void): Promise<void> => {
      if (!condition) return place();
      await this.#inTurn(address, signal, async () => {
        await this.#check(address, condition, signal);
        place();
      });
    };
    return await commit({ bucket: this.#open(address.bucket), key: address.key, file, kept, isDurable, inTurn });
  }

  async #check(address: ObjectAddress, condition: PutCondition, signal: AbortSignal | undefined): Promise<void> {
    if ('ifAbsent' in condition) {
      if (findObject(this.#open(address.bucket), address.key)) throw fail('PreconditionFailed', { ...address, why: 'exists' });
      return;
    }
    const object = await this.head(address, signal);
    if (!object) throw fail('NoSuchKey', address);
    if (object.etag !== condition.ifMatch) throw fail('PreconditionFailed', { ...address, why: `has the ETag "${object.etag}"` });
  }

  /** Keeps apart those who read an object before they change it; others wait for nobody. */
  async #inTurn<T>({ bucket, key }: ObjectAddress, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return await this.#locked(`object ${bucket}/${key}`, signal, work);
  }

  async #locked<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const path = join(this.#home.annex, locksName, createHash('sha256').update(what).digest('hex').slice(0, 32));
    return await withLock(path, { holder: await this.#owner(), isAlive: (holder) => isAlive(this.#home, holder), signal }, work);
  }

  #all(): readonly BucketDirectory[] {
    const names = new Set([...namesIn(this.#home.buckets), ...this.#mapped.keys()]);
    return [...names].sort(compareUtf8).flatMap((name) => this.#find(name) ?? []);
  }

  /** Errors: NoSuchBucket. */
  #open(name: string): BucketDirectory {
    const found = this.#find(name);
    if (!found) throw fail('NoSuchBucket', { bucket: name });
    return found;
  }

  #find(name: string): BucketDirectory | undefined {
    if (whyNoBucketName(name) !== undefined) return undefined;
    return openBucket(name, this.#pathOf(name), this.#beside(name), this.#mapped.has(name));
  }

  #pathOf(name: string): string {
    return this.#mapped.get(name) ?? join(this.#home.buckets, name);
  }

  /** What there is of the bucket besides its directory. */
  #beside(name: string): string {
    return join(this.#home.annex, name);
  }
}

function atDisk<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isError(error) ? error : diskTrouble(action, path, error);
  }
}

/** Errors: InvalidBucketName. */
function checked(name: string): string {
  const why = whyNoBucketName(name);
  if (why !== undefined) throw fail('InvalidBucketName', { bucket: name, why });
  return name;
}

const isMd5 = (etag: string): boolean => !etag.includes('-');

const described = ({ name, created, owner }: BucketDirectory): Bucket => ({ ...owner(), name, created });
