import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, diskTrouble } from '../store/disk-trouble.ts';

/** What of a host is kept warm, below its own directory on the user's disk. */
export const warmDirectory = 'sagemaker';

/** Where what a job has taken over lies in its scratch directory until its hosts are made: a directory a host. */
export const takenBelow = (scratch: string): string => join(scratch, 'warm');

/** What a job took over, for another beginning of it. Errors: DiskTrouble. */
export const carryWarm = (from: string, to: string): Promise<boolean> => onDisk(to, () => moved(takenBelow(from), takenBelow(to)));

/** Moves what one host has taken over to where it belongs. False when there is none. Errors: DiskTrouble. */
export const placeWarm = (scratch: string, host: string, root: string): Promise<boolean> =>
  onDisk(root, () => moved(join(takenBelow(scratch), host), join(root, warmDirectory)));

/** False when there is nothing, or when somebody else was faster. */
export async function moved(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw codeOf(error) === undefined ? error : diskTrouble('write to', path, error);
  }
}
