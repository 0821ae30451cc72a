import { closeSync, fdatasync, openSync, rmSync, writeFileSync } from 'node:fs';
import { link, lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isOutOfRoom } from './disk-trouble.ts';
import { namesIn } from './names-in.ts';
import { giveUpReserve } from './reserve.ts';
import { beside, isBeside, removeTree } from './temporary.ts';

export interface AtomicOptions {
  /** Outlives a power cut; true by default. */
  readonly isDurable?: boolean;
}

/** Replaces the file: a reader sees the old content or the new, also after a power cut. Raises the system's errors. */
export const writeAtomically = (path: string, content: string, options: AtomicOptions = {}): Promise<void> =>
  withReserve(path, () => place(path, content, options, rename));

/** Makes the file, whole from the start; fails with EEXIST when there is one. Of several processes exactly one succeeds. */
export const createAtomically = (path: string, content: string, options: AtomicOptions = {}): Promise<void> =>
  withReserve(path, () => place(path, content, options, link));

/** Where the disk is full, what the home keeps back for it makes room; another may have given it up just now, so it is tried again in any case. */
async function withReserve(path: string, put: () => Promise<void>): Promise<void> {
  try {
    await put();
  } catch (error) {
    if (!isOutOfRoom(error)) throw error;
    giveUpReserve(path);
    await put();
  }
}

const flushed = promisify(fdatasync);

/** What may have to wait for the disk is waited for; the other steps take some ten microseconds each, and three times that by way of libuv's pool. */
async function place(
  path: string,
  content: string,
  { isDurable = true }: AtomicOptions,
  put: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = beside(path);
  underWay.add(temporary);
  if (underWay.size === 1) process.once('exit', removeUnderWay);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      if (isDurable) await flushed(file);
    } finally {
      closeSync(file);
    }
    await put(temporary, path);
    if (put !== rename) removeQuietly(temporary);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    underWay.delete(temporary);
    if (underWay.size === 0) process.off('exit', removeUnderWay);
  }
}

/** What cannot be removed is swept some time, and an error of before is what counts. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

const underWay = new Set<string>();

/** A process that leaves at once leaves no half files. */
function removeUnderWay(): void {
  for (const path of underWay) rmSync(path, { force: true });
}

/** Removes from a directory what writers that were killed have left half written. Errors: DiskTrouble. */
export async function sweepHalfWritten(directory: string): Promise<void> {
  for (const name of (await namesIn(directory)).filter(isBeside)) {
    const path = join(directory, name);
    const found = await lstat(path).catch(() => undefined); // its writer has just put it in place
    if (found?.isFile() && found.mtimeMs < Date.now() - longestWrite) await removeTree(path);
  }
}

/** Milliseconds; a record is written in some ten of them. */
const longestWrite = 60_000;
