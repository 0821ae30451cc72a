import { statfsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { removeTree } from './temporary.ts';

export interface JanitorOptions {
  /** Told of a directory that is still there, once; what a process leaves, the next one removes. */
  readonly onTrouble: (error: unknown) => void;
  /** Milliseconds after which a directory is removed whatever jobs run; 5000 by default. */
  readonly patience?: number;
  /** Bytes that must be free on its disk for a directory to wait at all; 10 GiB by default. */
  readonly room?: number;
}

interface Discarded {
  readonly path: string;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/**
 * Removes directories that nobody needs any more while no job runs: who waits for a job does not wait for the removal of what it had on the disk,
 * which is a fifth of what the main thread does for a job whose program does nothing.
 */
export class Janitor implements AsyncDisposable {
  readonly #onTrouble: (error: unknown) => void;
  readonly #patience: number;
  readonly #room: number;
  readonly #waiting: Discarded[] = [];
  readonly #idle: (() => void)[] = [];
  #busy = 0;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;
  #removing: Promise<void> | undefined;

  constructor({ onTrouble, patience = 5000, room = 10 * 1024 ** 3 }: JanitorOptions) {
    this.#onTrouble = onTrouble;
    this.#patience = patience;
    this.#room = room;
  }

  /** While such work goes on, what is discarded waits. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#look();
    }
  }

  /** Removes a directory some time, when this is disposed at the latest. */
  discard(path: string): void {
    this.#waiting.push({ path, since: isRoomy(path, this.#room) ? performance.now() : Number.NEGATIVE_INFINITY });
    this.#look();
  }

  /** Settles when nothing waits any more. */
  async settled(): Promise<void> {
    if (this.#waiting.length > 0 || this.#removing) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** What waits is removed now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#look();
    await this.settled();
  }

  #look(): void {
    if (this.#removing || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    const due = this.#due();
    if (due > 0) this.#timer = setTimeout(() => this.#look(), due).unref();
    else this.#removing = this.#removeAll().finally(() => this.#rest());
  }

  #rest(): void {
    this.#removing = undefined;
    if (this.#waiting.length === 0) for (const tell of this.#idle.splice(0)) tell();
    this.#look();
  }

  /** Milliseconds until one of those that wait is to go. */
  #due(): number {
    if (this.#busy === 0 || this.#isEnding) return 0;
    return Math.min(...this.#waiting.map(({ since }) => since)) + this.#patience - performance.now();
  }

  async #removeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (!this.#isEnding) await nextTurn(); // whoever has waited for the job goes first
      if (this.#due() > 0) return;
      const path = this.#waiting.shift()?.path ?? '';
      await removeTree(path)
        .catch((error: unknown) => this.#onTrouble(error))
        .catch(() => {}); // the others go all the same
    }
  }
}

/** Whether nobody will miss for some seconds what the directory takes of its disk. */
function isRoomy(path: string, room: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= room;
  } catch {
    return false; // then it goes, or its removal says why not
  }
}
