import type { CreateTrainingJobRequest, SecondaryStatus } from '@aws-sdk/client-sagemaker';
import { inputModeOf } from '../contract/training.ts';
import { trainingHosts } from '../contract/training-hosts.ts';
import { syncedDirectories } from '../contract/training-syncs.ts';
import type { Engine, Labels } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { fail } from '../errors.ts';
import { Scope } from '../scope.ts';
import type { StopSignals } from '../stop.ts';
import type { Attempt } from './attempts.ts';
import type { JobObserver } from './events.ts';
import type { FreshStart } from './fresh-start.ts';
import { type HostEnd, rejoinHost } from './host.ts';
import { together } from './hosts.ts';
import { watchHosts } from './hosts-watch.ts';
import { openLogs } from './job-logs.ts';
import { launch } from './launch.ts';
import { JobMetrics } from './metrics.ts';
import { outputsIn } from './outputs.ts';
import { labelsOf, type TrainingRecord } from './record.ts';
import { type RecordKeeper, RunningJob } from './running-job.ts';
import { toItsEnd } from './training.ts';
import type { TrainingDeps } from './training-deps.ts';
import { carryWarm } from './warm-cache.ts';

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
  deps.onJob?.(job);
  const labels = labelsOf(first);
  job.announce();
  const again = async (): Promise<Attempt> => {
    await removeLeftovers(deps.engine, labels, async () => true);
    const { scratch } = job.record.run;
    const fresh = await startAgain();
    if (scratch !== undefined) {
      await carryWarm(scratch, fresh.run.scratch);
      deps.janitor.discard(scratch);
    }
    job.planned(fresh);
    return (things) => launch(fresh.plan, job, things, { ...deps, sharing: fresh.sharing }, stops);
  };
  const goOn: Attempt = async (things) => {
    const collected = await collectedEnds(job, deps);
    things.defer(() => removeLeftovers(deps.engine, labels, async () => true));
    if (collected) return collected;
    const containers = await containersToRejoin(deps.engine, labels, job);
    if (containers) {
      if (first.run.cut === undefined && hasPipes(first.request)) throw fail('PipesLost', { name: first.name });
      return await rejoin(containers, job, deps, stops);
    }
    if (betweenAttempts.has(job.record.secondaryStatus)) job.startAgain();
    return await (await again())(things);
  };
  return await toItsEnd(job, deps, stops, goOn, again);
}

/** They end with the process that fills them, and whoever reads one then takes what he has for all there is. */
const hasPipes = (request: CreateTrainingJobRequest): boolean =>
  (request.InputDataConfig ?? []).some((channel) => inputModeOf(request, channel) === 'Pipe');

/** When their results were on this disk already and only their packing is left. */
async function collectedEnds(job: RunningJob, deps: TrainingDeps): Promise<readonly HostEnd[] | undefined> {
  const { outcomes, scratch } = job.record.run;
  if (outcomes === undefined || scratch === undefined) return undefined;
  await using metrics = await JobMetrics.open(job, deps.logs);
  for (const [host, path] of Object.entries(job.record.files.logs)) metrics.read(host, path);
  await metrics.close();
  return Object.entries(outcomes).map(([host, outcome]) => ({ host, ...outcome, outputs: outputsIn(scratch, host) }));
}

/** Host -> container, when one of them was started, or was about to be: then all that they need is in them. Errors: ContainerGone. */
async function containersToRejoin(engine: Engine, labels: Labels, job: RunningJob): Promise<ReadonlyMap<string, string> | undefined> {
  if (betweenAttempts.has(job.record.secondaryStatus)) return undefined; // what there is has been given up
  const found = new Map((await engine.containers.list(labels)).map(({ id, labels: own }) => [own['sm-local.host'] ?? '', id]));
  const states = await Promise.all([...found.values()].map(async (id) => await (await engine.containers.open(id))?.inspect()));
  if (!job.isTraining && !states.some((state) => state?.started)) return undefined;
  return new Map(
    trainingHosts(job.record.request).map(({ name: host }) => {
      const id = found.get(host);
      if (id === undefined) throw fail('ContainerGone', { id: `of ${host}` });
      return [host, id];
    }),
  );
}

const betweenAttempts: ReadonlySet<SecondaryStatus> = new Set(['Interrupted', 'Restarting']);

async function rejoin(
  containers: ReadonlyMap<string, string>,
  job: RunningJob,
  deps: TrainingDeps,
  stops: StopSignals,
): Promise<readonly HostEnd[]> {
  const { workspace: strategy = 'bind', scratch = '', cut } = job.record.run;
  if (job.record.secondaryStatus === 'Starting') job.downloading(); // the record was a step behind
  job.training();
  await using logs = await openLogs([...containers.keys()], job, deps);
  const synced = syncedDirectories(job.record.request);
  const begun = cut && { cause: cut.cause, secondsAgo: (deps.now().getTime() - Date.parse(cut.time)) / 1000 };
  await using beside = new Scope();
  return await together(async (all, givenUp) => {
    using watch = watchHosts(job, deps, { hosts: containers.size, stops, givenUp, beside, begun });
    watch.running();
    return await all(
      [...containers].map(([host, id]) => rejoinHost(id, { ...watch.of(host, logs.of(host)), host, strategy, scratch, synced })),
    );
  });
}
