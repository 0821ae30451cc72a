import { setMaxListeners } from 'node:events';
import type { Seconds } from '../../engine/engine.ts';
import { isAccepted, type Reply } from './http-call.ts';

/** How many requests are sent at the same time where a check puts load on a server. */
export const concurrency = 8;

export interface Load {
  /** At the same time. */
  readonly width: number;
  /** No more than that in all. */
  readonly count: number;
  /** After that no more are begun. */
  readonly duration: Seconds;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** Sends one. */
  readonly send: (signal: AbortSignal) => Promise<Reply>;
  /** Told after each; what it returns is waited for before the next of its kind. */
  readonly onReply?: (done: number) => Promise<void> | void;
}

export interface Borne {
  /** Those that were answered or given up. */
  readonly replies: number;
  /** Those that were not answered with 200 to 299. */
  readonly failures: readonly Reply[];
  readonly worst: Seconds;
  readonly took: Seconds;
}

/** Sends requests side by side until there have been enough of them, or it has lasted long enough. An abort ends it without an error. */
export async function underLoad({ width, count, duration, signal, send, onReply }: Load): Promise<Borne> {
  setMaxListeners(0, signal); // each request under way listens
  const since = performance.now();
  const seconds = (): Seconds => (performance.now() - since) / 1000;
  const failures: Reply[] = [];
  let begun = 0;
  let done = 0;
  let worst = 0;
  const one = async (): Promise<void> => {
    while (begun < count && seconds() < duration && !signal.aborted) {
      begun += 1;
      const reply = await send(signal);
      done += 1;
      worst = Math.max(worst, reply.took);
      if (!isAccepted(reply)) failures.push(reply);
      await onReply?.(done);
    }
  };
  const all = await Promise.allSettled(Array.from({ length: width }, one));
  const [failed] = all.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (failed !== undefined && !signal.aborted) throw failed;
  return { replies: done, failures, worst, took: seconds() };
}
