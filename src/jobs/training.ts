import { artifactUploadFailed, dataDownloadFailed, internalServerError } from '../contract/failure.ts';
import { newsOf } from '../credentials/kept.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { untilBack } from '../engine/steady.ts';
import { isError, reasonOf, type SmLocalError } from '../errors.ts';
import { Scope } from '../scope.ts';
import { type StopSignals, throwIfStopped } from '../stop.ts';
import { lacksRoom } from '../store/disk-trouble.ts';
import { type Attempt, type Attempts, tryUntilDone } from './attempts.ts';
import type { JobObserver } from './events.ts';
import type { FreshStart } from './fresh-start.ts';
import { launch } from './launch.ts';
import type { TrainingPlan } from './plan.ts';
import { describeTraining, labelsOf, type TrainingRecord } from './record.ts';
import { type RecordKeeper, RunningJob } from './running-job.ts';
import type { LaunchDeps, TrainingDeps } from './training-deps.ts';
import { upload } from './upload.ts';
import { keepWarm, poolOf } from './warm-pools.ts';

/**
 * Runs a planned job to its end and tells its story: Starting, Downloading, Training, Uploading, and one of Completed, Failed, Stopped and
 * MaxRuntimeExceeded. Everything made in the engine is removed on every path. Trouble of the host is thrown after the job was recorded as
 * failed; what the image does wrong is an outcome. A job that runs when the engine goes away for good, when the disk of its record or its
 * results is full, or when `stops.leave` aborts, is left as it is for the next process that adopts it (`resume.ts`): then EngineUnreachable,
 * DiskTrouble, or the signal's reason, is thrown.
 */
export async function runTraining(
  plan: TrainingPlan,
  first: TrainingRecord,
  keeper: RecordKeeper,
  deps: LaunchDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const job = new RunningJob(first, keeper, deps.now, observer);
  deps.onJob?.(job);
  tellPlan(plan, job);
  job.announce();
  const attempt: Attempt = (things) => launch(plan, job, things, deps, stops);
  return await toItsEnd(job, deps, stops, attempt, () => Promise.resolve(attempt));
}

/**
 * Runs a job of which there is the record and nothing else. `prepare` works out the rest: when that cannot be done the job has failed, for the
 * reason that the cloud would give. Errors: as `runTraining`.
 */
export async function beginTraining(
  first: TrainingRecord,
  prepare: () => Promise<FreshStart>,
  keeper: RecordKeeper,
  deps: TrainingDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const job = new RunningJob(first, keeper, deps.now, observer);
  deps.onJob?.(job);
  job.announce();
  let prepared: FreshStart | undefined;
  const attempt: Attempt = async (things) => {
    throwIfStopped(stops);
    if (!prepared) {
      prepared = await prepare();
      job.planned(prepared);
      await job.safe(); // whoever finds no image in the record takes it that there are no containers
      tellPlan(prepared.plan, job);
    }
    return await launch(prepared.plan, job, things, { ...deps, sharing: prepared.sharing }, stops);
  };
  return await toItsEnd(job, deps, stops, attempt, () => Promise.resolve(attempt));
}

function tellPlan({ name, arn, image, hosts }: TrainingPlan, { observer, record }: RunningJob): void {
  const { credentials } = record.run;
  observer.event({
    event: 'plan',
    name,
    arn,
    image: image.id,
    hosts: hosts.map(({ host }) => host),
    ...(credentials && { credentials: newsOf(credentials) }),
  });
}

/**
 * Does what is left of a job and settles its record. `rest` says how its hosts ended; what it makes in the engine belongs to the scope it is
 * given. `rest` may throw the reason of `stops.stop` when it was stopped before any program ran. `again`: prepares another attempt.
 */
export async function toItsEnd(
  job: RunningJob,
  deps: TrainingDeps,
  stops: StopSignals,
  rest: Attempt,
  again: () => Promise<Attempt>,
): Promise<TrainingRecord> {
  const things = new Scope();
  let removal: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removal ??= removeThings(job, things, deps, stops);
    return removal;
  };
  let trouble: { readonly error: unknown } | undefined;
  try {
    const isFault = (error: unknown): boolean => isFaultOfPlatform(error) && !isLeft(error, job, stops) && !isStopped(error, stops);
    const attempts: Attempts = {
      first: rest,
      again: async (made) => (await again())(made),
      isFault,
      remove: (made) => removeThings(job, made, deps, stops),
      async recovered(fault) {
        const { leave } = stops;
        if (isError(fault, 'EngineUnreachable')) await untilBack(deps.engine, { patience: deps.patience, ...(leave && { signal: leave }) });
      },
    };
    const ends = await tryUntilDone(attempts, job, things, stops);
    job.uploading(ends);
    // Removal needs nothing that packing touches, so they go side by side; but first the outcome must be on the disk, because nobody could
    // learn it any more. Nor does whoever waits for the job wait for its removal, which takes longer than all the rest after the program's end.
    const safe = job.safe();
    const removed = safe.then(remove);
    removed.catch(() => {}); // awaited after the packing
    await upload(job, ends, deps.objects, stops.kill);
    await safe;
    job.end(ends);
    await removed;
  } catch (error) {
    if (isLeft(error, job, stops)) {
      if (!stops.leave?.aborted) job.tellLeft();
      await job.safe().catch(() => undefined); // the next process goes on from there; what is thrown says more than this
      throw error;
    }
    // What an engine had made when it went away it could not tell of.
    if (isError(error, 'EngineUnreachable')) things.defer(() => removeLeftovers(deps.engine, labelsOf(job.record), async () => true));
    if (isStopped(error, stops)) job.stopped();
    else {
      job.fail(reasonOfTrouble(error));
      if (isOutcome(error)) job.warn(`${reasonOf(error)} ${error.remedy}`);
      else trouble = { error };
    }
    await job.safe();
    await remove();
  }
  await settle(job, deps);
  if (trouble) throw trouble.error;
  return job.record;
}

/**
 * What the job has in the engine goes; when the engine has gone away meanwhile, as soon as it is back. What cannot be removed is told: it
 * changes nothing of what the job has done.
 */
async function removeThings(job: RunningJob, things: Scope, { engine, patience }: TrainingDeps, { leave }: StopSignals): Promise<void> {
  try {
    await things[Symbol.asyncDispose]().catch(async (error: unknown) => {
      const failures: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
      if (!failures.some((failure) => isError(failure, 'EngineUnreachable'))) throw failures[0];
      await untilBack(engine, { patience, ...(leave && { signal: leave }) });
      await removeLeftovers(engine, labelsOf(job.record), async () => true);
    });
  } catch (error) {
    job.warn(`Something of the job is left in the engine, and sm-local clean removes it: ${reasonOf(error)}`);
  }
}

/** The last state is on the disk before what would be needed to reach it again goes. Results that could not be archived stay. */
async function settle(job: RunningJob, { pools, janitor, now }: TrainingDeps): Promise<void> {
  const pool = poolOf(job.record, now());
  if (pool) job.keepPool(pool);
  await job.safe();
  try {
    if (pool) await keepWarm(pools, job.record, pool);
  } catch (error) {
    job.warn(`Its warm pool is lost: ${reasonOf(error)}`); // what the job has done is not
  }
  const { run, files } = job.record;
  if (run.scratch !== undefined && files.collected === undefined) janitor.discard(run.scratch);
  job.observer.event({ event: 'result', describe: describeTraining(job.record), files });
}

/**
 * Whether the job goes on without this process: when that has to leave, or when the engine or a full disk does not let it see the end, which
 * another one may.
 */
const isLeft = (error: unknown, job: RunningJob, { leave }: StopSignals): boolean =>
  (leave?.aborted === true && error === leave.reason) || (job.isTraining && (isError(error, 'EngineUnreachable') || lacksRoom(error)));

/** Stopped before its program ran, or for the second time while its archives were being written: there are none then. */
const isStopped = (error: unknown, { stop, kill }: StopSignals): boolean =>
  (stop.aborted && error === stop.reason) || (kill.aborted && error === kill.reason);

/** What its data or its program did: the record says it, as the cloud does. */
const isOutcome = (error: unknown): error is SmLocalError =>
  isDataTrouble(error) || isError(error, 'PipeTimedOut') || isError(error, 'PreparationFailed');

/** Data that was there when the job was created, and is not there, or not readable, any more. */
const isDataTrouble = (error: unknown): error is SmLocalError =>
  isError(error, 'DataDownloadFailed') || isError(error, 'InputUnreadable') || isError(error, 'InputNotFound');

/** After which a RetryStrategy begins again: what the cloud would call an InternalServerError. */
const isFaultOfPlatform = (error: unknown): boolean => reasonOfTrouble(error) === internalServerError();

/** What the cloud would say of trouble that is not the image's. */
function reasonOfTrouble(error: unknown): string {
  if (isError(error, 'ArtifactsNotWritten')) return artifactUploadFailed(reasonOf(error.cause));
  if (isError(error, 'DataDownloadFailed') || isError(error, 'PreparationFailed')) return error.message; // the cloud's own words already
  return isDataTrouble(error) ? dataDownloadFailed(error.message) : internalServerError();
}
