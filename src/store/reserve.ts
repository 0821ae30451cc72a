import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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
  try {
    if (existsSync(path)) return;
    const { bavail, bsize } = statfsSync(home);
    // Nothing that a file system could keep in fewer bytes.
    if (bavail * bsize >= plenty) writeFileSync(path, randomBytes(size), { mode: 0o600, flag: 'wx' });
  } catch {} // then the home has none
}

/** Gives up that of the home in which `path` is. Whether there was one. */
export function giveUpReserve(path: string): boolean {
  for (let directory = dirname(path); directory !== dirname(directory); directory = dirname(directory)) {
    const reserve = join(directory, reserveName);
    if (!existsSync(join(directory, 'format')) || !existsSync(reserve)) continue;
    rmSync(reserve, { force: true });
    return true;
  }
  return false;
}
