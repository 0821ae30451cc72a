import type { Seconds } from '../engine/engine.ts';
import { machineTime } from '../timekeeper.ts';
import type { ServingContainer } from './serving-container.ts';

/** Why nobody waits for a container any longer. */
export type CutCause = 'exited' | 'stopped' | 'late';

/** Aborts with the first of: the container's end, a stop, the time running out, as `time` counts it. */
export function firstCut(
  container: ServingContainer,
  stop: AbortSignal,
  seconds?: Seconds,
  time = machineTime,
): Disposable & { signal: AbortSignal; cause: CutCause } {
  const cut = new AbortController();
  const stopped = (): void => cut.abort('stopped');
  const exited = (): void => cut.abort('exited');
  const timer = seconds === undefined ? undefined : time.after(seconds, () => cut.abort('late'));
  if (stop.aborted) stopped();
  else stop.addEventListener('abort', stopped, { once: true });
  container.exited.then(exited, exited);
  return {
    signal: cut.signal,
    get cause() {
      return cut.signal.reason as CutCause;
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      stop.removeEventListener('abort', stopped);
    },
  };
}
