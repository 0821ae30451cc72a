import { lstatSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskTrouble } from './disk-trouble.ts';
import type { TemporaryDirectory } from './home.ts';
import { namesIn } from './names-in.ts';
import { deadOwners, livingOwners } from './owner.ts';
import { removeTree } from './temporary.ts';

/**
 * A place for a home among the system's temporary files, for what needs none of the user's: `path` is to be opened as one, and goes when it is
 * disposed. Those of processes that were killed go first. `prefix` says whose they are. Errors: DiskTrouble.
 */
export async function temporaryHome(prefix: string): Promise<TemporaryDirectory> {
  await sweepTemporaryHomes(prefix);
  const directory = makeDirectory(prefix);
  return { path: homeIn(directory), [Symbol.asyncDispose]: () => removeTree(directory) };
}

/** Costs a look into the directory, and a connection for each that is there. */
async function sweepTemporaryHomes(prefix: string): Promise<void> {
  const names = (await namesIn(tmpdir())).filter((name) => name.startsWith(prefix));
  await Promise.all(
    names.map(async (name) => {
      const directory = join(tmpdir(), name);
      if (await isLeft(directory)) await removeTree(directory);
    }),
  );
}

async function isLeft(directory: string): Promise<boolean> {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (!found?.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return false;
  const home = { path: homeIn(directory), owners: join(homeIn(directory), 'owners') };
  if ((await livingOwners(home)).length > 0) return false;
  const changed = (lstatSync(home.owners, { throwIfNoEntry: false }) ?? found).mtimeMs;
  return Date.now() - changed > ((await deadOwners(home)).length > 0 ? longestStart : longestPause);
}

/** Milliseconds from the file of an owner's socket until it answers; and until there is one, or the directory goes that had one. */
const longestStart = 5000;
const longestPause = 60 * 60 * 1000;

const homeIn = (directory: string): string => join(directory, 'home');

function makeDirectory(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix));
  } catch (error) {
    throw diskTrouble('make a directory in', tmpdir(), error);
  }
}
