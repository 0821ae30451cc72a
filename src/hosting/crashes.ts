import type { Exit } from '../engine/engine.ts';

/** How often a container has ended while it was started. */
export class Crashes {
  total = 0;
  /** With the code of the latest. */
  inARow = 0;
  #code: number | undefined;

  add(exit: Exit | undefined): number {
    this.inARow = exit?.code === this.#code ? this.inARow + 1 : 1;
    this.#code = exit?.code;
    this.total += 1;
    return this.inARow;
  }
}
