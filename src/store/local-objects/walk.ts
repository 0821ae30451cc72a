import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, diskTrouble } from '../disk-trouble.ts';
import { decodeName } from '../file-names.ts';
import { compareUtf8 } from '../utf8-order.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { behindLink, isRealDirectory, isSpelled, statOf } from './find.ts';
import { isCut, isKey, keySuffix, reserved, whyNotPlain } from './keys.ts';
import { namesIn } from './sidecars.ts';

/** A key and the file that has the object, as they were when the directory was read. */
export interface Entry {
  readonly key: string;
  readonly path: string;
}

/** Which keys a listing still wants; they come in order. */
export class Cursor {
  readonly #prefix: string;
  readonly #after: string;
  #passed: string | undefined;

  constructor(prefix: string, after: string) {
    this.#prefix = prefix;
    this.#after = after;
  }

  /** Leaves out what else begins with this. */
  pass(prefix: string): void {
    this.#passed = prefix;
  }

  wants(key: string): boolean {
    return key.startsWith(this.#prefix) && compareUtf8(key, this.#after) > 0 && !this.#isPassed(key);
  }

  /** Whether there can be wanted keys that begin with `start`. */
  mayWant(start: string): boolean {
    const isInside = start.startsWith(this.#prefix) || this.#prefix.startsWith(start);
    return isInside && (this.#after.startsWith(start) || compareUtf8(start, this.#after) > 0) && !this.#isPassed(start);
  }

  #isPassed(text: string): boolean {
    return this.#passed !== undefined && text.startsWith(this.#passed);
  }
}

/** The objects of a bucket in the order of their keys, a directory at a time, so that only what is wanted is read. Errors: DiskTrouble. */
export function* entriesOf(bucket: BucketDirectory, prefix: string, cursor: Cursor): Generator<Entry, void> {
  const plain = new PlainWalk(bucket, prefix, cursor).entries();
  let next = plain.next();
  for (const odd of annexEntries(bucket)) {
    if (!cursor.wants(odd.key)) continue;
    for (; !next.done && compareUtf8(next.value.key, odd.key) < 0; next = plain.next()) yield next.value;
    if (next.done || next.value.key !== odd.key) yield odd;
  }
  for (; !next.done; next = plain.next()) yield next.value;
}

/** The files below a bucket's root. */
export class PlainWalk {
  /** Whether anything was seen that is neither a directory nor a file under the key that it has. */
  hasOthers = false;
  readonly #bucket: BucketDirectory;
  readonly #prefix: string;
  readonly #cursor: Cursor;

  constructor(bucket: BucketDirectory, prefix: string, cursor: Cursor) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#cursor = cursor;
  }

  *entries(): Generator<Entry, void> {
    const start = this.#prefix.slice(0, this.#prefix.lastIndexOf('/') + 1);
    const directory = directoryOf(this.#bucket, start);
    if (directory !== undefined) yield* this.#below(directory, start);
  }

  *#below(directory: string, start: string): Generator<Entry, void> {
    const found = entriesIn(directory).map((entry) => ({ entry, key: start + entry.name + (entry.isDirectory() ? '/' : '') }));
    // A directory's keys go on with a slash, so it comes after `a-b` and before `a0`.
    found.sort((one, other) => compareUtf8(one.key, other.key));
    for (const { entry, key } of found) {
      const path = join(directory, entry.name);
      if (entry.name.startsWith(reserved) || (entry.name.includes('\uFFFD') && !existsSync(path))) this.hasOthers = true;
      else if (entry.isDirectory()) {
        if (this.#cursor.mayWant(key)) yield* this.#below(path, key);
      } else if (!entry.isFile()) {
        this.hasOthers = true;
        if (this.#cursor.wants(key) && isKey(key) && leadsToFile(this.#bucket, path)) yield { key, path };
      } else if (!isKey(key)) this.hasOthers = true;
      else if (this.#cursor.wants(key)) yield { key, path };
    }
  }
}

/** The directory of the keys that begin with `prefix`, which is empty or ends in a slash. */
export function directoryOf(bucket: BucketDirectory, prefix: string): string | undefined {
  if (prefix === '') return bucket.root;
  const name = prefix.slice(0, -1);
  if (whyNotPlain(name) !== undefined) return undefined;
  const path = join(bucket.root, name);
  return statOf(path)?.isDirectory() && isRealDirectory(path) && isSpelled(bucket, name) ? path : undefined;
}

/** What lies in the annex, sorted. Errors: DiskTrouble. */
export function annexEntries({ annex }: BucketDirectory): Entry[] {
  if (annex === undefined) return [];
  const entries = namesIn(annex).flatMap((name): Entry[] => {
    if (name.startsWith(reserved) || name.endsWith(keySuffix)) return [];
    const path = join(annex, name);
    const key = isCut(name) ? cutKey(path) : decodeName(name);
    return key === undefined ? [] : [{ key, path }];
  });
  return entries.sort((one, other) => compareUtf8(one.key, other.key));
}

function cutKey(path: string): string | undefined {
  try {
    return readFileSync(path + keySuffix, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // no file of ours
    throw diskTrouble('read', path + keySuffix, error);
  }
}

function leadsToFile({ root }: BucketDirectory, path: string): boolean {
  const stats = statOf(path);
  return stats !== undefined && behindLink(root, path, stats) !== undefined;
}

function entriesIn(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []; // it has just gone
    throw diskTrouble('read', directory, error);
  }
}
