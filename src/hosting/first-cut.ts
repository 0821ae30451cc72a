import type { Seconds } from '../engine/engine.ts';
import type { ServingContainer } from './serving-container.ts';

/** Why nobody waits for a container any longer. */
export type CutCause = 'exited' | 'stopped' | 'late';

/** Aborts with the first of: the container's end, a stop, the time running out. */
export function firstCut(
  container: ServingContainer,
  stop: AbortSignal,
  seconds?: Seconds,
): Disposable & { signal: AbortSignal; cause: CutCause } {
  const cut = new AbortController();
  const stopped = (): void => cut.abort('stopped');
  const exited = (): void => cut.abort('exited');
  const timer = seconds === undefined ? undefined : setTimeout(() => cut.abort('late'), seconds * 1000);
  if (stop.aborted) stopped();
  else stop.addEventListener('abort', stopped, { once: true });
  container.exited.then(exited, exited);
  return {
    signal: cut.signal,
    get cause() {
      return cut.signal.reason as CutCause;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      stop.removeEventListener('abort', stopped);
    },
  };
}
