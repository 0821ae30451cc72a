/** What may be held of captured invocations, those under way and those not yet written. */
export class CaptureMemory {
  readonly #limit: number;
  #held = 0;

  /** `limit`: bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False, and nothing is taken, where it would be too much. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Bytes that a call and a chunk cost besides their data: many small ones must not pass the limit unseen. Measured: 900 and 110. */
export const callCost = 1024;
export const chunkCost = 128;
