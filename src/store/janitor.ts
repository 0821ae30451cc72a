import { setImmediate as nextTurn } from 'node:timers/promises';
import { removeTree } from './temporary.ts';

interface Refuse {
  readonly path: string;
  /** On the clock of `performance.now()`. */
  readonly since: number;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Removes directories that nobody needs any more while the process has nothing else to do: nobody who waits for a job waits for the removal of
 * what it had on the disk, which is a fifth of what the main thread does for a job whose program does nothing. What a process leaves that dies
 * before, the next one removes.
 */
export class Janitor implements AsyncDisposable {
  /** Milliseconds after which a directory is removed whatever else there is to do, because the disk may be short of room. */
  readonly #patience: number;
  readonly #waiting: Refuse[] = [];
  #busy = 0;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;
  #removing: Promise<void> | undefined;

  constructor(patience = 5000) {
    this.#patience = patience;
  }

  /** While such work goes on, the process is not idle. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#look();
    }
  }

  /** Removes a directory some time, when this is disposed at the latest. `onTrouble`: told why it is still there. */
  remove(path: string, onTrouble: (error: unknown) => void): void {
    this.#waiting.push({ path, since: performance.now(), onTrouble });
    this.#look();
  }

  /** Settles when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#removing) await (this.#removing ?? nextTurn());
  }

  /** What waits is removed now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#look();
    await this.#removing;
  }

  #look(): void {
    if (this.#removing || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    const due = this.#due();
    if (due <= 0) this.#removing = this.#removeAll();
    else this.#timer = setTimeout(() => this.#look(), due).unref();
  }

  /** Milliseconds until the first that waits is to go. */
  #due(): number {
    const [first] = this.#waiting;
    return first && this.#busy > 0 && !this.#isEnding ? first.since + this.#patience - performance.now() : 0;
  }

  async #removeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (!this.#isEnding) await nextTurn(); // whoever has waited for the job goes first
      if (this.#due() > 0) break;
      const { path, onTrouble } = this.#waiting.shift() as Refuse;
      await removeTree(path).catch(onTrouble);
    }
    this.#removing = undefined;
    this.#look();
  }
}
