import type { Readable } from 'node:stream';
import type { DigestName } from './body/digests.ts';
import type { WrittenBody } from './body/write-body.ts';

/**
 * Where S3 objects live: in directories of this machine, or behind the address of somebody's S3. Keys are any text of at most 1024 bytes of
 * UTF-8. Every operation on a bucket that is not there fails with NoSuchBucket; every one may fail with trouble of the disk or the wire, or
 * with the reason of its signal.
 */
export interface ObjectStore {
  /** Sorted by name. */
  buckets(signal?: AbortSignal): Promise<readonly Bucket[]>;
  /** Undefined when there is none. */
  bucket(name: string, signal?: AbortSignal): Promise<Bucket | undefined>;
  /** Errors: InvalidBucketName, BucketExists. */
  createBucket(name: string, options?: CreateBucketOptions): Promise<Bucket>;
  /** Errors: BucketNotEmpty. */
  removeBucket(name: string, signal?: AbortSignal): Promise<void>;

  /** Undefined when there is no such object. Reads a file that somebody put there to its end once, for its ETag. */
  head(address: ObjectAddress, signal?: AbortSignal): Promise<StoredObject | undefined>;
  /** The object as it is now, whole, also when it is replaced while it is read. Errors: NoSuchKey, InvalidRange. */
  get(address: ObjectAddress, options?: GetOptions): Promise<ObjectReading>;
  /**
   * Writes an object of unknown length; it appears when the body has ended. What `body` throws ends it, and nothing is changed.
   * Errors: KeyTooLong, KeyNotStorable, PreconditionFailed; NoSuchKey for a condition on an object that is not there.
   */
  put(address: ObjectAddress, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<Written>;
  /** Makes a file of this machine an object, without reading it where that can be. Errors: InputUnreadable, and as `put`. */
  putFile(address: ObjectAddress, path: string, options: PutFileOptions): Promise<void>;
  /** Attributes are the source's but what tells of its parts, or all of them those given. Errors: NoSuchKey, and as `put`. */
  copy(from: ObjectAddress, to: ObjectAddress, options?: CopyOptions): Promise<StoredObject>;
  /** Replaces the tags alone. Errors: NoSuchKey. */
  setTags(address: ObjectAddress, tags: Texts, signal?: AbortSignal): Promise<void>;
  /** Removing what is not there is not an error. */
  remove(address: ObjectAddress, signal?: AbortSignal): Promise<void>;
  /** In the order of the keys' UTF-8 bytes, read as they are taken. What comes and goes meanwhile may be in it or not. */
  list(bucket: string, options?: ListOptions): AsyncIterable<Listed>;

  /** A file of this machine that holds the object's content and must not be changed; undefined for a store elsewhere. Errors: NoSuchKey. */
  localFile(address: ObjectAddress): Promise<string | undefined>;
  /**
   * The directory of this machine that holds the objects whose keys begin with `prefix`, which is empty or ends in `/`, under the rest of
   * their keys, and no other files; empty objects whose keys end in `/` stand for directories. Undefined when there is none.
   */
  localDirectory(bucket: string, prefix: string, signal?: AbortSignal): Promise<string | undefined>;
}

export interface Bucket extends BucketOwner {
  readonly name: string;
  readonly created: Date;
}

/** Absent for a bucket that was made without, as by hand. */
export interface BucketOwner {
  /** Twelve digits. */
  readonly account?: string;
  readonly region?: string;
}

export interface CreateBucketOptions extends BucketOwner {
  readonly signal?: AbortSignal;
}

export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** Names and what they mean, such as tags. */
export type Texts = Readonly<Record<string, string>>;

/** What is kept with an object besides its content. */
export interface ObjectAttributes {
  readonly contentType?: string;
  /** The other headers it is answered with: `cache-control`, `content-disposition`, `content-encoding`, `content-language`, `expires`. */
  readonly headers?: Texts;
  /** What clients send as `x-amz-meta-<name>`. */
  readonly userMetadata?: Texts;
  readonly tags?: Texts;
  /** As clients gave them: `crc32` -> base64, and `type` -> `COMPOSITE` or `FULL_OBJECT`. */
  readonly checksums?: Texts;
  readonly storageClass?: string;
  /** Headers that tell of encryption at rest, of which there is none here. */
  readonly encryption?: Texts;
  /** Of what was put in several, in their order. */
  readonly parts?: readonly ObjectPart[];
}

export interface ObjectPart {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  readonly checksums?: Texts;
}

export interface StoredObject extends ObjectAttributes {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** Without quotes. The content's MD5 in hexadecimal for what was put in one piece. */
  readonly etag: string;
  readonly contentType: string;
}

export type Written = Pick<StoredObject, 'size' | 'etag' | 'lastModified'>;

/** Bytes counted from 0, both ends included, or the last so many. */
export type ByteRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

export interface GetOptions {
  /** As a function: called when it is known what is there. What it throws ends the reading. */
  readonly range?: ByteRange | ((object: StoredObject) => ByteRange | undefined);
  readonly signal?: AbortSignal;
}

export interface ObjectReading {
  readonly object: StoredObject;
  /** What `body` holds of it, when a range was asked for. */
  readonly range?: { readonly first: number; readonly last: number };
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
}

/** What must be so in the moment in which the object appears. Of several who ask for the same, one gets it. */
export type PutCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

export interface PutOptions {
  /** As a function: called when the body has ended, since some of it may be known only then. What it throws refuses the object. */
  readonly attributes?: ObjectAttributes | ((body: WrittenBody) => ObjectAttributes);
  /** What `attributes` wants to know of the body besides its MD5. */
  readonly digests?: readonly DigestName[];
  readonly condition?: PutCondition;
  /** It is written through to the disk before it appears. */
  readonly isDurable?: boolean;
  readonly signal?: AbortSignal;
}

export interface PutFileOptions extends Omit<PutOptions, 'attributes' | 'digests'> {
  readonly attributes?: ObjectAttributes;
  /** Of what was put in several pieces, which has another one than its MD5. */
  readonly etag?: string;
  /** `move`: the file is gone then. `link`: it stays, and nobody may write to it any more. Either may have to copy. */
  readonly how: 'move' | 'link' | 'copy';
}

export interface CopyOptions {
  /** As a function: called with the object that is about to be copied. What it throws ends the copying. */
  readonly attributes?: ObjectAttributes | ((source: StoredObject) => ObjectAttributes);
  readonly condition?: PutCondition;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  readonly prefix?: string;
  /** Only keys after this one. A group of exactly this name is left out with all it holds, so that a listing can be gone on with. */
  readonly startAfter?: string;
  /** Keys that hold it after the prefix are listed as one group, up to it. */
  readonly delimiter?: string;
  /** The most objects and groups. */
  readonly limit?: number;
  /** Also what has to be looked up for each object: ETag and storage class. */
  readonly withDetails?: boolean;
  readonly signal?: AbortSignal;
}

export type Listed = ListedObject | { readonly kind: 'group'; readonly prefix: string };

export interface ListedObject extends Pick<StoredObject, 'key' | 'size' | 'lastModified'> {
  readonly kind: 'object';
  /** With details. */
  readonly etag?: string;
  readonly storageClass?: string;
}
