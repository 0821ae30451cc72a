import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beside } from './temporary.ts';

/** The file's name, in the home's directory. */
export const reserveName = 'reserve';

/** Bytes: as many as some dozens of records take. */
const size = 256 * 1024;

/** Bytes that are free on a disk where there is something to keep back. */
const plenty = 32 * size;

/**
 * A job can fill the disk that the home is on. What then makes room begins with some bytes to be written: who takes the job over, that it is over.
 * So a home keeps a file that is of no use but to go then. Without one, all is as it would be.
 */
export function keepReserve(home: string): void {
  const path = join(home, reserveName);
  const made = beside(path);
  try {
    if (isReserve(path)) return;
    const { bavail, bsize } = statfsSync(home);
    if (bavail * bsize < plenty) return;
    writeFileSync(made, randomBytes(size), { mode: 0o600, flag: 'wx' }); // nothing that a file system could keep in fewer bytes
    renameSync(made, path);
  } catch {
    rmSync(made, { force: true }); // then the home has none
  }
}

/** Gives up that of the home in which `path` is, if there is one. */
export function giveUpReserve(path: string): void {
  for (let directory = dirname(path); directory !== dirname(directory); directory = dirname(directory)) {
    const reserve = join(directory, reserveName);
    if (existsSync(join(directory, 'format')) && isReserve(reserve)) rmSync(reserve, { force: true });
  }
}

const isReserve = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.size === size;
