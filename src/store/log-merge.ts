import type { LogEvent } from './log-events.ts';
import { LogReader } from './log-reader.ts';
import { LogSearch } from './log-search.ts';
import type { LogStreamSummary } from './log-streams.ts';

export interface StreamEvent extends LogEvent {
  /** The name of its stream. */
  readonly stream: string;
}

/** Negative when `one` comes first: by time, then by stream, then by position. */
export const compareEvents = (one: EventPlace, other: EventPlace): number =>
  one.time - other.time || (one.stream < other.stream ? -1 : one.stream > other.stream ? 1 : one.position - other.position);

export type EventPlace = Pick<StreamEvent, 'time' | 'stream' | 'position'>;

/**
 * The events of several streams in the order of their times, from `since` and before `until`. A stream is opened when it is its turn, so that
 * a group of many jobs takes no more files at once than ran at the same time. Errors: DiskTrouble.
 */
export async function* mergedEvents(streams: readonly LogStreamSummary[], since: number, until: number): AsyncGenerator<StreamEvent, void> {
  const begins = ({ firstEvent = 0 }: LogStreamSummary): number => Math.max(firstEvent, since);
  const waiting = streams
    .filter(({ firstEvent, lastEvent }) => firstEvent !== undefined && firstEvent < until && (lastEvent ?? 0) >= since)
    .sort((one, other) => begins(one) - begins(other));
  const open = new Set<Cursor>();
  try {
    for (;;) {
      let first = firstOf(open);
      for (let next = waiting[0]; next && (!first || begins(next) <= first.head.time); next = waiting[0]) {
        waiting.shift();
        const cursor = await Cursor.open(next, since, until);
        if (cursor) open.add(cursor);
        first = firstOf(open);
      }
      if (!first) return;
      yield first.head;
      if (await first.advance()) continue;
      open.delete(first);
      await first[Symbol.asyncDispose]();
    }
  } finally {
    await Promise.all([...open].map((cursor) => cursor[Symbol.asyncDispose]()));
  }
}

function firstOf(open: ReadonlySet<Cursor>): Cursor | undefined {
  let first: Cursor | undefined;
  for (const cursor of open) if (!first || compareEvents(cursor.head, first.head) < 0) first = cursor;
  return first;
}

/** A place in one stream. */
class Cursor implements AsyncDisposable {
  readonly #stream: string;
  readonly #reader: LogReader;
  readonly #until: number;
  #events: readonly LogEvent[] = [];
  #index = -1;

  private constructor(stream: string, reader: LogReader, until: number) {
    this.#stream = stream;
    this.#reader = reader;
    this.#until = until;
  }

  /** Undefined when it has no event in that time. Errors: DiskTrouble. */
  static async open({ name, path }: LogStreamSummary, since: number, until: number): Promise<Cursor | undefined> {
    const cursor = new Cursor(name, await LogReader.open(path, await positionOf(path, since)), until);
    if (await cursor.advance()) return cursor;
    await cursor[Symbol.asyncDispose]();
    return undefined;
  }

  get head(): StreamEvent {
    const { position = 0, time = 0, message = '' } = this.#events[this.#index] ?? {};
    return { position, time, message, stream: this.#stream };
  }

  /** False when it was the last. Errors: DiskTrouble. */
  async advance(): Promise<boolean> {
    this.#index += 1;
    while (this.#index >= this.#events.length) {
      const lines = await this.#reader.next();
      if (lines.length === 0) return false;
      this.#events = lines.filter(({ time }) => time > 0); // others are not ours
      this.#index = 0;
    }
    return this.head.time < this.#until;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }
}

async function positionOf(path: string, since: number): Promise<number> {
  await using search = await LogSearch.open(path);
  return await search.positionOf(since);
}
