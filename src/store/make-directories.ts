import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, diskTrouble } from './disk-trouble.ts';

/**
 * The directory and those above it, where they are not there yet. Node's own recursive mkdir never ends where a file system says that there is
 * nothing in a directory that is there, as /proc does. Errors: DiskTrouble.
 */
export async function makeDirectories(path: string): Promise<void> {
  if (await isMade(path, 'ENOENT')) return;
  if (path !== dirname(path)) await makeDirectories(dirname(path));
  await isMade(path);
}

/** False when it failed with `expected`. */
async function isMade(path: string, expected?: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === expected) return false;
    if (code !== 'EEXIST') throw diskTrouble('make', path, error);
  }
  return true;
}
