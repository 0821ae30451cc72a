import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets so many work at once, first come, first served. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

let latest: Promise<void> = Promise.resolve();

/**
 * Each caller goes on in a turn of the event loop of its own, first come, first served: of many that begin at once the first has come to where it
 * waits for something else before the last begins.
 */
export function ownTurn(): Promise<void> {
  latest = latest.then(() => nextTurn());
  return latest;
}
