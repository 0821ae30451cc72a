import type { BlueGreen, Deployment, Rolling } from '../contract/deployment.ts';
import type { Seconds } from '../engine/engine.ts';
import { orAborted } from '../engine/steady.ts';
import { relay } from '../stop.ts';
import { machineTime, type Timekeeper } from '../timekeeper.ts';
import type { Alarms } from './alarms.ts';
import type { Generation } from './generation.ts';

/** What a deployment does, for whoever looks on. */
export type DeploymentStep =
  | { readonly what: 'shifted'; readonly share: number }
  | { readonly what: 'baking'; readonly seconds: Seconds }
  | { readonly what: 'rolling-back'; readonly why: string }
  /** What has been replaced did not go as it should. */
  | { readonly what: 'trouble'; readonly message: string };

export interface RolloutPlace {
  readonly blue: Generation;
  readonly green: Generation;
  /** Gives the new fleet this share of the traffic. */
  readonly shift: (share: number) => void;
  readonly alarms: Alarms;
  /** Waits are multiplied by this: 1 for the cloud's, less in tests. */
  readonly pace: number;
  /** By which the time for the whole is measured; the machine's by default. */
  readonly time?: Timekeeper | undefined;
  /** Aborts when the endpoint is stopped. */
  readonly signal: AbortSignal;
  readonly onStep: (step: DeploymentStep) => void;
}

/** A guardrail ended the deployment. `message` is fit for a FailureReason. */
export class DeploymentStopped extends Error {}

/**
 * Brings the new fleet up and the traffic over to it, in the steps and with the waits of the deployment; the old one is left without traffic,
 * whole or retired. Errors: LaunchFailed, DeploymentStopped, the signal's reason. Source: developer guide, "Deployment guardrails".
 */
export async function rollOut(deployment: Deployment, place: RolloutPlace): Promise<void> {
  place.signal.throwIfAborted();
  using deadline = linked(place.signal);
  const { timeout } = deployment;
  const late = (): void =>
    deadline.abort(new DeploymentStopped(`The deployment did not end within MaximumExecutionTimeoutInSeconds (${timeout}).`));
  using _limit = timeout === undefined ? undefined : (place.time ?? machineTime).after(timeout * place.pace, late);
  const guarded = { ...place, signal: deadline.signal };
  await orAborted(deployment.kind === 'BlueGreen' ? blueGreen(deployment, guarded) : rolling(deployment, guarded), deadline.signal);
}

async function blueGreen({ shares, bake: seconds, alarms, terminationWait }: BlueGreen, place: RolloutPlace): Promise<void> {
  const { green, shift, onStep } = place;
  await green.grow(1);
  for (const share of shares) {
    place.signal.throwIfAborted();
    shift(share);
    onStep({ what: 'shifted', share });
    await bake(seconds, alarms, place);
  }
  await pause(terminationWait * place.pace, place.signal);
}

/**
 * The old instances of a batch go when the new ones have baked, and have gone before the next batch comes: so there are never more than one
 * batch too many.
 */
async function rolling({ progress, bake: seconds, alarms }: Rolling, place: RolloutPlace): Promise<void> {
  const { blue, green, shift, onStep } = place;
  for (const part of progress) {
    place.signal.throwIfAborted();
    await green.grow(part);
    place.signal.throwIfAborted();
    shift(part);
    onStep({ what: 'shifted', share: part });
    await bake(seconds, alarms, place);
    if (part < 1) await blue.shrink(1 - part);
  }
}

/**
 * The way back after a deployment that failed: the old fleet whole again, and all of the traffic with it. Errors: LaunchFailed, when the old
 * fleet could not be brought back whole; then what there is of it serves.
 */
export async function rollBack(deployment: Deployment, { blue, shift, signal }: Omit<RolloutPlace, 'onStep'>): Promise<void> {
  try {
    if (deployment.kind === 'Rolling') await regrow(deployment, { blue, shift, signal });
  } finally {
    shift(0);
  }
}

async function regrow({ rollback }: Rolling, { blue, shift, signal }: Pick<RolloutPlace, 'blue' | 'shift' | 'signal'>): Promise<void> {
  const before = blue.fleets.reduce((sum, fleet) => sum + fleet.size, 0) / Math.max(1, blue.wanted);
  for (const part of rollback.filter((each) => each > before)) {
    await blue.grow(part);
    signal.throwIfAborted();
    shift(1 - part);
  }
}

/** The baking period: ends at its time, or with an alarm. */
async function bake(seconds: Seconds, names: readonly string[], { alarms, pace, signal, onStep }: RolloutPlace): Promise<void> {
  using ended = linked(signal);
  if (seconds > 0) onStep({ what: 'baking', seconds: seconds * pace });
  const time = pause(seconds * pace, ended.signal);
  time.catch(() => {}); // awaited below, unless there is an alarm
  const alarm = names.length === 0 ? undefined : await Promise.race([alarms.tripped(names, ended.signal), time]);
  if (alarm !== undefined) throw new DeploymentStopped(`The alarm ${alarm} went into the ALARM state while the deployment was baking.`);
  await time;
}

/** A signal of one's own that aborts with another one, and when it is disposed. */
function linked(signal: AbortSignal): Disposable & { readonly signal: AbortSignal; abort(reason: Error): void } {
  const own = new AbortController();
  const unlink = relay(signal, own);
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    [Symbol.dispose]() {
      unlink();
      own.abort();
    },
  };
}

/** Rejects with the reason of `signal`. */
function pause(seconds: Seconds, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve(undefined);
    }, seconds * 1000);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
