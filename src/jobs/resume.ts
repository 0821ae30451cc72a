import { metricExtractor } from '../contract/metrics.ts';
import type { Engine, Labels } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { fail } from '../errors.ts';
import { readLog } from '../store/log-file.ts';
import { removeTree } from '../store/temporary.ts';
import type { JobObserver } from './events.ts';
import { type HostEnd, rejoinHost } from './host.ts';
import type { TrainingPlan } from './plan.ts';
import { labelsOf, type TrainingRecord } from './record.ts';
import { type RecordKeeper, RunningJob } from './running-job.ts';
import type { StopSignals } from './stop.ts';
import { closing, launch, openLog, type TrainingDeps, toItsEnd, watchOf } from './training.ts';
import { outputsIn } from './workspace.ts';

/** What a job that is begun again needs. */
export interface FreshStart {
  readonly plan: TrainingPlan;
  /** The process that its containers are labelled with from now on. */
  readonly label: string;
  /** A new directory on the user's disk. */
  readonly scratch: string;
}

/**
 * Goes on with a job whose process is gone, as that would have: with its container, whether it runs or has ended; with the archives, when
 * their content was collected; or, when no program ran yet, from the beginning. Errors: as `runTraining`.
 */
export async function resumeTraining(
  first: TrainingRecord,
  startAgain: () => Promise<FreshStart>,
  keeper: RecordKeeper,
  deps: TrainingDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const job = new RunningJob(first, keeper, deps.now, observer);
  const labels = labelsOf(first);
  job.announce();
  return await toItsEnd(job, deps, stops, async (things) => {
    const collected = await collectedEnd(job);
    things.defer(() => removeLeftovers(deps.engine, labels, async () => true));
    if (collected) return collected;
    const id = await containerToRejoin(deps.engine, labels, job);
    if (id !== undefined) return await rejoin(id, job, deps, stops);
    if (job.isTraining) throw fail('ContainerGone', { id: first.name });
    await removeLeftovers(deps.engine, labels, async () => true);
    if (first.run.scratch !== undefined) await removeTree(first.run.scratch);
    const { plan, label, scratch } = await startAgain();
    job.keepRun({ label, scratch });
    return await launch(plan, job, things, deps, stops);
  });
}

/** When its results were on this disk already and only their packing is left. */
async function collectedEnd(job: RunningJob): Promise<HostEnd | undefined> {
  const { outcomes, scratch } = job.record.run;
  const [found] = Object.entries(outcomes ?? {});
  if (found === undefined || scratch === undefined) return undefined;
  const [host, outcome] = found;
  for (const path of Object.values(job.record.files.logs)) await readMetrics(path, job);
  return { host, ...outcome, outputs: await outputsIn(scratch, host) };
}

/** One that was started, or was about to be: then all that it needs is in it. */
async function containerToRejoin(engine: Engine, labels: Labels, job: RunningJob): Promise<string | undefined> {
  for (const { id } of await engine.containers.list(labels)) {
    if (job.isTraining || (await (await engine.containers.open(id))?.inspect())?.started) return id;
  }
  return undefined;
}

async function rejoin(id: string, job: RunningJob, deps: TrainingDeps, stops: StopSignals): Promise<HostEnd> {
  const { workspace = 'bind', scratch = '', cut } = job.record.run;
  const host = 'algo-1'; // several hosts are refused when the job is planned
  const known = job.record.files.logs[host];
  if (known !== undefined) await readMetrics(known, job);
  if (job.record.secondaryStatus === 'Starting') job.downloading(); // the record was a step behind
  job.training();
  const log = await openLog(host, job, deps);
  await using _closing = closing(log, job);
  return await rejoinHost(id, {
    ...watchOf(job, log, deps, stops),
    host,
    strategy: workspace,
    scratch,
    cut: cut && { cause: cut.cause, secondsAgo: (deps.now().getTime() - Date.parse(cut.time)) / 1000 },
  });
}

/** The metrics in the lines that are kept already. */
async function readMetrics(path: string, job: RunningJob): Promise<void> {
  const extract = metricExtractor(job.record.request.AlgorithmSpecification?.MetricDefinitions ?? []);
  for await (const { time, message } of readLog(path)) {
    for (const { name, value } of extract(message)) job.metric(name, value, new Date(time));
  }
}
