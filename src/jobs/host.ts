import type { ContainerSpec, CreatedContainer, Engine, Exit, StartedContainer } from '../engine/engine.ts';
import { isError } from '../errors.ts';
import type { LogFile } from '../store/log-file.ts';
import type { HostPlan } from './plan.ts';
import type { Staging, StagingMethod } from './staging.ts';
import { after, onAbort, type StopSignals } from './stop.ts';
import { type Outputs, openWorkspace, type Workspace, type WorkspaceStrategy } from './workspace.ts';

/** Why a host was ended from outside; the first cause is the reason. */
export type Cut = 'StopRequested' | 'MaxRuntimeExceeded';

export interface HostOutcome {
  readonly exit: Exit;
  readonly cut?: Cut;
}

export interface HostRun {
  readonly engine: Engine;
  /** Image id. */
  readonly image: string;
  readonly strategy: WorkspaceStrategy;
  readonly method: StagingMethod;
  readonly staging: Staging;
  readonly log: LogFile;
  readonly stops: StopSignals;
  /** Seconds left of the job's time. */
  readonly remaining: () => number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly grace: number;
  /** Called when the container is about to start. */
  readonly onStarting: () => void;
  /** Called when SIGTERM goes out. */
  readonly onCut: (cut: Cut) => void;
}

/**
 * One host from its tree to its results. What it creates in the engine belongs to the scope of `run.staging`, which the caller disposes
 * when it has what it needs. Errors of the engine are thrown; an image that cannot run is an outcome.
 */
export async function runHost(plan: HostPlan, run: HostRun): Promise<HostOutcome & { readonly outputs: Outputs }> {
  const workspace = await openWorkspace(run.strategy, plan, run.staging, run.method);
  const container = await run.engine.containers.create(containerSpec(plan, run.image, workspace));
  run.staging.scope.defer(() => container.remove());
  await workspace.fill(container);
  const outcome = await runContainer(container, run);
  return { ...outcome, outputs: await workspace.collect(container) };
}

async function runContainer(container: CreatedContainer, run: HostRun): Promise<HostOutcome> {
  const attachment = await container.attach(({ stream, bytes }) => run.log.append(stream, bytes));
  run.onStarting();
  let running: StartedContainer;
  try {
    running = await container.start();
  } catch (error) {
    attachment.close();
    const unstartable = notStartable(error, run.log);
    if (unstartable) return unstartable;
    throw error;
  }
  const outcome = await untilEnd(running, run);
  await attachment.ended.catch(() => {}); // the exit is known; output cut off by a vanishing engine is not a failure of the job
  return outcome;
}

async function untilEnd(container: StartedContainer, { stops, remaining, grace, onCut }: HostRun): Promise<HostOutcome> {
  const stop = onAbort(stops.stop, 'StopRequested' as const);
  const limit = after(remaining(), 'MaxRuntimeExceeded' as const);
  try {
    const first = await Promise.race([container.exited, stop.aborted, limit.elapsed]);
    if (typeof first !== 'string') return { exit: first };
    onCut(first);
    return { exit: await end(container, grace, stops.kill), cut: first };
  } finally {
    stop.release();
    limit.release();
  }
}

/** SIGTERM and the grace, cut short when `kill` aborts. */
async function end(container: StartedContainer, grace: number, kill: AbortSignal): Promise<Exit> {
  const killNow = onAbort(kill, undefined);
  void killNow.aborted.then(() => container.kill('SIGKILL')).catch(() => {}); // the stop below reports what the engine has to say
  try {
    return await container.stop(grace);
  } finally {
    killNow.release();
  }
}

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
