import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { platformUserAgent } from '../contract/serving.ts';
import type { Seconds } from '../engine/engine.ts';
import { machineTime, type Timekeeper } from '../timekeeper.ts';
import { elapsed } from '../units.ts';

/** Where a server in a container can be reached from here. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The status of the answer, or why there was none. */
export type Ping = { readonly status: number } | { readonly status: undefined; readonly why: string };

/** Pings at once and again until the first 200: true. False when `signal` aborts before. Tells what each answer lacks. */
export async function untilHealthy(
  address: Address,
  timeout: Seconds,
  signal: AbortSignal,
  onUnhealthy: (why: string) => void = () => {},
  time: Timekeeper = machineTime,
): Promise<boolean> {
  for (let wait = firstWait; !signal.aborted; wait = Math.min(wait * 2, longestWait)) {
    const answer = await ping(address, timeout, signal, time);
    if (isHealthy(answer)) return true;
    if (!signal.aborted) onUnhealthy(whyUnhealthy(answer));
    await pause(wait, signal);
  }
  return false;
}

/**
 * Pings every `interval` until six fail in a row: why the last one did; tells each that succeeds. Undefined when `signal` aborts before. While
 * time is held none counts as failed: a proxy in the container may answer in place of a server that is halted.
 */
export async function untilUnhealthy(
  address: Address,
  { interval, timeout }: { readonly interval: Seconds; readonly timeout: Seconds },
  signal: AbortSignal,
  onHealthy: () => void = () => {},
  time: Timekeeper = machineTime,
): Promise<string | undefined> {
  for (let failures = 0; ; ) {
    await pause(interval * 1000, signal);
    const answer = await ping(address, timeout, signal, time);
    if (signal.aborted) return undefined;
    if (isHealthy(answer)) onHealthy();
    failures = isHealthy(answer) || time.isHeld ? 0 : failures + 1;
    if (failures === failuresUntilUnhealthy) return whyUnhealthy(answer);
  }
}

/**
 * One GET /ping on a connection of its own: those of the upstream pool may all be busy with invocations, which must not make a container
 * look dead. Never global fetch, which on Node 20 does not settle when a port proxy accepts and drops the connection.
 */
export function ping({ host, port }: Address, timeout: Seconds, signal?: AbortSignal, time: Timekeeper = machineTime): Promise<Ping> {
  if (signal?.aborted) return Promise.resolve({ status: undefined, why: 'cancelled' });
  return new Promise((resolve) => {
    const request = http.request({ host, port, path: '/ping', agent: false, headers: { 'User-Agent': platformUserAgent } });
    const giveUp = (why: string): void => {
      resolve({ status: undefined, why });
      request.destroy();
    };
    const cancel = (): void => giveUp('cancelled');
    const timer = time.after(timeout, () => giveUp(`no answer within ${elapsed(timeout)}`));
    signal?.addEventListener('abort', cancel);
    request.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0 });
      response.on('error', () => {}).resume(); // the body does not count, but a server should be able to write it
    });
    request.on('error', (error) => giveUp(error.message));
    request.on('close', () => {
      timer[Symbol.dispose]();
      signal?.removeEventListener('abort', cancel);
      giveUp('the connection was closed');
    });
    request.end();
  });
}

/** Milliseconds between pings of a container that starts. The cloud waits 5 s; here nobody should wait for a server that is ready. */
const firstWait = 5;
const longestWait = 50;

/** Half a minute at the cloud's interval. Inferred: AWS says "consistently" (contract hosting §5.1). */
const failuresUntilUnhealthy = 6;

const whyUnhealthy = (answer: Ping): string => (answer.status === undefined ? answer.why : `status ${answer.status}`);

/** Any other status is a failure. Source: contract hosting §5.1. */
export const isHealthy = (answer: Ping): boolean => answer.status === 200;

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> => sleep(milliseconds, undefined, { signal }).catch(() => {});
