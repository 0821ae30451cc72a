import type { BuildEvent } from '../progress.ts';
import type { Io } from './io.ts';

/** Stands before whatever shows a build to people: the steps that were there already come to one line. */
export interface CachedSteps {
  step(event: BuildEvent): void;
  /** Shows what is held back; for all that is shown besides, and for the end. */
  flush(): void;
}

/** `show`: of a step, or of what its command prints; `say`: a line of our own. With --verbose each step is shown. */
export function foldCachedSteps(io: Io, show: (event: BuildEvent) => void, say: (text: string) => void): CachedSteps {
  if (io.level === 'verbose') return { step: show, flush() {} };
  /** Has begun, and may be found to be there already. */
  let held: BuildEvent | undefined;
  let timer: NodeJS.Timeout | undefined;
  let cached = 0;
  const flush = (): void => {
    clearTimeout(timer);
    if (cached > 0) say(cached === 1 ? '1 step was cached' : `${cached} steps were cached`);
    cached = 0;
    const begun = held;
    held = undefined;
    if (begun) show(begun);
  };
  return {
    step(event) {
      if (event.state === 'cached' && held?.step === event.step) {
        clearTimeout(timer);
        held = undefined;
        cached += 1;
        return;
      }
      if (held || event.state !== 'begun') flush();
      if (event.state !== 'begun') return show(event);
      held = event;
      timer = setTimeout(flush, patience).unref();
    },
    flush,
  };
}

/** Milliseconds in which a builder finds a step in its cache; one that takes longer is shown, as somebody waits for it. */
const patience = 300;
