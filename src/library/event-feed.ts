import { isError } from '../errors.ts';
import { codeOf } from '../store/disk-trouble.ts';
import type { LogFile, LogStream } from '../store/log-file.ts';

/** A line of a container. */
export interface LogEvent {
  readonly event: 'log';
  /** The host of a job, the instance of an endpoint. */
  readonly source: string;
  readonly stream: LogStream;
  readonly message: string;
}

/** What was told, and when. */
export type Told<E> = E & { readonly time: Date };

export interface ReadOptions {
  /** Ends the reading; what is read of goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Everything that is told of something that runs, for any number of readers, each at its own pace and from the first event on. Events are
 * few and are kept, the last ten thousand of them; lines of containers stay in their files until somebody reads them, so that a reader who is slow, or absent, holds up
 * nothing and costs nothing.
 */
export class EventFeed<E extends { readonly event: string }> {
  #entries: (Told<E> | Log)[] = [];
  readonly #logs: { readonly source: string; readonly path: string }[] = [];
  /** How many were told before the first of those that are kept. */
  #dropped = 0;
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  event(event: E): void {
    this.#add({ ...event, time: new Date() });
  }

  /** Its lines, from position `from` on, are part of what is told. */
  log(source: string, file: LogFile, from = 0): void {
    this.#logs.push({ source, path: file.path });
    this.#add({ source, file, from });
  }

  /** Nothing more will be told but the rest of the logs. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** The logs there have been so far, in the order of their beginnings. */
  get logs(): readonly { readonly source: string; readonly path: string }[] {
    return this.#logs;
  }

  /**
   * All events from the first one on, with the lines of logs that are still there; an event named `result` comes after every line. Ends when nothing more follows, or with the signal.
   * Errors: DiskTrouble.
   */
  async *read({ signal }: ReadOptions = {}): AsyncGenerator<Told<E | LogEvent>, void> {
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const lane = new Lane<Told<E | LogEvent>>(over.signal);
    const lines: Promise<void>[] = [];
    const pumped = this.#pump(lane, lines, over.signal).then(
      () => lane.end(),
      (error: unknown) => lane.end(error),
    );
    try {
      yield* lane.items();
    } finally {
      signal?.removeEventListener('abort', stop);
      over.abort();
      await pumped;
    }
  }

  async #pump(lane: Lane<Told<E | LogEvent>>, lines: Promise<void>[], signal: AbortSignal): Promise<void> {
    for (let next = 0; !signal.aborted; next += 1) {
      while (next >= this.#dropped + this.#entries.length && !this.#isOver && !signal.aborted) await this.#change(signal);
      next = Math.max(next, this.#dropped);
      const entry = this.#entries[next - this.#dropped];
      if (entry === undefined) break;
      if ('file' in entry) {
        const pumped = pumpLines(entry, lane, signal);
        pumped.catch((error: unknown) => lane.end(error)); // the reader hears of it now, and not at the end of all
        lines.push(pumped);
      } else {
        if (entry.event === 'result') await Promise.all(lines);
        await lane.put(entry);
      }
    }
    await Promise.all(lines);
  }

  #add(entry: Told<E> | Log): void {
    this.#entries.push(entry);
    if (this.#entries.length > mostKept + mostKept / 10) {
      this.#dropped += this.#entries.length - mostKept;
      this.#entries = this.#entries.slice(-mostKept);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#waiting.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      this.#waiting.add(settle);
      signal.addEventListener('abort', settle, { once: true });
    });
  }
}

/** Events; with some more, which go together. */
const mostKept = 10_000;

interface Log {
  readonly source: string;
  readonly file: LogFile;
  readonly from: number;
}

async function pumpLines({ source, file, from }: Log, lane: Taker<Told<LogEvent>>, signal: AbortSignal): Promise<void> {
  try {
    for await (const { time, stream, message } of file.follow(from, signal)) {
      await lane.put({ time: new Date(time), event: 'log', source, stream, message });
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether what could not be read is not there any more: the log of what was ephemeral, and has been disposed. */
export const isGone = (error: unknown): boolean => isError(error, 'DiskTrouble') && codeOf(error.cause) === 'ENOENT';

interface Taker<T> {
  put(item: T): Promise<void>;
}

/** What several writers hand to one reader, who keeps them waiting when there is much. */
class Lane<T> {
  readonly #signal: AbortSignal;
  #items: T[] = [];
  #isOver = false;
  #failure: unknown;
  #reader: (() => void) | undefined;
  #writers: (() => void)[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  async put(item: T): Promise<void> {
    this.#items.push(item);
    this.#reader?.();
    if (this.#items.length < roomFor || this.#signal.aborted) return;
    await new Promise<void>((resolve) => this.#writers.push(resolve));
  }

  end(failure?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#reader?.();
  }

  async *items(): AsyncGenerator<T, void> {
    for (;;) {
      const taken = this.#items;
      this.#items = [];
      this.#wake();
      for (const item of taken) {
        if (this.#signal.aborted) return;
        yield item;
      }
      if (this.#items.length > 0) continue;
      if (this.#signal.aborted) return;
      if (this.#isOver) {
        if (this.#failure !== undefined) throw this.#failure;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#reader = resolve;
      });
    }
  }

  #wake(): void {
    for (const writer of this.#writers.splice(0)) writer();
    if (this.#signal.aborted) this.#reader?.();
  }
}

/** Lines that are read ahead of the reader. */
const roomFor = 1000;
