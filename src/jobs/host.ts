import type { SyncedDirectory } from '../contract/training-syncs.ts';
import type { Attachment, Container, ContainerSpec, CreatedContainer, Engine, Exit, StartedContainer } from '../engine/engine.ts';
import { type Ending, endContainer, type SteadyOptions, untilBack, untilEnded } from '../engine/steady.ts';
import { fail, isError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import type { LogFile } from '../store/log-file.ts';
import type { ObjectStore } from '../store/objects.ts';
import type { Timekeeper } from '../timekeeper.ts';
import type { Cut, SharedCut } from './cut.ts';
import type { HostVisitor } from './host-visitor.ts';
import { InstanceMetrics, type InstanceMetricsOptions } from './instance-metrics.ts';
import type { HostNetwork } from './network.ts';
import type { CollectOptions, Outputs } from './outputs.ts';
import type { Pipes } from './pipe/pipes.ts';
import type { HostPlan } from './plan.ts';
import type { Staging, StagingMethod } from './staging.ts';
import type { HostSyncs } from './sync/host-syncs.ts';
import { openWorkspace, reopenWorkspace, type Workspace, type WorkspaceStrategy } from './workspace.ts';

export interface HostOutcome {
  readonly exit: Exit;
  /** When it ended, ISO 8601. */
  readonly time: string;
  readonly cut?: Cut;
  /** The engine went away and took the container with it. */
  readonly isLost?: boolean;
  /** Why the last of what it was to sync could not be copied; its files are still in the job's own directory. */
  readonly unsynced?: string;
  /** The program, where it is in the image without its executable bit. */
  readonly unexecutable?: string;
}

export interface HostEnd extends HostOutcome {
  readonly host: string;
  readonly outputs: Outputs;
}

/** What a host needs from its start to its end, whichever process sees to it. */
export interface HostWatch {
  readonly engine: Engine;
  readonly log: LogFile;
  /** Where s3:// addresses lead. */
  readonly objects: () => Promise<ObjectStore>;
  /** The cache of the program is for the next job. */
  readonly keepsWarm: boolean;
  /** Whose machine is watched, and where that is written. */
  readonly instance: InstanceMetricsOptions;
  /** Owns what runs beside the container in this process. */
  readonly beside: Scope;
  /** Shared with the other hosts. */
  readonly cut: SharedCut;
  /** Cuts the grace short. */
  readonly kill: AbortSignal;
  /** How long the engine may be away, and who is told; its signal leaves the container to another process. */
  readonly steady: SteadyOptions;
  readonly now: () => Date;
  /** Called for what costs time or is left out; a sentence. */
  readonly onWarning: (message: string) => void;
  /** Called when somebody else has ended the container through the engine, or the engine itself. */
  readonly onEndedByOthers: () => void;
}

export interface HostRun extends HostWatch {
  /** Image id. */
  readonly image: string;
  readonly patches?: readonly string[] | undefined;
  readonly strategy: WorkspaceStrategy;
  readonly method: StagingMethod;
  readonly staging: Staging;
  readonly network: HostNetwork;
  /** Seconds in which the first FIFO of each channel in Pipe mode must be opened. */
  readonly pipeWithin?: number | undefined;
  /** By which that is measured; the machine's by default. */
  readonly time?: Timekeeper | undefined;
  readonly visitor?: HostVisitor | undefined;
  /** Aborts the preparation; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** A host whose container is ready to start: its tree is in place and its output is listened to. */
export interface ReadyHost {
  readonly host: string;
  /** Runs it to its end and fetches its results. Errors of the engine are thrown; an image that cannot run is an outcome. */
  run(): Promise<HostEnd>;
}

/** Makes a host ready. What it creates in the engine belongs to the scope of `run.staging`. Errors: trouble of the engine and the disk. */
export async function prepareHost(plan: HostPlan, run: HostRun): Promise<ReadyHost> {
  const { signal } = run;
  const workspace = await openWorkspace(run.strategy, plan, run.staging, run.method);
  signal.throwIfAborted();
  const container = await run.engine.containers.create(containerSpec(plan, run, workspace));
  run.staging.scope.defer(() => container.remove());
  await workspace.fill(container);
  signal.throwIfAborted();
  const pipes = await servePipes(plan, workspace, run);
  const syncs = await openSyncs(plan.synced, container, workspace, run);
  await syncs?.restore((path, files) => workspace.deliver(container, path, files), signal);
  run.log.begin(container.id);
  const attachment = await container.attach(({ stream, bytes }) => run.log.append(stream, bytes));
  return {
    host: plan.host,
    run: async () => {
      const outcome = await startAndWatch(container, attachment, { host: plan.host, pipes, syncs }, run);
      await run.visitor?.ended?.(plan.host, container, pipes?.unopened ?? []);
      return await resultsOf(plan.host, outcome, () => workspace.collect(container, collecting(run)), syncs, run);
    },
  };
}

/** Pipes end when the container is gone: one that is told to stop may read on for a while. */
async function servePipes(plan: HostPlan, workspace: Workspace, run: HostRun): Promise<Pipes | undefined> {
  if (!workspace.pipes) return undefined;
  const { servePipes: serve } = await import('./pipe/serve.ts'); // most jobs have none
  const { log, pipeWithin: openWithin, time } = run;
  const { objects } = run.staging;
  const pipes = await serve(plan.pipes, workspace.pipes, {
    objects,
    log,
    ...(openWithin !== undefined && { openWithin }),
    ...(time && { time }),
  });
  return run.beside.use(pipes);
}

/** @throws also what goes wrong with its pipes: then its program will not get what it waits for */
async function startAndWatch(
  container: CreatedContainer,
  attachment: Attachment,
  { host, pipes, syncs }: { readonly host: string; readonly pipes: Pipes | undefined; readonly syncs: HostSyncs | undefined },
  run: HostRun,
): Promise<HostOutcome> {
  try {
    const started = await container.start();
    run.visitor?.started?.(host, started);
    syncs?.begin();
    run.beside.use(new InstanceMetrics(started, run.instance));
    const ended = untilEnd(started, attachment, run);
    ended.catch(() => {}); // awaited next, unless a pipe fails first
    const outcome = await (pipes ? Promise.race([ended, pipes.failed]) : ended);
    return told(await settled(started, outcome, run), run);
  } catch (error) {
    attachment.close();
    return told(notStartable(error, run), run);
  }
}

/** Most jobs sync nothing. */
async function openSyncs(
  directories: readonly SyncedDirectory[],
  container: Container,
  workspace: Pick<Workspace, 'live'>,
  { engine, objects, onWarning, beside }: Pick<HostWatch, 'engine' | 'objects' | 'onWarning' | 'beside'>,
): Promise<HostSyncs | undefined> {
  if (directories.length === 0) return undefined;
  const { HostSyncs: Syncs } = await import('./sync/host-syncs.ts');
  const syncs = directories.map((directory) => ({ directory, ...workspace.live(container, directory.path, engine.containers) }));
  return beside.use(await Syncs.open(syncs, { objects, onWarning }));
}

/** What could not be synced changes nothing of what else the host has left. */
async function resultsOf(
  host: string,
  outcome: HostOutcome,
  collect: () => Promise<Outputs>,
  syncs: HostSyncs | undefined,
  { kill, onWarning }: HostWatch,
): Promise<HostEnd> {
  const unsynced = await syncs?.finish(kill);
  if (outcome.cut === 'Interrupted') {
    if (unsynced !== undefined) onWarning(`${unsynced} The next attempt goes on without it.`);
    return { host, ...outcome, outputs: lostWithTheInstance };
  }
  return { host, ...outcome, ...(unsynced !== undefined && { unsynced }), outputs: await collect() };
}

const lostWithTheInstance: Outputs = { model: '', outputData: '', failure: undefined };

export interface HostRejoin extends HostWatch {
  readonly host: string;
  readonly strategy: WorkspaceStrategy;
  readonly scratch: string;
  readonly synced: readonly SyncedDirectory[];
}

/** A host whose container another process has filled: the rest of its output, its end, its results. Errors: ContainerGone. */
export async function rejoinHost(id: string, run: HostRejoin): Promise<HostEnd> {
  const { containers } = run.engine;
  const container = await containers.open(id);
  if (!container) throw fail('ContainerGone', { id });
  const workspace = reopenWorkspace(run.strategy, run.host, run.scratch);
  const syncs = await openSyncs(run.synced, container, workspace, run);
  syncs?.begin();
  const outcome = await rejoinContainer(id, run);
  return await resultsOf(run.host, outcome, () => workspace.collect(container, collecting(run)), syncs, run);
}

async function rejoinContainer(id: string, run: HostRejoin): Promise<HostOutcome> {
  try {
    const started = await run.engine.containers.ensureStarted(id);
    if (!started) throw fail('ContainerGone', { id });
    run.beside.use(new InstanceMetrics(started, run.instance));
    const { endedAt } = await started.inspect();
    const outcome = await untilEnd(started, undefined, run);
    return told(await settled(started, endedAt ? { ...outcome, time: endedAt.toISOString() } : outcome, run), run);
  } catch (error) {
    return told(notStartable(error, run), run);
  }
}

/** To the other hosts, before its results are fetched. */
function told(outcome: HostOutcome, { cut }: HostWatch): HostOutcome {
  cut.hostEnded(hasFailed(outcome));
  return outcome;
}

export const hasFailed = ({ exit, cut, isLost }: HostOutcome): boolean => cut === undefined && (exit.code !== 0 || isLost === true);

/** A stop leaves the results whole; only a kill ends their collection. */
const collecting = ({ kill, onWarning, keepsWarm }: HostWatch): CollectOptions => ({ signal: kill, onWarning, keepsWarm });

async function untilEnd(container: StartedContainer, attachment: Attachment | undefined, run: HostWatch): Promise<HostOutcome> {
  const { engine, log, cut, kill, steady, now } = run;
  const ended = untilEnded(engine, container, attachment, log, steady);
  ended.catch(() => {}); // awaited below, but perhaps not yet
  const first = await Promise.race([ended, cut.made]);
  if (typeof first !== 'string') return outcomeOf(first, now());
  const ending = await endContainer(engine, container, ended, { ...steady, grace: cut.grace, hard: kill });
  return { ...outcomeOf(ending, now()), cut: first };
}

/**
 * An engine that is told to end may end its containers before it stops answering; then their exit codes, also a good one after SIGTERM, say
 * nothing of the program. Nobody of ours sends signals but to cut.
 */
async function settled(container: StartedContainer, outcome: HostOutcome, run: HostWatch): Promise<HostOutcome> {
  const { engine, steady, onEndedByOthers } = run;
  if (outcome.cut || outcome.isLost || (await engine.describe()).keepsContainers) return outcome;
  try {
    if (!(await container.wasSignalled())) return outcome;
    onEndedByOthers();
    return { ...outcome, isLost: true };
  } catch (error) {
    if (!isError(error, 'EngineUnreachable')) throw error;
    steady.onEngine?.('away');
    await untilBack(engine, steady);
    steady.onEngine?.('back');
    return { ...outcome, isLost: true };
  }
}

const outcomeOf = ({ code, oomKilled, isLost }: Ending, now: Date): HostOutcome => ({
  exit: { code, oomKilled },
  time: now.toISOString(),
  ...(isLost && { isLost }),
});

/** An image without a runnable program: the engine's own sentence goes into the job's log, as in the cloud, and the exit code is a shell's. */
function notStartable(error: unknown, { log, now }: HostWatch): HostOutcome {
  if (!isError(error, 'NotStartable')) throw error;
  log.append('stderr', Buffer.from(`${error.message}\n`));
  const { unexecutable } = error.detail;
  return {
    exit: { code: /permission denied/.test(error.message) ? 126 : 127, oomKilled: false },
    time: now().toISOString(),
    ...(unexecutable !== undefined && { unexecutable }),
  };
}

/** The engine's view of a planned host. */
const containerSpec = (plan: HostPlan, { image, patches, network }: HostRun, workspace: Workspace): ContainerSpec => ({
  image,
  ...(patches && { patches }),
  ...(plan.entrypoint && { entrypoint: plan.entrypoint }),
  command: plan.command,
  environment: plan.environment,
  hostname: plan.hostname,
  labels: plan.labels,
  mounts: workspace.mounts,
  ...network,
  shmSize: plan.shmSize,
  ...plan.limits,
  ...(plan.gpus !== undefined && { gpus: plan.gpus, ulimits: gpuLimits }),
});

/** Source: contract §1.2; what NVIDIA's own images ask for. */
const gpuLimits = [
  { name: 'memlock', soft: -1, hard: -1 },
  { name: 'stack', soft: 67_108_864, hard: 67_108_864 },
] as const;
