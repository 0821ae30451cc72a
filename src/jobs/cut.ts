import { after, onAbort } from '../stop.ts';
import type { Timekeeper } from '../timekeeper.ts';

/** Why hosts are ended from outside. `HostFailed`: another one failed, and the job with it; `Interrupted`: as spot instances are. */
export type Cut = 'StopRequested' | 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded' | 'Interrupted' | 'HostFailed';

export interface CutOptions {
  /** How many hosts there are. */
  readonly hosts: number;
  readonly stop: AbortSignal;
  /** What cuts the hosts by itself, and the seconds after which it does. */
  readonly clocks: () => readonly Clock[];
  /** By which these are measured; the machine's by default. */
  readonly time?: Timekeeper | undefined;
  /** From SIGTERM to SIGKILL. */
  readonly grace: number;
  /** When SIGTERM went out already. */
  readonly begun?: { readonly cause: Cut; readonly secondsAgo: number } | undefined;
  /** Told once, when SIGTERM goes out. */
  readonly onCut: (cause: Cut) => void;
}

export interface Clock {
  readonly cause: Cut;
  readonly seconds: number;
}

/** The cut that all hosts of a job share: stops, limits and failures race, and the first cause is the reason. */
export class SharedCut implements Disposable {
  /** Settles with the cause when the hosts are to be ended. */
  readonly made: Promise<Cut>;
  /** Seconds from SIGTERM to SIGKILL that are left when it is made. */
  readonly grace: number;
  readonly #options: CutOptions;
  readonly #make: (cause: Cut) => void;
  readonly #releases: (() => void)[] = [];
  #running: number;

  constructor(options: CutOptions) {
    const { hosts, grace, begun, onCut } = options;
    this.#options = options;
    this.#running = hosts;
    // Containers that ended by themselves before anybody could look have ended by the signal too.
    this.grace = begun ? Math.max(0, grace - begun.secondsAgo) : grace;
    let isMade = false;
    let settle: (cause: Cut) => void = () => {};
    this.made = new Promise((resolve) => {
      settle = resolve;
    });
    this.#make = (cause) => {
      if (isMade) return;
      isMade = true;
      if (!begun) onCut(cause);
      settle(cause);
    };
  }

  /** The hosts run from now on. A stop that comes before that ends their preparation, and cuts nothing. */
  watch(): void {
    const { begun, stop, clocks, time } = this.#options;
    if (begun) this.#make(begun.cause);
    else {
      const asked = onAbort(stop, 'StopRequested' as const);
      this.#releases.push(asked.release);
      void asked.aborted.then(this.#make);
      for (const { cause, seconds } of clocks()) {
        const clock = after(seconds, cause, time);
        this.#releases.push(clock.release);
        void clock.elapsed.then(this.#make);
      }
    }
  }

  /** When one has failed, those that still run are ended too. */
  hostEnded(hasFailed: boolean): void {
    this.#running -= 1;
    if (hasFailed && this.#running > 0) this.#make('HostFailed');
  }

  [Symbol.dispose](): void {
    for (const release of this.#releases) release();
  }
}
