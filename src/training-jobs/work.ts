import type { TakenPool } from '../contract/warm-pools.ts';
import type { Grant } from '../credentials/credentials.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingOptions } from '../jobs/plan.ts';
import type { TrainingPlaces } from '../jobs/prepare.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import type { TrainingDeps } from '../jobs/training-deps.ts';
import { takeWarm } from '../jobs/warm-pools.ts';
import type { StopSignals } from '../stop.ts';
import { fromNow } from '../timekeeper.ts';

/** What running a training job takes, whichever way it came here and whoever began it. */

export const kind = 'training-job';

/** Most jobs have no hooks. Those there are have been told of all when this settles. */
export async function telling<T>(
  emulator: Emulator,
  { hooks = [] }: TrainingOptions,
  observer: JobObserver,
  { kill, leave }: StopSignals,
  work: (observer: JobObserver) => Promise<T>,
): Promise<T> {
  if (hooks.length === 0) return await work(observer);
  const { withHooks } = await import('../hooks/training-hooks.ts');
  await using told = withHooks(observer, hooks, emulator, leave ? AbortSignal.any([kill, leave]) : kill);
  return await work(told);
}

/** Takes over credentials, to end them with the job. */
export type Hold = (grant: Grant) => void;

/** Runs a job that can be stopped by others. Its credentials end with it; when it is left to another process, they stay for that one. */
export async function whileRunning(
  emulator: Emulator,
  name: string,
  stops: StopSignals,
  run: (stops: StopSignals, hold: Hold) => Promise<TrainingRecord>,
): Promise<TrainingRecord> {
  const owner = await emulator.owner;
  using watched = await emulator.stopRequests.watch(kind, name, owner, stops);
  const grants: Grant[] = [];
  const end = async (): Promise<void> => {
    for (const grant of grants) await grant[Symbol.asyncDispose]();
  };
  try {
    const record = await emulator.janitor.during(() => run(watched, (grant) => grants.push(grant)));
    if (watched.stop.aborted) await emulator.stopRequests.forget(kind, name);
    await end();
    return record;
  } catch (error) {
    const left = await emulator.trainingJobs.read(name).catch(() => undefined); // the error itself says more
    if (left && left.endTime === undefined) {
      emulator.leave();
      for (const grant of grants) await grant.leave();
    } else await end();
    throw error;
  }
}

/** A pool that another job has kept warm, if one fits; that job's record then says so. Errors: DiskTrouble. */
export async function reusePool(
  { home, trainingJobs, now }: Emulator,
  record: Pick<TrainingRecord, 'name' | 'request'>,
  scratch: string,
): Promise<TakenPool | undefined> {
  const taken = await takeWarm(home.pools, record.request, scratch, now());
  if (!taken) return undefined;
  const kept = await trainingJobs.read(taken.job);
  if (kept?.warmPool) {
    const reused = { by: record.name, time: now().toISOString() };
    await trainingJobs.put(taken.job, { ...kept, warmPool: { ...kept.warmPool, reused } });
  }
  return taken;
}

/** Where the sources of a job lead. */
export const placesOf = (emulator: Emulator, options: TrainingOptions, s3Endpoint: string | undefined): TrainingPlaces => ({
  ...options,
  region: emulator.region,
  objects: () => emulator.objectsAt(s3Endpoint),
});

export const depsOf = (emulator: Emulator, s3Endpoint: string | undefined): TrainingDeps => ({
  engine: emulator.engine,
  logs: emulator.home.logs,
  objects: () => emulator.objectsAt(s3Endpoint),
  pools: emulator.home.pools,
  janitor: emulator.janitor,
  now: emulator.now,
  patience: emulator.patience,
  time: fromNow(emulator.time),
});

/** AWS's own sentence. Source: published errors (contract training §10.2). */
export const nameInUse = (arn: string): string =>
  `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`;

export const refuseTaken = (arn: string): Error => fail('ResourceInUse', { message: nameInUse(arn) });
