/**
 * By whose clock time limits are measured. Time that is held does not count: no limit passes meanwhile, and when it goes on, each has as much
 * left as it had. So what waits under a limit need not know why nothing passes.
 */
export interface Timekeeper {
  /** Milliseconds that have counted, from some moment on. */
  now(): number;
  /** Time does not count now. */
  readonly isHeld: boolean;
  /** Seconds that did not count until now. */
  readonly held: number;
  /** Calls `run` once, when so many seconds have counted, unless it is disposed before. Longer than a timer of Node can count means never. */
  after(seconds: number, run: () => void): Disposable;
}

/** The same time for something that begins now: what was held before does not concern it. */
export function fromNow(time: Timekeeper): Timekeeper {
  const before = time.held;
  return {
    now: () => time.now(),
    get isHeld() {
      return time.isHeld;
    },
    get held() {
      return time.held - before;
    },
    after: (seconds, run) => time.after(seconds, run),
  };
}

/** The machine's own time, which nothing holds. */
export const machineTime: Timekeeper = {
  now: () => performance.now(),
  isHeld: false,
  held: 0,
  after: (seconds, run) => (seconds * 1000 <= longestTimer ? setTimeout(run, seconds * 1000) : never),
};

/** Time that can be held, by several at once. */
export class PausableTime implements Timekeeper {
  readonly #timers = new Set<PausableTimer>();
  #holds = 0;
  /** Since when it is held. */
  #since = 0;
  /** Milliseconds held before that. */
  #before = 0;

  now(): number {
    return performance.now() - this.held * 1000;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  get held(): number {
    return (this.#before + (this.isHeld ? performance.now() - this.#since : 0)) / 1000;
  }

  after(seconds: number, run: () => void): Disposable {
    const timer = new PausableTimer(seconds * 1000, this, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    if (!this.isHeld) timer.goOn();
    return {
      [Symbol.dispose]: () => {
        timer.pause();
        this.#timers.delete(timer);
      },
    };
  }

  /** Holds it until the last who does so lets go. Letting go twice does nothing more. */
  hold(): Disposable {
    this.#holds += 1;
    if (this.#holds === 1) {
      for (const timer of this.#timers) timer.pause();
      this.#since = performance.now();
    }
    let isLetGo = false;
    return {
      [Symbol.dispose]: () => {
        if (!isLetGo) this.#letGo();
        isLetGo = true;
      },
    };
  }

  #letGo(): void {
    if (this.#holds === 1) this.#before = this.held * 1000;
    this.#holds -= 1;
    if (this.#holds === 0) for (const timer of this.#timers) timer.goOn();
  }
}

class PausableTimer {
  readonly #run: () => void;
  readonly #time: Timekeeper;
  /** Milliseconds, by the time that counts. */
  readonly #at: number;
  #timer: Disposable | undefined;

  constructor(milliseconds: number, time: Timekeeper, run: () => void) {
    this.#run = run;
    this.#time = time;
    this.#at = time.now() + milliseconds;
  }

  goOn(): void {
    this.#timer = machineTime.after(Math.max(0, this.#at - this.#time.now()) / 1000, this.#run);
  }

  pause(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

/** Milliseconds. */
const longestTimer = 2 ** 31 - 1;

const never: Disposable = { [Symbol.dispose]() {} };
