import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { artifactUploadFailed, internalServerError } from '../contract/failure.ts';
import { metricExtractor } from '../contract/metrics.ts';
import type { Engine, EngineDescription } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { untilBack } from '../engine/steady.ts';
import { isError, reasonOf } from '../errors.ts';
import { Scope } from '../scope.ts';
import { lacksRoom } from '../store/disk-trouble.ts';
import { LogFile } from '../store/log-file.ts';
import { removeTree } from '../store/temporary.ts';
import type { JobObserver } from './events.ts';
import { type HostEnd, type HostRun, type HostWatch, runHost } from './host.ts';
import type { HostPlan, TrainingPlan } from './plan.ts';
import { describeTraining, labelsOf, type TrainingRecord } from './record.ts';
import { type RecordKeeper, RunningJob } from './running-job.ts';
import { isOverlayRefused } from './staging.ts';
import { type StopSignals, throwIfStopped } from './stop.ts';
import { upload } from './upload.ts';
import { chooseStrategy } from './workspace.ts';

export interface TrainingDeps {
  readonly engine: Engine;
  readonly description: EngineDescription;
  /** Directory of all logs. */
  readonly logs: string;
  readonly now: () => Date;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: number;
}

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
  deps: TrainingDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const job = new RunningJob(first, keeper, deps.now, observer);
  observer.event({ event: 'plan', name: plan.name, arn: plan.arn, image: first.imageId, hosts: plan.hosts.map(({ host }) => host) });
  job.announce();
  return await toItsEnd(job, deps, stops, (things) => launch(plan, job, things, deps, stops));
}

/**
 * Does what is left of a job and settles its record. `rest` says how its hosts ended; what it makes in the engine belongs to the scope it is
 * given. `rest` may throw the reason of `stops.stop` when it was stopped before any program ran.
 */
export async function toItsEnd(
  job: RunningJob,
  deps: TrainingDeps,
  stops: StopSignals,
  rest: (things: Scope) => Promise<HostEnd>,
): Promise<TrainingRecord> {
  const things = new Scope();
  let removal: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removal ??= removeThings(job, things, deps, stops);
    return removal;
  };
  let trouble: { readonly error: unknown } | undefined;
  try {
    const end = await rest(things);
    job.uploading([end]);
    // Removal needs nothing that packing touches, so they go side by side; but first the outcome must be on the disk, because nobody could
    // learn it any more.
    const removed = job.safe().then(remove);
    removed.catch(() => {}); // awaited after the packing
    await upload(job, end, stops.kill);
    await removed;
    job.end(end);
  } catch (error) {
    if (isLeft(error, job, stops)) {
      if (!stops.leave?.aborted) job.tellLeft();
      throw error;
    }
    if (isStopped(error, stops)) job.stopped();
    else {
      job.fail(reasonOfTrouble(error));
      trouble = { error };
    }
    await job.safe();
    await remove();
  }
  await settle(job);
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
async function settle(job: RunningJob): Promise<void> {
  await job.safe();
  const { run, files } = job.record;
  if (run.scratch !== undefined && files.collected === undefined) await removeTree(run.scratch);
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

/** What the cloud would say of trouble that is not the image's. */
const reasonOfTrouble = (error: unknown): string =>
  isError(error, 'ArtifactsNotWritten') ? artifactUploadFailed(reasonOf(error.cause)) : internalServerError();

/** From the plan to the end of its host. */
export async function launch(plan: TrainingPlan, job: RunningJob, things: Scope, deps: TrainingDeps, stops: StopSignals): Promise<HostEnd> {
  throwIfStopped(stops);
  job.downloading();
  const host = plan.hosts[0] as HostPlan; // several hosts are refused when the job is planned
  const log = await openLog(host.host, job, deps);
  await using _closing = closing(log, job);
  const watch = watchOf(job, log, deps, stops);
  return await runWithFallback(host, job, (method) => ({
    ...watch,
    image: plan.image.id,
    strategy: job.record.run.workspace ?? chooseStrategy(deps.description, process.getuid?.()),
    method,
    staging: {
      engine: deps.engine,
      id: `sm-local-${randomUUID().slice(0, 13)}`,
      labels: host.labels,
      scratch: job.record.run.scratch ?? '',
      scope: things,
    },
    onStarting: () => job.training(),
  }));
}

/** What seeing a host to its end takes, whichever process started it. */
export function watchOf(job: RunningJob, log: LogFile, deps: TrainingDeps, stops: StopSignals): HostWatch {
  const { options } = job.record.run;
  const maxRuntime = options.maxRuntime ?? job.record.request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400;
  const deadline = Date.parse(job.record.startTime ?? '') + maxRuntime * 1000;
  return {
    engine: deps.engine,
    log,
    stops,
    remaining: () => Math.max(0, (deadline - deps.now().getTime()) / 1000),
    grace: options.stopGrace,
    steady: {
      patience: deps.patience,
      onEngine: (event) => job.observer.event({ event: 'warning', message: engineNews[event] }),
    },
    onCut: (cause) => job.stopping(cause, options.stopGrace),
    onEndedByOthers: () => job.warn('The container got a signal from the engine, which was stopped perhaps, or from somebody through it.'),
  };
}

const engineNews = {
  away: 'The container engine has gone away; the job waits for it.',
  back: 'The container engine is back.',
} as const;

/** A second try with copies where the engine's kernel or file system refuses overlays; said, because it costs time and disk. */
async function runWithFallback(host: HostPlan, job: RunningJob, runOf: (method: 'overlay' | 'copy') => HostRun): Promise<HostEnd> {
  try {
    return await runHost(host, runOf('overlay'));
  } catch (error) {
    if (!isOverlayRefused(error)) throw error;
    job.observer.event({
      event: 'warning',
      message: `Channels are copied, because the engine refused a copy-on-write view: ${reasonOf(error)}`,
    });
    const again = runOf('copy');
    await again.staging.scope[Symbol.asyncDispose]();
    return await runHost(host, again);
  }
}

/** Ends the log. One that the disk did not take whole is told of, and is no reason to lose what the job has done. */
export const closing = (log: LogFile, job: RunningJob): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    await log.close().catch((error: unknown) => job.warn(`The log is not whole: ${reasonOf(error)}`));
  },
});

/** The host's log, new or as another process left it, with the metrics in it. */
export async function openLog(host: string, job: RunningJob, deps: TrainingDeps): Promise<LogFile> {
  const path = job.record.files.logs[host] ?? join(deps.logs, 'training-jobs', job.record.name, `${host}.log`);
  await mkdir(dirname(path), { recursive: true });
  const log = await LogFile.create(path);
  const extract = metricExtractor(job.record.request.AlgorithmSpecification?.MetricDefinitions ?? []);
  log.onLine(({ time, message }) => {
    for (const { name, value } of extract(message)) {
      job.metric(name, value, new Date(time));
      job.observer.event({ event: 'metric', name, value, host });
    }
  });
  job.keepLog(host, path);
  job.observer.log(host, log);
  return log;
}
