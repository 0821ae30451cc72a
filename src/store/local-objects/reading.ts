import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, createReadStream, fstatSync, openSync, read, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { fail } from '../../errors.ts';
import { codeOf, diskTrouble, isSystemError } from '../disk-trouble.ts';
import type { ByteRange, ListedObject, ObjectAttributes, StoredObject } from '../objects.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { type Found, findObject } from './find.ts';
import { identityOf, type Kept } from './sidecars.ts';

/** An object and its content, which stays the same when another one takes its place. The content is an open file of the reader's. */
export interface Reading {
  readonly object: StoredObject;
  /** See `identityOf`. */
  readonly identity: string;
  readonly file: number;
}

/** Undefined when there is no such object. Errors: DiskTrouble, or the signal's reason. */
export async function openObject(bucket: BucketDirectory, key: string, signal?: AbortSignal): Promise<Reading | undefined> {
  for (let found = findObject(bucket, key); found; found = findObject(bucket, key)) {
    const reading = await openFound(bucket, key, found, keptOf(bucket, key, found), signal);
    if (reading) return reading;
  }
  return undefined;
}

/** What is not in the object's file. Undefined when there is no such object. Errors: as `openObject`. */
export async function detailsOf(
  bucket: BucketDirectory,
  key: string,
  signal?: AbortSignal,
): Promise<Pick<ListedObject, 'etag' | 'storageClass'> | undefined> {
  for (let found = findObject(bucket, key); found; found = findObject(bucket, key)) {
    const kept = keptOf(bucket, key, found);
    if (kept?.etag !== undefined) return { etag: kept.etag, storageClass: kept.storageClass ?? 'STANDARD' };
    const reading = await openFound(bucket, key, found, kept, signal);
    if (!reading) continue;
    closeSync(reading.file);
    return { etag: reading.object.etag, storageClass: reading.object.storageClass ?? 'STANDARD' };
  }
  return undefined;
}

/** Both ends included; the last is before the first when the object is empty. Errors: InvalidRange. */
export function resolveRange(range: ByteRange | undefined, size: number): { readonly first: number; readonly last: number } {
  if (!range) return { first: 0, last: size - 1 };
  const first = 'suffix' in range ? Math.max(0, size - range.suffix) : range.first;
  const last = 'suffix' in range ? size - 1 : Math.min(range.last ?? size - 1, size - 1);
  if (first > last) throw fail('InvalidRange', { size });
  return { first, last };
}

/** A stream that closes the file; what is small is read at once, which costs less than a thread of the pool. Errors: DiskTrouble. */
export function streamOf(file: number, { first, last }: { readonly first: number; readonly last: number }, signal?: AbortSignal): Readable {
  const size = last - first + 1;
  if (size > smallSize)
    return createReadStream('', { fd: file, start: first, end: last, highWaterMark: streamedSize, ...(signal && { signal }) });
  const content = Buffer.allocUnsafe(size);
  let done = 0;
  try {
    for (let count = -1; done < size && count !== 0; done += count) count = readSync(file, content, done, size - done, first + done);
  } catch (error) {
    throw diskTrouble('read', 'the file of an object', error);
  }
  closeSync(file);
  return Readable.from(done > 0 ? [content.subarray(0, done)] : []);
}

/** Undefined when the file has gone, or become something else. Not through a link, and without waiting for the writer of a FIFO. */
function openContent(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isElsewhere.has(codeOf(error) ?? '')) return undefined;
    throw diskTrouble('read', file, error);
  }
}

const isElsewhere: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

const keptOf = ({ sidecars }: BucketDirectory, key: string, { stats }: Found): Kept | undefined => sidecars.read(key, identityOf(stats));

/**
 * Undefined when another content took the place of the one that was found. If it did not before the opening, what is kept was not removed
 * before it was read.
 */
async function openFound(
  bucket: BucketDirectory,
  key: string,
  found: Found,
  kept: Kept | undefined,
  signal: AbortSignal | undefined,
): Promise<Reading | undefined> {
  signal?.throwIfAborted();
  const file = openContent(found.file);
  if (file === undefined) return undefined; // replaced or removed in this moment
  try {
    const stats = fstatSync(file, { bigint: true });
    const identity = identityOf(stats);
    if (stats.isFile() && identity === identityOf(found.stats)) {
      const etag = kept?.etag ?? (await workOutETag(bucket, key, { file, path: found.file, stats }, signal));
      const { contentType = defaultContentType, ...attributes } = kept ?? {};
      return { object: { ...attributes, key, size: Number(stats.size), lastModified: stats.mtime, etag, contentType }, identity, file };
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

/** What is kept of an object and holds for a copy of it: neither its parts nor a checksum of their checksums are. */
export function attributesOf({ key, size, lastModified, etag, contentType, parts, checksums, ...others }: StoredObject): ObjectAttributes {
  const isOfContent = checksums !== undefined && checksums.type !== 'COMPOSITE';
  return { ...others, ...(contentType !== defaultContentType && { contentType }), ...(isOfContent && { checksums }) };
}

/** Source: Amazon S3 API reference, PutObject, `Content-Type`. */
const defaultContentType = 'binary/octet-stream';

/** Up to this size in bytes, an MD5 is worked out as fast as it is looked up. */
export const smallSize = 64 * 1024;

interface OpenFile {
  readonly file: number;
  readonly path: string;
  readonly stats: BigIntStats;
}

/** The MD5 of a file that somebody put there; kept when it is large. */
async function workOutETag(bucket: BucketDirectory, key: string, { file, path, stats }: OpenFile, signal?: AbortSignal): Promise<string> {
  const now = Date.now();
  try {
    if (stats.size <= smallSize) return md5OfSmall(file);
    const etag = await md5OfLarge(file, signal);
    const isSame = identityOf(fstatSync(file, { bigint: true })) === identityOf(stats);
    // One that was written a moment ago may be written once more in the same tick of the disk's clock.
    if (isSame && now - Number(stats.mtimeMs) > coarsestClock) remember(bucket, key, identityOf(stats), etag);
    return etag;
  } catch (error) {
    signal?.throwIfAborted();
    throw diskTrouble('read', path, error);
  }
}

/** Where that cannot be, because the disk is full or may not be written, the object can be read all the same. */
function remember({ sidecars }: BucketDirectory, key: string, identity: string, etag: string): void {
  try {
    sidecars.keepETag(key, identity, etag);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Milliseconds between two times that every file system tells apart. FAT's are two seconds. */
const coarsestClock = 2000;

/** Bytes read at once for somebody else: every piece wakes two threads. */
const streamedSize = 1024 * 1024;

/** Bytes read at once to be digested. */
const pieceSize = 256 * 1024;

/** A listing asks for a thousand of these in a row; a buffer each would be most of its work. */
let scratch: Buffer | undefined;

function md5OfSmall(file: number): string {
  scratch ??= Buffer.allocUnsafeSlow(smallSize);
  const hash = createHash('md5');
  for (let position = 0, count = 1; count > 0; position += count) {
    count = readSync(file, scratch, 0, scratch.length, position);
    hash.update(scratch.subarray(0, count));
  }
  return hash.digest('hex');
}

const readAsync = promisify(read);

async function md5OfLarge(file: number, signal: AbortSignal | undefined): Promise<string> {
  const piece = Buffer.allocUnsafeSlow(pieceSize);
  const hash = createHash('md5');
  for (let position = 0, count = 1; count > 0; position += count) {
    signal?.throwIfAborted();
    count = (await readAsync(file, piece, 0, piece.length, position)).bytesRead;
    hash.update(piece.subarray(0, count));
  }
  return hash.digest('hex');
}
