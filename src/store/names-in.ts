import { readdir } from 'node:fs/promises';
import { codeOf, diskTrouble } from './disk-trouble.ts';

/** The names in a directory, sorted; none when there is no such directory. Errors: DiskTrouble. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskTrouble('read', directory, error);
  }
}
