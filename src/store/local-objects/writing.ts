import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskTrouble, isSystemError } from '../disk-trouble.ts';
import type { Home } from '../home.ts';
import type { Written } from '../objects.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { findObject } from './find.ts';
import { reserved } from './keys.ts';
import { holdLarge } from './letting-go.ts';
import { placeObject, removeEmpty } from './place.ts';
import { smallSize } from './reading.ts';
import { identityOf, type Kept } from './sidecars.ts';

/** A name for a file that is being written. What is there when it is disposed goes. */
export interface TemporaryFile extends Disposable {
  readonly path: string;
}

/** The directory of a bucket that is on another file system than home, while something is written to it. */
export const uploadsName = `${reserved}uploads`;

/** A free name on the file system of the bucket. Its beginning tells who writes there, so that others know when it is left. Errors: DiskTrouble. */
export function temporaryFile({ tmp }: Pick<Home, 'tmp'>, { root }: BucketDirectory, owner: string): TemporaryFile {
  try {
    mkdirSync(tmp, { recursive: true, mode: 0o700 });
    const isNear = statSync(tmp).dev === statSync(root).dev;
    const directory = isNear ? tmp : join(root, uploadsName);
    if (!isNear) mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `${owner}.${randomBytes(6).toString('hex')}`);
    return {
      path,
      [Symbol.dispose]() {
        rmSync(path, { force: true });
        if (!isNear) removeEmpty(directory);
      },
    };
  } catch (error) {
    throw diskTrouble('write to', tmp, error);
  }
}

export interface Committing {
  readonly bucket: BucketDirectory;
  readonly key: string;
  /** A finished file on the bucket's file system. */
  readonly file: string;
  readonly kept: Kept;
  readonly isDurable?: boolean | undefined;
  /** Runs what gives the file its place, under a lock and after a last check perhaps. */
  readonly inTurn: (place: () => void) => Promise<void>;
}

/**
 * Makes a finished file the object: first what is kept of it, which counts from the moment when the content has its place; then the content,
 * in one step. Errors: KeyNotStorable, NoSuchBucket, DiskTrouble, and those of `inTurn`; nothing is changed then.
 */
export async function commit({ bucket, key, file, kept, isDurable, inTurn }: Committing): Promise<Omit<Written, 'etag'>> {
  const stats = statSync(file, { bigint: true });
  const identity = identityOf(stats);
  let path = '';
  try {
    if (isDurable) writeThrough(file);
    keep(bucket, key, identity, Number(stats.size), kept);
    await inTurn(() => {
      const before = findObject(bucket, key);
      const letGo = holdLarge(before);
      try {
        path = placeObject(bucket, key, file);
      } finally {
        letGo();
      }
      if (before && identityOf(before.stats) !== identity) bucket.sidecars.forget(key, identityOf(before.stats));
    });
    if (isDurable && process.platform !== 'win32') writeThrough(dirname(path)); // Windows cannot, and need not, with a directory
  } catch (error) {
    if (path === '') bucket.sidecars.forget(key, identity);
    throw isSystemError(error) ? diskTrouble('write', path || join(bucket.root, key), error) : error;
  }
  return { size: Number(stats.size), lastModified: stats.mtime };
}

/** Nothing, where it is all as it would be worked out anew. */
function keep({ sidecars }: BucketDirectory, key: string, identity: string, size: number, { etag, ...attributes }: Kept): void {
  const hasAttributes = Object.values(attributes).some((value) => value !== undefined);
  // The very file may have been linked to this key before.
  const isKnown = sidecars.read(key, identity) !== undefined;
  const given = { ...attributes, ...(etag !== undefined && { etag }) };
  if (isKnown) sidecars.keep(key, identity, given);
  else if (hasAttributes) sidecars.keepAhead(key, identity, given);
  else if (etag !== undefined && size > smallSize) sidecars.keepETag(key, identity, etag);
}

/** What was written to a file or a directory is on the disk when this returns. */
function writeThrough(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
