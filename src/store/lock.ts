import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAtomically, writeAtomically } from './atomic.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';

export interface LockOptions {
  /** Id of this process as an owner. */
  readonly holder: string;
  readonly isAlive: (holder: string) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while no other process, and nobody else in this one, has the lock that is the directory `path`. Meant to be held for moments.
 *
 * Turns are numbered files with the holder's id in them, empty when their holder is done. The next turn is taken by making the next file,
 * which can be done once, as soon as the last one is empty or its holder is dead. Whoever has a turn removes the files before it; since the
 * last one always stays, somebody who was late and made one of those anew finds a higher one beside it, and gives up.
 *
 * @throws DiskTrouble, the signal's reason, and what `work` throws
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const turn = await takeTurn(path, options);
  try {
    return await work();
  } finally {
    await atDisk(path, () => writeAtomically(turn, '', { isDurable: false }));
  }
}

async function takeTurn(path: string, { holder, isAlive, signal }: LockOptions): Promise<string> {
  await atDisk(path, () => mkdir(path, { recursive: true, mode: 0o700 }));
  for (;;) {
    signal?.throwIfAborted();
    const last = await lastTurn(path);
    if (last.holder !== '' && (await isAlive(last.holder))) {
      await sleep(1 + 4 * Math.random());
      continue;
    }
    const mine = await atDisk(path, () => make(join(path, `${last.number + 1}`), holder));
    if (mine === undefined) continue;
    const turns = await turnsIn(path);
    const isLate = turns.some((number) => number > last.number + 1);
    const over = isLate ? [last.number + 1] : turns.filter((number) => number <= last.number);
    for (const number of over) await atDisk(path, () => rm(join(path, `${number}`), { force: true }));
    if (!isLate) return mine;
  }
}

async function make(path: string, holder: string): Promise<string | undefined> {
  try {
    await createAtomically(path, holder, { isDurable: false });
    return path;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** The turn that counts; number 0, of nobody, when there has been none. */
async function lastTurn(path: string): Promise<{ readonly number: number; readonly holder: string }> {
  for (;;) {
    const number = Math.max(0, ...(await turnsIn(path)));
    if (number === 0) return { number, holder: '' };
    const holder = await atDisk(path, () => textOf(join(path, `${number}`)));
    if (holder !== undefined) return { number, holder }; // else it was over, and a higher one is there
  }
}

async function turnsIn(path: string): Promise<number[]> {
  const names = await atDisk(path, () => readdir(path));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function atDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw diskTrouble('lock', path, error);
  }
}
