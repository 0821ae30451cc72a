import { join } from 'node:path';
import type { Home } from '../home.ts';
import { isAlive } from '../owner.ts';
import { removeTree } from '../temporary.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { findObject, statOf } from './find.ts';
import { keySuffix, reserved } from './keys.ts';
import { removeEmpty } from './place.ts';
import { identityOf, isSettled, namesIn } from './sidecars.ts';
import { uploadsName } from './writing.ts';

export const locksName = '.locks';

/** Removes what is kept of contents that are there no more, and uploads whose writers are dead. Errors: DiskTrouble. */
export async function sweepBucket(bucket: BucketDirectory, home: Home): Promise<void> {
  await bucket.sidecars.sweep((key) => {
    const found = findObject(bucket, key);
    return found && identityOf(found.stats);
  });
  if (bucket.annex !== undefined) await sweepKeys(bucket.annex);
  const uploads = join(bucket.root, uploadsName);
  if (!statOf(uploads)?.isDirectory()) return;
  for (const name of namesIn(uploads)) {
    if (!(await isAlive(home, name.split('.')[0] ?? ''))) await removeTree(join(uploads, name));
  }
  removeEmpty(uploads);
}

/** Removes what says the keys of objects that are gone, and what was not finished of it. */
async function sweepKeys(annex: string): Promise<void> {
  for (const name of namesIn(annex)) {
    const path = join(annex, name);
    const isKey = name.endsWith(keySuffix) && !statOf(path.slice(0, -keySuffix.length));
    if ((isKey || name.startsWith(reserved)) && isSettled(path)) await removeTree(path);
  }
}

/** Removes what lies beside buckets that somebody removed by hand, and locks that nobody has had for an hour. Errors: DiskTrouble. */
export async function sweepAnnex({ annex }: Home, isBucket: (name: string) => boolean): Promise<void> {
  for (const name of namesIn(annex)) {
    const path = join(annex, name);
    if (name !== locksName && !isBucket(name) && isSettled(path)) await removeTree(path);
  }
  const locks = join(annex, locksName);
  for (const name of namesIn(locks)) {
    const path = join(locks, name);
    // Nobody who has read its last turn an hour ago is about to take the next one.
    if (isSettled(path) && namesIn(path).every((turn) => isSettled(join(path, turn)))) await removeTree(path);
  }
}
