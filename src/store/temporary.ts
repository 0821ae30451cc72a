import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { chmod, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { slices } from './slices.ts';

/** A free name in the directory of `path`, so that a rename to `path` stays on one file system. Short, however long `path` is. */
export const beside = (path: string): string => join(dirname(path), `.sm-local-${randomBytes(6).toString('hex')}`);

/** Whether a file name is one of those. */
export const isBeside = (name: string): boolean => /^\.sm-local-[0-9a-f]{12}$/.test(name);

/** The owner that a temporary file or directory of a home is of: its name begins with it. */
export const ownerOf = (path: string): string => basename(path).split('.')[0] ?? '';

/** Removes a file or a directory with all it holds; removing what is gone already is not an error. Errors: DiskTrouble. */
export async function removeTree(path: string): Promise<void> {
  const attempt = async (): Promise<void> => {
    const obstacle = await tryRemoval(path);
    if (obstacle === undefined) return;
    await rm(path, { recursive: true, force: true, maxRetries: 2 }).catch((error: unknown) => {
      throw codeOf(obstacle) === 'EPERM' ? obstacle : error; // `rm` takes what may not be removed for a directory, and says that it is none
    });
  };
  try {
    await attempt();
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw diskTrouble('remove', path, error);
    try {
      // Containers leave directories without write permission, which their own owner cannot empty.
      await openUp(path);
      await attempt();
    } catch (again) {
      throw diskTrouble('remove', path, again);
    }
  }
}

/**
 * What is in the way, or undefined when it is gone now; nothing is lost when it is not, and Node's own `rm` has a way for each obstacle. It takes
 * each name through libuv's pool four times, though, and each directory twice: that was a tenth of all the processor time of a job that does nothing.
 */
async function tryRemoval(path: string): Promise<unknown> {
  try {
    await remove(path, slices());
    return undefined;
  } catch (error) {
    const isGone = codeOf(error) === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) === undefined;
    return isGone ? undefined : error;
  }
}

/** Errors: the system's. */
async function remove(path: string, turn: ReturnType<typeof slices>): Promise<void> {
  const found = lstatSync(path);
  if (found.isDirectory()) {
    for (const name of readdirSync(path)) await remove(join(path, name), turn);
    rmdirSync(path);
  } else if (found.size > largeSize) await unlink(path);
  else unlinkSync(path);
  await turn();
}

/** Bytes from which the system takes so long to let go of a file that others should not wait for it. */
const largeSize = 8 * 1024 * 1024;

/** Removes a directory if there is nothing in it. Errors: DiskTrouble. */
export async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw diskTrouble('remove', path, error);
  }
}

async function openUp(directory: string): Promise<void> {
  try {
    await chmod(directory, 0o700);
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) await openUp(join(directory, entry.name));
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error; // `rm` that has failed goes on with the rest for a moment
  }
}
