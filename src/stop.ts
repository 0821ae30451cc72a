import { setMaxListeners } from 'node:events';
import { machineTime } from './timekeeper.ts';

/** How a run is ended from outside: politely first (SIGTERM and the grace), then at once. */
export interface StopSignals {
  /** Aborts when the run shall stop: SIGTERM, the grace, SIGKILL. */
  readonly stop: AbortSignal;
  /** Aborts when the grace is cut short: SIGKILL now. */
  readonly kill: AbortSignal;
  /** Aborts when this process goes and leaves what still runs to the next one that adopts it. */
  readonly leave?: AbortSignal;
}

/** Throws the reason when nothing more is to be begun. */
export function throwIfStopped({ stop, leave }: StopSignals): void {
  leave?.throwIfAborted();
  stop.throwIfAborted();
}

/** Signals that never come, for callers that stop nothing; any number of things may listen at once. */
export const neverStopped: StopSignals = { stop: new AbortController().signal, kill: new AbortController().signal };
setMaxListeners(0, neverStopped.stop, neverStopped.kill);

/** Hands an abort on, and its reason. `AbortSignal.any` would keep long-lived signals growing. Returns what ends that. */
export function relay(from: AbortSignal, to: AbortController): () => void {
  const abort = (): void => to.abort(from.reason);
  if (from.aborted) abort();
  else from.addEventListener('abort', abort, { once: true });
  return () => from.removeEventListener('abort', abort);
}

/** Resolves when `signal` aborts, with `value`; `release` forgets the listener, so that long-lived signals do not collect them. */
export function onAbort<T>(signal: AbortSignal, value: T): { readonly aborted: Promise<T>; readonly release: () => void } {
  let listener = (): void => {};
  const aborted = new Promise<T>((resolve) => {
    listener = () => resolve(value);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  return { aborted, release: () => signal.removeEventListener('abort', listener) };
}

/** Resolves after `seconds` of `time` with `value`. Longer than a timer of Node can count (24.8 days) means never. */
export function after<T>(seconds: number, value: T, time = machineTime): { readonly elapsed: Promise<T>; readonly release: () => void } {
  let timer: Disposable | undefined;
  const elapsed = new Promise<T>((resolve) => {
    timer = time.after(seconds, () => resolve(value));
  });
  return { elapsed, release: () => timer?.[Symbol.dispose]() };
}

/** Aborts with the first of them that does, until it is disposed; `release` forgets one of them. */
export function eitherOf(
  ...signals: readonly (AbortSignal | undefined)[]
): Disposable & { readonly signal: AbortSignal; release(of: AbortSignal): void } {
  const own = new AbortController();
  const releases = new Map(signals.flatMap((signal) => (signal ? [[signal, relay(signal, own)] as const] : [])));
  return {
    signal: own.signal,
    release: (of) => releases.get(of)?.(),
    [Symbol.dispose]() {
      for (const release of releases.values()) release();
    },
  };
}
