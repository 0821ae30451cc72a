import { type HostEnd, type HostRun, prepareHost } from './host.ts';
import type { HostPlan } from './plan.ts';

/** How the hosts of a job are run. */
export interface HostRuns extends Disposable {
  of(plan: HostPlan): HostRun;
  /** Aborts when none is to be started any more. */
  readonly signal: AbortSignal;
  /** Told when all are ready and about to start. */
  onStarting(): void;
}

/**
 * Runs all hosts of a job from their trees to their results, in the order of the plan. They start together, when all are ready. The first one
 * that fails cuts the others; one that has done its part waits for the rest. `givenUp`: aborts when a host has met with trouble that ends the
 * job. Errors: trouble of the engine and the disk, once nobody watches a host any more; what they have in the engine is the caller's to remove.
 */
export async function runHosts(hosts: readonly HostPlan[], run: (givenUp: AbortSignal) => HostRuns): Promise<readonly HostEnd[]> {
  return await together(async (all, givenUp) => {
    using runs = run(givenUp);
    const ready = await all(hosts.map((plan) => prepareHost(plan, runs.of(plan))));
    // A program that gets SIGTERM before it listens for it would have all its grace.
    runs.signal.throwIfAborted();
    runs.onStarting();
    return await all(ready.map((host) => host.run()));
  });
}

/** Waits for several at once; the first that rejects aborts the signal, and when all have settled its error is thrown. */
export async function together<T>(
  work: (all: <U>(promises: readonly Promise<U>[]) => Promise<U[]>, givenUp: AbortSignal) => Promise<T>,
): Promise<T> {
  const givenUp = new AbortController();
  const all = async <U>(promises: readonly Promise<U>[]): Promise<U[]> => {
    for (const promise of promises) promise.catch((error) => givenUp.abort(error));
    await Promise.allSettled(promises);
    givenUp.signal.throwIfAborted();
    return await Promise.all(promises);
  };
  return await work(all, givenUp.signal);
}
