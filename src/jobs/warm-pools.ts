import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { trainingHosts } from '../contract/training-hosts.ts';
import { isKept, type KeptPool, keepAlive, longestChain, poolKey, type TakenPool } from '../contract/warm-pools.ts';
import { writeAtomically } from '../store/atomic.ts';
import { codeOf, diskTrouble } from '../store/disk-trouble.ts';
import { namesIn } from '../store/names-in.ts';
import { removeTree } from '../store/temporary.ts';
import type { TrainingRecord } from './record.ts';
import { moved, onDisk, takenBelow, warmDirectory } from './warm-cache.ts';

/** What stands beside the directories of a pool: whom it fits, and how long. Times are ISO 8601. */
interface PoolNote {
  readonly key: string;
  readonly until: string;
  /** When the first job of the chain ended. */
  readonly chain: string;
}

/** What a job that is over keeps; undefined for one that keeps nothing, such as one that was stopped before it had instances. */
export function poolOf({ request, run, failureReason, startTime }: TrainingRecord, now: Date): KeptPool | undefined {
  if (run.scratch === undefined || startTime === undefined) return undefined;
  if (poolKey(request) === undefined || !isKept(request, failureReason)) return undefined;
  const end = Math.min(now.getTime() + keepAlive(request) * 1000, chainOf(run, now) + longestChain * 1000);
  return { since: now.toISOString(), until: new Date(end).toISOString() };
}

/** When the first job of its chain ended. */
const chainOf = ({ warmFrom }: TrainingRecord['run'], now: Date): number => (warmFrom ? Date.parse(warmFrom.chain) : now.getTime());

/**
 * Keeps the cache directories of a job whose record says so already, as a directory of `pools` that appears at once. Errors: DiskTrouble.
 */
export async function keepWarm(pools: string, { request, run, name }: TrainingRecord, { since, until }: KeptPool): Promise<void> {
  const { scratch = '' } = run;
  const made = join(scratch, 'kept');
  const note: PoolNote = { key: poolKey(request) ?? '', until, chain: new Date(chainOf(run, new Date(since))).toISOString() };
  await onDisk(pools, async () => {
    await mkdir(made, { recursive: true });
    for (const { name: host } of trainingHosts(request)) {
      const isThere = await moved(join(scratch, host, warmDirectory), join(made, host));
      if (!isThere) await moved(join(takenBelow(scratch), host), join(made, host)); // it came to nothing before its hosts were made
    }
    await writeFile(join(made, noteName), JSON.stringify(note));
    await mkdir(pools, { recursive: true, mode: 0o700 });
    await removeTree(join(pools, name)); // of a job of this name whose record was removed
    await rename(made, join(pools, name));
  });
}

/** Keeps a pool longer or less long; does nothing for one that has been taken. Errors: DiskTrouble. */
export async function keepPoolUntil(pools: string, job: string, until: string): Promise<void> {
  const path = join(pools, job, noteName);
  const note = await noteOf(join(pools, job));
  if (note) await onDisk(path, () => writeAtomically(path, JSON.stringify({ ...note, until })));
}

/**
 * Takes the pool that fits a job and ends first, into its scratch directory; of several jobs that want one, one gets it. Pools past
 * their time are removed. Errors: DiskTrouble.
 */
export async function takeWarm(
  pools: string,
  request: CreateTrainingJobRequest,
  scratch: string,
  now: Date,
): Promise<TakenPool | undefined> {
  const key = poolKey(request);
  const fitting = (await livingPools(pools, now)).filter(({ note }) => note.key === key);
  fitting.sort((one, other) => (one.note.until < other.note.until ? -1 : 1));
  for (const { job, note } of fitting) {
    const isTaken = await onDisk(pools, () => moved(join(pools, job), takenBelow(scratch)));
    if (isTaken) return { job, chain: note.chain };
  }
  return undefined;
}

/** Removes pools past their time. Errors: DiskTrouble. */
export async function sweepPools(pools: string, now: Date): Promise<void> {
  await livingPools(pools, now);
}

async function livingPools(pools: string, now: Date): Promise<{ readonly job: string; readonly note: PoolNote }[]> {
  const living: { readonly job: string; readonly note: PoolNote }[] = [];
  for (const job of await namesIn(pools)) {
    const note = await noteOf(join(pools, job));
    if (note && now.toISOString() < note.until) living.push({ job, note });
    else await removeTree(join(pools, job));
  }
  return living;
}

const noteName = 'pool.json';

/** Undefined for what somebody else has just taken, or is no pool. */
async function noteOf(pool: string): Promise<PoolNote | undefined> {
  try {
    return JSON.parse(await readFile(join(pool, noteName), 'utf8')) as PoolNote;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw diskTrouble('read', pool, error);
  }
}
