import { setMaxListeners } from 'node:events';
import { keepAlive } from '../contract/warm-pools.ts';
import type { Scope } from '../scope.ts';
import { relay, type StopSignals } from '../stop.ts';
import type { LogFile } from '../store/log-file.ts';
import { instanceMetricsBeside } from '../store/log-names.ts';
import { machineTime, type Timekeeper } from '../timekeeper.ts';
import { type Clock, type Cut, type CutOptions, SharedCut } from './cut.ts';
import type { HostWatch } from './host.ts';
import { maxRuntimeOf } from './plan.ts';
import type { TrainingRecord } from './record.ts';
import type { RunningJob } from './running-job.ts';
import type { TrainingDeps } from './training-deps.ts';

/** What seeing all hosts to their ends takes, whichever process started them. */
export interface HostsWatch extends Disposable {
  of(host: string, log: LogFile): HostWatch;
  /** The containers run from now on, so that stops and limits are for them. */
  running(): void;
  /** Aborts when what is being prepared is not wanted any more. */
  readonly preparation: AbortSignal;
}

export interface HostsWatchOptions {
  readonly hosts: number;
  readonly stops: StopSignals;
  /** Aborts when a host has met with trouble that ends the job. */
  readonly givenUp: AbortSignal;
  /** Owns what runs beside the containers, in this process, which ends with it also when they are left to another one. */
  readonly beside: Scope;
  /** A cut of the process before. */
  readonly begun?: CutOptions['begun'];
}

export function watchHosts(job: RunningJob, deps: TrainingDeps, { hosts, stops, givenUp, beside, begun }: HostsWatchOptions): HostsWatch {
  const { options } = job.record.run;
  const { time = machineTime } = deps;
  const keepsWarm = keepAlive(job.record.request) > 0;
  const onWarning = (message: string): void => job.warn(message);
  const onCut: CutOptions['onCut'] = (cause) => job.cut(cause, options.stopGrace);
  const cut = new SharedCut({
    hosts,
    stop: stops.stop,
    clocks: () => clocksOf(job.record, deps.now(), time),
    time,
    grace: options.stopGrace,
    begun,
    onCut,
  });
  const releases: (() => void)[] = [() => cut[Symbol.dispose]()];
  const firstOf = (...signals: readonly (AbortSignal | undefined)[]): AbortSignal => {
    const first = new AbortController();
    setMaxListeners(0, first.signal); // each host listens
    for (const signal of signals) if (signal) releases.push(relay(signal, first));
    return first.signal;
  };
  const steady: HostWatch['steady'] = {
    patience: deps.patience,
    signal: firstOf(stops.leave, givenUp),
    onEngine: (event) => onWarning(engineNews[event]),
  };
  const kill = firstOf(stops.kill);
  const onEndedByOthers = (): void =>
    job.warn('A container got a signal from the engine, which was stopped perhaps, or from somebody through it.');
  return {
    of: (host, log) => ({
      instance: { name: `${job.record.name}/${host}`, path: instanceMetricsBeside(log.path), now: deps.now },
      keepsWarm,
      engine: deps.engine,
      log,
      objects: deps.objects,
      beside,
      cut,
      kill,
      steady,
      now: deps.now,
      onWarning,
      onEndedByOthers,
    }),
    running: () => cut.watch(),
    preparation: firstOf(stops.leave, stops.stop, givenUp),
    [Symbol.dispose]: () => {
      for (const release of releases) release();
    },
  };
}

/**
 * The limits of a job, over all its attempts, and the interruption of this attempt. That the time of a spot job is that of all attempts too is
 * inferred; of one with a RetryStrategy the API Reference says so. What was held of `time` in attempts before
 * does not count against them.
 */
function clocksOf(
  { request, run, creationTime, startTime = '', transitions }: TrainingRecord,
  now: Date,
  time: Timekeeper,
): readonly Clock[] {
  const { MaxWaitTimeInSeconds: wait } = request.StoppingCondition ?? {};
  const { speed = 1, interruptAfter } = run.options;
  const isSpot = request.EnableManagedSpotTraining && wait !== undefined;
  const left = (cause: Cut, since: string | undefined, seconds: number | undefined, held = 0): readonly Clock[] => {
    if (seconds === undefined || since === undefined) return [];
    return [{ cause, seconds: Math.max(0, seconds - (now.getTime() - Date.parse(since)) / 1000 + held) }];
  };
  const training = transitions.findLast(({ status }) => status === 'Training');
  return [
    ...left('MaxRuntimeExceeded', startTime, maxRuntimeOf(request, run.options), time.held),
    ...left('MaxWaitTimeExceeded', creationTime, isSpot ? wait / speed : undefined, time.held),
    ...left('Interrupted', training?.startTime, interruptAfter?.[run.interruptions ?? 0]),
  ];
}

const engineNews = {
  away: 'The container engine has gone away; the job waits for it.',
  back: 'The container engine is back.',
} as const;
