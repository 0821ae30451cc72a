import { onAbort } from '../stop.ts';

/** What a person asks for while something goes on, by a change of files or by a key. One waits at a time. */
export class Wishes<Wish> {
  readonly #join: (waiting: Wish, wish: Wish) => Wish;
  #waiting: { readonly wish: Wish } | undefined;
  #arrival = new AbortController();

  /** `join`: what becomes of one that waits when another comes; the later one counts by default. */
  constructor(join: (waiting: Wish, wish: Wish) => Wish = (_waiting, wish) => wish) {
    this.#join = join;
  }

  /** Aborts as soon as there is one that `next` has not handed out; another signal after each `next`. */
  get arrived(): AbortSignal {
    return this.#arrival.signal;
  }

  put(wish: Wish): void {
    this.#waiting = { wish: this.#waiting ? this.#join(this.#waiting.wish, wish) : wish };
    this.#arrival.abort();
  }

  /** The one that waits, when there is one. Rejects with the signal's reason. */
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
