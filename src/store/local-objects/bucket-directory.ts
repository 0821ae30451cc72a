import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, diskTrouble } from '../disk-trouble.ts';
import type { BucketOwner } from '../objects.ts';
import { Sidecars } from './sidecars.ts';

/** A bucket as it lies on the disk. */
export interface BucketDirectory {
  readonly name: string;
  /** The directory whose files are its objects; a real path. */
  readonly root: string;
  /** Where objects lie that `root` cannot hold; undefined when `root` is a directory of the user's, which takes only what it can hold. */
  readonly annex: string | undefined;
  readonly sidecars: Sidecars;
  /** The disk takes `A` and `a`, or other spellings, for one name. */
  readonly folds: boolean;
  readonly created: Date;
  /** Whose it is. Errors: DiskTrouble. */
  owner(): BucketOwner;
}

/**
 * The bucket at `path`, `beside` which its annex and metadata are; undefined when there is no directory. Errors: DiskTrouble.
 */
export function openBucket(name: string, path: string, beside: string, isMapped: boolean): BucketDirectory | undefined {
  try {
    const stats = isMapped ? statSync(path) : lstatSync(path);
    if (!stats.isDirectory()) return undefined;
    const root = realpathSync.native(path);
    return {
      name,
      root,
      annex: isMapped ? undefined : join(beside, 'objects'),
      sidecars: new Sidecars(join(beside, 'metadata')),
      folds: foldsNames(root),
      created: new Date(stats.birthtimeMs || stats.ctimeMs),
      owner: () => ownerOf(join(beside, ownerName)),
    };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw diskTrouble('open the bucket', path, error);
  }
}

const ownerName = 'owner.json';

/** Says whose a bucket is that is about to be made. Errors: the system's. */
export function keepOwner(beside: string, { account, region }: BucketOwner): void {
  if (account === undefined && region === undefined) return;
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  writeFileSync(join(beside, ownerName), `${JSON.stringify({ account, region })}\n`, { mode: 0o600 });
}

function ownerOf(path: string): BucketOwner {
  if (!existsSync(path)) return {};
  try {
    const { account, region } = JSON.parse(readFileSync(path, 'utf8')) as BucketOwner;
    return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return {}; // removed in this moment, or not ours
    throw diskTrouble('read', path, error);
  }
}

const known = new Map<string, boolean>();

/** Asks the disk for the directory under another spelling. */
function foldsNames(root: string): boolean {
  const before = known.get(root);
  if (before !== undefined) return before;
  const name = basename(root);
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  const folds = name === other ? ['darwin', 'win32'].includes(process.platform) : isSame(root, join(dirname(root), other));
  known.set(root, folds);
  return folds;
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return left !== undefined && right !== undefined && left.ino === right.ino && left.dev === right.dev;
}
