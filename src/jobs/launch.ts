import { randomUUID } from 'node:crypto';
import type { Labels } from '../engine/engine.ts';
import type { FileSharing } from '../engine/file-sharing.ts';
import { isBindRefused } from '../engine/file-sharing.ts';
import { reasonOf } from '../errors.ts';
import type { ProgressEvent } from '../progress.ts';
import { Scope } from '../scope.ts';
import { type StopSignals, throwIfStopped } from '../stop.ts';
import { readsStore } from './channels/resolve.ts';
import type { HostEnd } from './host.ts';
import { runHosts } from './hosts.ts';
import { watchHosts } from './hosts-watch.ts';
import { type JobLogs, openLogs } from './job-logs.ts';
import { openNetwork } from './network.ts';
import type { TrainingPlan } from './plan.ts';
import { labelsOf } from './record.ts';
import type { RunningJob } from './running-job.ts';
import { isOverlayRefused, type StagingMethod } from './staging.ts';
import type { LaunchDeps } from './training-deps.ts';

/** From the plan to the ends of its hosts. */
export async function launch(
  plan: TrainingPlan,
  job: RunningJob,
  things: Scope,
  deps: LaunchDeps,
  stops: StopSignals,
): Promise<readonly HostEnd[]> {
  throwIfStopped(stops);
  await using logs = await openLogs(
    plan.hosts.map(({ host }) => host),
    job,
    deps,
  );
  job.downloading(); // in one state on the disk with where the logs are
  return await withFallback(job, things, deps.sharing, (...how) => runAll(plan, how, job, logs, things, deps, stops));
}

async function runAll(
  { hosts, image, patches, network, options }: TrainingPlan,
  [method, showsFiles]: readonly [method: StagingMethod, showsFiles: boolean],
  job: RunningJob,
  logs: JobLogs,
  things: Scope,
  deps: LaunchDeps,
  stops: StopSignals,
): Promise<readonly HostEnd[]> {
  const { engine } = deps;
  const { scratch = '', workspace: strategy = 'archive' } = job.record.run;
  const id = `sm-local-${randomUUID().slice(0, 13)}`;
  const names = hosts.map(({ host }) => host);
  const objects = (job.record.request.InputDataConfig ?? []).some(readsStore) ? await deps.objects() : undefined;
  const said = new Set<string>();
  const { networks: joined, extraHosts } = options;
  const networkOf = await openNetwork(network, names, {
    engine,
    name: id,
    labels: { ...labelsOf(job.record), ...ofHome(hosts[0]?.labels) },
    joined,
    extraHosts,
    scope: things,
  });
  await using beside = new Scope();
  return await runHosts(hosts, (givenUp) => {
    const watch = watchHosts(job, deps, { hosts: names.length, stops, givenUp, beside });
    const { preparation: signal } = watch;
    return {
      signal,
      onStarting() {
        job.training();
        watch.running();
      },
      of: ({ host, labels }) => {
        const hostWatch = watch.of(host, logs.of(host));
        const staging = {
          ...{ engine, id: `${id}-${host}`, labels, scratch, objects, scope: things, signal },
          showsFiles,
          onWarning: once(said, (message) => job.warn(message)),
          onDeviation: once(said, (message) => job.deviates(message)),
          onProgress: (event: ProgressEvent) => job.observer.event(event),
        };
        const { pipeWithin } = job.record.run.options;
        return {
          ...hostWatch,
          image: image.id,
          patches,
          strategy,
          method,
          staging,
          network: networkOf(host),
          pipeWithin,
          time: deps.time,
          visitor: deps.visitor,
          signal,
        };
      },
      [Symbol.dispose]: () => watch[Symbol.dispose](),
    };
  });
}

/** Whose home goes, its networks are found by it. */
const ofHome = ({ 'sm-local.home': home }: Labels = {}): Labels => (home === undefined ? {} : { 'sm-local.home': home });

/** What holds for every host is said once. */
const once =
  (said: Set<string>, say: (message: string) => void) =>
  (message: string): void => {
    if (!said.has(message)) say(message);
    said.add(message);
  };

/** A second try with copies where the engine's kernel or file system refuses overlays; said, because it costs time and disk. */
async function withFallback<T>(
  job: RunningJob,
  things: Scope,
  { showsFiles }: FileSharing,
  run: (method: StagingMethod, showsFiles: boolean) => Promise<T>,
): Promise<T> {
  if (!showsFiles) return await run('copy', false);
  try {
    return await run('overlay', true);
  } catch (error) {
    const isUnseen = isBindRefused(error);
    if (!isUnseen && !isOverlayRefused(error)) throw error;
    const why = isUnseen ? "the engine does not see all of this machine's files" : 'the engine refused a copy-on-write view';
    job.warn(`Channels are copied, because ${why}: ${reasonOf(error)}`);
    await things[Symbol.asyncDispose]();
    return await run('copy', !isUnseen);
  }
}
