import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.ts';
import { codeOf } from '../disk-trouble.ts';
import { beside } from '../temporary.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { findInAnnex, findPlain, isSpelled, statOf } from './find.ts';
import { annexName, isCut, keySuffix, whyNotPlain } from './keys.ts';

/**
 * Gives a finished file of the same file system the place of the object: at the key's own path, or in the annex where that cannot be, and
 * where the object is already. One rename makes it the object; of several writers the last one counts, whole.
 * Errors: KeyNotStorable, NoSuchBucket, and the system's. Returns where it is now.
 */
export function placeObject(bucket: BucketDirectory, key: string, temporary: string): string {
  const isOnlyInAnnex = findInAnnex(bucket, key) !== undefined && !findPlain(bucket, key);
  const why = isOnlyInAnnex ? 'it is in the annex' : placePlain(bucket, key, temporary);
  if (why === undefined) {
    // One in the annex is hidden by now, and must not come back when the file is removed by hand.
    if (bucket.annex !== undefined) rmSync(join(bucket.annex, annexName(key)), { force: true });
    return join(bucket.root, key);
  }
  if (bucket.annex === undefined) throw fail('KeyNotStorable', { bucket: bucket.name, key, why });
  return placeInAnnex(bucket.annex, key, temporary);
}

/** Removes the object, and the directories that hold nothing any more. Errors: the system's. */
export function removeObject(bucket: BucketDirectory, key: string): void {
  // The annex first: otherwise an older object would be there for a moment, or for good if we were killed.
  if (bucket.annex !== undefined) rmSync(join(bucket.annex, annexName(key)), { force: true });
  const found = findPlain(bucket, key);
  if (!found) return;
  rmSync(found.path, { force: true });
  for (let directory = dirname(found.path); directory !== bucket.root; directory = dirname(directory)) {
    if (!removeEmpty(directory)) return;
  }
}

/** Removes directories that hold nothing but such directories. Errors: the system's, ENOTEMPTY among them. */
export function removeEmptyTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyTree(join(directory, entry.name));
  }
  rmdirSync(directory);
}

/** False when it stays, because there is still something in it or because it may not be removed. Errors: the system's. */
export function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT') return true; // somebody else removed it
    if (isInUse.has(code)) return false;
    throw error;
  }
}

const isInUse: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM', 'EACCES']);

/** Why it cannot be there, when it cannot. */
function placePlain(bucket: BucketDirectory, key: string, temporary: string): string | undefined {
  const why = whyNotPlain(key);
  if (why !== undefined) return why;
  const path = join(bucket.root, key);
  for (;;) {
    try {
      const obstacle = makeDirectories(bucket, key.split('/').slice(0, -1));
      if (obstacle !== undefined) return obstacle;
      const there = statOf(path);
      if (there?.isDirectory()) return 'there are objects below it';
      if (there && !isSpelled(bucket, key)) return spelling;
      renameSync(temporary, path);
      return undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENAMETOOLONG') return 'its path is longer than the disk takes';
      if (statOf(path)?.isDirectory()) continue; // has just become one
      // A directory on the way was made and, since it was empty, removed by others.
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || !existsSync(temporary)) throw error;
      if (!existsSync(bucket.root)) throw fail('NoSuchBucket', { bucket: bucket.name }, error);
    }
  }
}

const spelling = 'the disk takes its name for that of another object';

/** What stands in the way, when something does. Never goes through a link. */
function makeDirectories(bucket: BucketDirectory, parts: readonly string[]): string | undefined {
  let path = bucket.root;
  for (const [index, part] of parts.entries()) {
    path = join(path, part);
    const there = lstatSync(path, { throwIfNoEntry: false }); // most often; an error would cost ten times as much
    if (!there && isMade(path)) continue;
    const found = there ?? lstatSync(path, { throwIfNoEntry: false });
    const name = parts.slice(0, index + 1).join('/');
    if (found && !found.isDirectory()) return `${JSON.stringify(name)} is ${found.isSymbolicLink() ? 'a link' : 'an object'}`;
    if (!isSpelled(bucket, name)) return spelling;
  }
  return undefined;
}

/** False where there is something by now. Errors: the system's. */
function isMade(directory: string): boolean {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  chmodSync(directory, 0o755); // whatever the umask, since users of other ids read channels that are mounted
  return true;
}

function placeInAnnex(annex: string, key: string, temporary: string): string {
  const name = annexName(key);
  const path = join(annex, name);
  mkdirSync(annex, { recursive: true, mode: 0o700 });
  if (isCut(name)) sayKey(path + keySuffix, key);
  renameSync(temporary, path);
  return path;
}

/** Equal for all writers, and left where it is when the object goes, so that none takes it away from another. */
function sayKey(path: string, key: string): void {
  const whole = beside(path);
  writeFileSync(whole, key, { mode: 0o600 });
  try {
    renameSync(whole, path);
  } finally {
    rmSync(whole, { force: true });
  }
}
