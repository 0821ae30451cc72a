import type { Attachment, ContainerSpec, Engine, Exit, StartedContainer } from '../engine/engine.ts';
import { type Ending, endContainer, type SteadyOptions, untilBack, untilEnded } from '../engine/steady.ts';
import { fail, isError } from '../errors.ts';
import type { LogFile } from '../store/log-file.ts';
import type { HostPlan } from './plan.ts';
import type { Staging, StagingMethod } from './staging.ts';
import { after, type Cut, onAbort, type StopSignals, throwIfStopped } from './stop.ts';
import { type Outputs, openWorkspace, reopenWorkspace, type Workspace, type WorkspaceStrategy } from './workspace.ts';

export interface HostOutcome {
  readonly exit: Exit;
  readonly cut?: Cut;
  /** The engine went away and took the container with it. */
  readonly isLost?: boolean;
}

export interface HostEnd extends HostOutcome {
  readonly host: string;
  readonly outputs: Outputs;
}

/** What a host needs from its start to its end, whichever process sees to it. */
export interface HostWatch {
  readonly engine: Engine;
  readonly log: LogFile;
  readonly stops: StopSignals;
  /** Seconds left of the job's time. */
  readonly remaining: () => number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly grace: number;
  /** How long the engine may be away, and who is told. */
  readonly steady: Omit<SteadyOptions, 'signal'>;
  /** Called when SIGTERM goes out. */
  readonly onCut: (cut: Cut) => void;
  /** Called when somebody else has ended the container through the engine, or the engine itself. */
  readonly onEndedByOthers: () => void;
}

export interface HostRun extends HostWatch {
  /** Image id. */
  readonly image: string;
  readonly strategy: WorkspaceStrategy;
  readonly method: StagingMethod;
  readonly staging: Staging;
  /** Called when the container is about to start. */
  readonly onStarting: () => void;
}

/**
 * One host from its tree to its results. What it creates in the engine belongs to the scope of `run.staging`, which the caller disposes
 * when it has what it needs. Errors of the engine are thrown; an image that cannot run is an outcome.
 */
export async function runHost(plan: HostPlan, run: HostRun): Promise<HostEnd> {
  const workspace = await openWorkspace(run.strategy, plan, run.staging, run.method);
  throwIfStopped(run.stops);
  const container = await run.engine.containers.create(containerSpec(plan, run.image, workspace));
  run.staging.scope.defer(() => container.remove());
  await workspace.fill(container);
  throwIfStopped(run.stops);
  run.log.begin(container.id);
  const attachment = await container.attach(({ stream, bytes }) => run.log.append(stream, bytes));
  let outcome: HostOutcome;
  try {
    // A program that gets SIGTERM before it listens for it would have all its grace.
    throwIfStopped(run.stops);
    run.onStarting();
    const started = await container.start();
    outcome = await settled(started, await untilEnd(started, attachment, undefined, run), run);
  } catch (error) {
    attachment.close();
    const unstartable = notStartable(error, run.log);
    if (!unstartable) throw error;
    outcome = unstartable;
  }
  return { host: plan.host, ...outcome, outputs: await workspace.collect(container) };
}

export interface HostRejoin extends HostWatch {
  readonly host: string;
  readonly strategy: WorkspaceStrategy;
  readonly scratch: string;
  /** When SIGTERM went out already. */
  readonly cut: { readonly cause: Cut; readonly secondsAgo: number } | undefined;
}

/** A host whose container another process has filled: the rest of its output, its end, its results. Errors: ContainerGone. */
export async function rejoinHost(id: string, run: HostRejoin): Promise<HostEnd> {
  const { containers } = run.engine;
  let outcome: HostOutcome;
  try {
    const started = await containers.ensureStarted(id);
    if (!started) throw fail('ContainerGone', { id });
    outcome = await settled(started, await untilEnd(started, undefined, run.cut, run), run);
  } catch (error) {
    const unstartable = notStartable(error, run.log);
    if (!unstartable) throw error;
    outcome = unstartable;
  }
  const container = await containers.open(id);
  if (!container) throw fail('ContainerGone', { id });
  const workspace = reopenWorkspace(run.strategy, run.host, run.scratch);
  return { host: run.host, ...outcome, outputs: await workspace.collect(container) };
}

async function untilEnd(
  container: StartedContainer,
  attachment: Attachment | undefined,
  cut: HostRejoin['cut'],
  { engine, log, stops, remaining, grace, steady, onCut }: HostWatch,
): Promise<HostOutcome> {
  const options = { ...steady, ...(stops.leave && { signal: stops.leave }) };
  const ended = untilEnded(engine, container, attachment, log, options);
  ended.catch(() => {}); // awaited below, but perhaps not yet
  if (cut) {
    // One that ended by itself before anybody could look has ended by the signal too.
    const rest = Math.max(0, grace - cut.secondsAgo);
    const ending = await endContainer(engine, container, ended, { ...options, grace: rest, hard: stops.kill });
    return { ...outcomeOf(ending), cut: cut.cause };
  }
  const stop = onAbort(stops.stop, 'StopRequested' as const);
  const limit = after(remaining(), 'MaxRuntimeExceeded' as const);
  try {
    const first = await Promise.race([ended, stop.aborted, limit.elapsed]);
    if (typeof first !== 'string') return outcomeOf(first);
    onCut(first);
    const ending = await endContainer(engine, container, ended, { ...options, grace, hard: stops.kill });
    return { ...outcomeOf(ending), cut: first };
  } finally {
    stop.release();
    limit.release();
  }
}

/**
 * An engine that is told to end may end its containers before it stops answering; then their exit codes, also a good one after SIGTERM, say
 * nothing of the program. Nobody of ours sends signals but to cut.
 */
async function settled(
  container: StartedContainer,
  outcome: HostOutcome,
  { engine, steady, stops, onEndedByOthers }: HostWatch,
): Promise<HostOutcome> {
  if (outcome.cut || outcome.isLost || (await engine.describe()).keepsContainers) return outcome;
  try {
    if (!(await container.wasSignalled())) return outcome;
    onEndedByOthers();
    return { ...outcome, isLost: true };
  } catch (error) {
    if (!isError(error, 'EngineUnreachable')) throw error;
    steady.onEngine?.('away');
    await untilBack(engine, { ...steady, ...(stops.leave && { signal: stops.leave }) });
    steady.onEngine?.('back');
    return { ...outcome, isLost: true };
  }
}

const outcomeOf = ({ code, oomKilled, isLost }: Ending): HostOutcome => ({ exit: { code, oomKilled }, ...(isLost && { isLost }) });

/** An image without a runnable program: the engine's own sentence goes into the job's log, as in the cloud, and the exit code is a shell's. */
function notStartable(error: unknown, log: LogFile): HostOutcome | undefined {
  if (!isError(error, 'NotStartable')) return undefined;
  log.append('stderr', Buffer.from(`${error.message}\n`));
  return { exit: { code: /permission denied/.test(error.message) ? 126 : 127, oomKilled: false } };
}

/** The engine's view of a planned host. */
const containerSpec = (plan: HostPlan, image: string, workspace: Workspace): ContainerSpec => ({
  image,
  ...(plan.entrypoint && { entrypoint: plan.entrypoint }),
  command: plan.command,
  environment: plan.environment,
  hostname: plan.hostname,
  labels: plan.labels,
  mounts: workspace.mounts,
  network: 'bridge',
  extraHosts: plan.extraHosts,
  shmSize: plan.shmSize,
  ...(plan.gpus !== undefined && { gpus: plan.gpus, ulimits: gpuLimits }),
});

/** Source: contract §1.2; what NVIDIA's own images ask for. */
const gpuLimits = [
  { name: 'memlock', soft: -1, hard: -1 },
  { name: 'stack', soft: 67_108_864, hard: 67_108_864 },
] as const;
