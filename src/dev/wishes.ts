import { onAbort } from '../stop.ts';

/**
 * What a person asks for while something goes on: by a change of files, or by a key. Only the latest counts, since each is for how things are
 * when it is carried out.
 */
export class Wishes<Wish> {
  #waiting: { readonly wish: Wish } | undefined;
  #arrival = new AbortController();

  /** Aborts as soon as there is one that `next` has not handed out; another signal after each `next`. */
  get arrived(): AbortSignal {
    return this.#arrival.signal;
  }

  put(wish: Wish): void {
    this.#waiting = { wish };
    this.#arrival.abort();
  }

  /** The latest, when there is one. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<Wish> {
    const stopped = onAbort(signal, undefined);
    const arrived = onAbort(this.#arrival.signal, undefined);
    await Promise.race([stopped.aborted, arrived.aborted]);
    stopped.release();
    arrived.release();
    signal.throwIfAborted();
    const { wish } = this.#waiting as { readonly wish: Wish };
    this.#waiting = undefined;
    this.#arrival = new AbortController();
    return wish;
  }
}
