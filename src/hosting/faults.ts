import type { ServerResponse } from 'node:http';
import { type FaultError, type FaultSettings, type FaultyRequest, faultError, latencyAt, outcomeOf } from '../contract/faults.ts';
import { modelTimedOut, type RuntimeError } from '../contract/runtime-errors.ts';
import { seededNumbers } from '../contract/seeded-order.ts';
import type { Seconds } from '../engine/engine.ts';
import type { RunningInstance } from './running-variant.ts';

/** What is to befall one request. */
export type FaultPlan = AnsweredFault | AskedFault;

/** The container never hears of the request. */
export type AnsweredFault =
  | { readonly kind: 'error'; readonly error: FaultError }
  /** As if the container had not answered within the invocation limit. */
  | { readonly kind: 'timeout' }
  | { readonly kind: 'reset' };

/** The container is asked. */
export interface AskedFault {
  readonly kind: 'ask';
  /** Before it is asked; counts against the limit, as if it were the container that is slow. */
  readonly delay: Seconds;
  /** A response stream ends in StreamBroken after its first part. */
  readonly breaksStream: boolean;
}

export interface FaultOptions {
  /** That of an invocation: a request that would wait as long is a timeout. */
  readonly limit: Seconds;
  /** Numbers from 0 to below 1. Default: from the seed of the settings, or else by chance. */
  readonly random?: () => number;
  /** The instances in rotation, of which one may be killed. */
  readonly serving: () => readonly Pick<RunningInstance, 'kill'>[];
}

/** Decides what befalls each request, and kills instances in their time, until it is disposed. */
export class Faults implements Disposable {
  readonly #settings: FaultSettings;
  readonly #random: () => number;
  readonly #limit: Seconds;
  readonly #kill: () => void;
  readonly #killEvery: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #requests = 0;

  constructor(settings: FaultSettings, { limit, random, serving }: FaultOptions) {
    const { seed, 'kill-instance-every': every } = settings;
    const chance = random ?? (seed === undefined ? Math.random : seededNumbers(seed));
    this.#settings = settings;
    this.#random = chance;
    this.#limit = limit;
    this.#kill = () => {
      const instances = serving();
      void instances[Math.floor(chance() * instances.length)]?.kill();
    };
    this.#killEvery = every && 'requests' in every ? every.requests : Number.POSITIVE_INFINITY;
    if (every && 'seconds' in every) this.#timer = setInterval(this.#kill, Math.min(every.seconds * 1000, longestTimer));
  }

  /** Called once a request, when it is known that an instance would get it. Undefined when all goes as it would go anyway. */
  before(): FaultPlan | undefined {
    this.#requests += 1;
    if (this.#requests % this.#killEvery === 0) this.#kill();
    const outcome = outcomeOf(this.#settings, this.#random());
    const { error, latency } = this.#settings;
    if (outcome === 'error' && error) return { kind: 'error', error: error.kind };
    if (outcome === 'timeout' || outcome === 'reset') return { kind: outcome };
    const breaksStream = outcome === 'stream-break';
    if (!latency && !breaksStream) return undefined;
    const delay = latency ? latencyAt(latency, this.#random()) : 0;
    return delay < this.#limit ? { kind: 'ask', delay, breaksStream } : { kind: 'timeout' };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/**
 * What the client is answered in place of the container, when the time for it has come. `limit`: that of an invocation. Undefined when there
 * is nobody to answer: the connection was reset, or the client has left.
 */
export async function faultAnswer(
  fault: AnsweredFault,
  met: FaultyRequest,
  limit: Seconds,
  response: ServerResponse,
): Promise<RuntimeError | undefined> {
  if (fault.kind === 'error') return faultError(fault.error, met);
  if (fault.kind === 'timeout') {
    response.req.resume(); // a container that hangs has often read its request
    return (await held(response, limit)) ? modelTimedOut(met.place, met.container) : undefined;
  }
  response.socket?.resetAndDestroy();
  return undefined;
}

/** Waits; false as soon as the client has left. */
export function held(response: ServerResponse, time: Seconds): Promise<boolean> {
  return new Promise((resolve) => {
    const left = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const waited = (): void => {
      response.off('close', left);
      resolve(true);
    };
    const timer = setTimeout(waited, Math.min(time * 1000, longestTimer));
    if (response.destroyed) left();
    else response.once('close', left);
  });
}

/** Milliseconds that a timer of Node can count. */
const longestTimer = 2 ** 31 - 1;
