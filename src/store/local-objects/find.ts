import { type BigIntStats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { codeOf, diskTrouble } from '../disk-trouble.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { annexName, isKey, reserved, whyNotPlain } from './keys.ts';

/** An object on the disk. */
export interface Found {
  /** Its name there. */
  readonly path: string;
  /** The file with its content: `path`, or what that links to. */
  readonly file: string;
  readonly stats: BigIntStats;
}

/**
 * The object of this key: the file at the key's own path, or one in the annex. Where there are both, somebody put the file there by hand, and
 * it counts. Errors: DiskTrouble.
 */
export function findObject(bucket: BucketDirectory, key: string): Found | undefined {
  if (!isKey(key)) return undefined;
  return findPlain(bucket, key) ?? findInAnnex(bucket, key);
}

/**
 * Links that somebody put there: one to a file within the bucket is that file, under its own key; any other, and every link to a directory, is
 * nothing, so that no key leads out of the bucket or in circles.
 */
export function findPlain(bucket: BucketDirectory, key: string): Found | undefined {
  if (whyNotPlain(key) !== undefined) return undefined;
  const path = join(bucket.root, key);
  const stats = statOf(path);
  if (!stats || !isRealDirectory(dirname(path)) || !isSpelled(bucket, key)) return undefined;
  return isFile(stats) ? { path, file: path, stats } : behindLink(bucket.root, path, stats);
}

export function findInAnnex({ annex }: BucketDirectory, key: string): Found | undefined {
  if (annex === undefined) return undefined;
  const path = join(annex, annexName(key));
  const stats = statOf(path);
  return stats && isFile(stats) ? { path, file: path, stats } : undefined;
}

/** The file within `root` that a link leads to. */
export function behindLink(root: string, path: string, stats: BigIntStats): Found | undefined {
  if (!stats.isSymbolicLink()) return undefined;
  try {
    const file = realpathSync.native(path);
    const inside = file.startsWith(root + sep) && !file.slice(root.length).includes(sep + reserved);
    const target = statSync(file, { bigint: true });
    return inside && isFile(target) ? { path, file, stats: target } : undefined;
  } catch (error) {
    if (isNothing.has(codeOf(error) ?? '')) return undefined;
    throw diskTrouble('look at', path, error);
  }
}

/** Undefined where there is nothing, and cannot be. Errors: DiskTrouble. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isNothing.has(codeOf(error) ?? '')) return undefined;
    throw diskTrouble('look at', path, error);
  }
}

/** A part of the path is missing, is a file, is longer than the disk takes, or links in a circle. */
const isNothing: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL']);

const isFile = (stats: BigIntStats): boolean => stats.isFile();

/** Whether no link is on the way to it. */
export function isRealDirectory(path: string): boolean {
  try {
    return realpathSync.native(path) === path;
  } catch {
    return false; // it has just gone
  }
}

/** Whether the names on the disk are those of the path, letter for letter. */
export function isSpelled({ root, folds }: BucketDirectory, path: string): boolean {
  if (!folds) return true;
  let directory = root;
  for (const part of path.split('/')) {
    if (!entriesOf(directory).includes(part)) return false;
    directory = join(directory, part);
  }
  return true;
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isNothing.has(codeOf(error) ?? '')) return [];
    throw diskTrouble('read', directory, error);
  }
}
