import { LogReader, type PlacedLine } from './log-reader.ts';
import { LogSearch } from './log-search.ts';

/** A line as CloudWatch Logs hands it out. Its position in the file tells it from all others of its stream, for good. */
export interface LogEvent {
  readonly position: number;
  /** Milliseconds since 1970; never less than that of the event before. */
  readonly time: number;
  readonly message: string;
}

export interface EventQuery {
  /** `forward`: the first ones; `backward`: the last ones. */
  readonly direction: 'forward' | 'backward';
  /** What a page said, to go on from it. From the beginning, or back from the end, when absent. */
  readonly from?: number;
  /** Not before this time, in milliseconds since 1970. */
  readonly since?: number;
  /** Before this time. */
  readonly until?: number;
  /** The most events. */
  readonly limit: number;
  /** The most bytes of messages; one event comes in any case. */
  readonly bytes?: number;
}

export interface EventPage {
  /** The oldest first, in both directions. */
  readonly events: readonly LogEvent[];
  /** Where to go on backward. */
  readonly start: number;
  /** Where to go on forward; the same as before while there is nothing new. */
  readonly end: number;
}

/**
 * Events of a log that may still be written. Positions stay valid meanwhile, since lines are only ever added. What is not ours in the file
 * has no time, and is none; a line is one when it is whole. Errors: DiskTrouble.
 */
export async function readEvents(path: string, { direction, from, since, until, limit, bytes }: EventQuery): Promise<EventPage> {
  await using search = await LogSearch.open(path);
  const first = since === undefined ? 0 : await search.positionOf(since);
  const last = until === undefined ? search.end : await search.positionOf(until);
  const room = { events: limit, bytes: bytes ?? Number.POSITIVE_INFINITY };
  return direction === 'forward'
    ? await readForward(path, Math.max(from ?? first, first), last, room)
    : await readBackward(search, first, Math.min(from ?? last, last), room);
}

interface Room {
  readonly events: number;
  readonly bytes: number;
}

async function readForward(path: string, from: number, last: number, room: Room): Promise<EventPage> {
  await using reader = await LogReader.open(path, from);
  const page = new Page(room);
  let end = from;
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) {
    for (const [index, line] of lines.entries()) {
      if (line.position >= last || !page.take(line)) return { events: page.events, start: from, end };
      if (line.time > 0) end = lines[index + 1]?.position ?? reader.position;
    }
  }
  return { events: page.events, start: from, end };
}

async function readBackward(search: LogSearch, first: number, from: number, room: Room): Promise<EventPage> {
  const page = new Page(room);
  const lines = from > first ? await search.linesBefore(from, first, room.events, room.bytes) : [];
  for (const line of lines.reverse()) if (!page.take(line)) break;
  const events = page.events.reverse();
  return { events, start: events[0]?.position ?? from, end: from };
}

/** Takes lines as long as there is room. */
class Page {
  readonly events: LogEvent[] = [];
  readonly #room: Room;
  #bytes = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** False when it is full. */
  take({ position, time, message }: PlacedLine): boolean {
    if (time === 0) return true; // not ours
    this.#bytes += Buffer.byteLength(message);
    const isFull = this.events.length >= this.#room.events || (this.#bytes > this.#room.bytes && this.events.length > 0);
    if (!isFull) this.events.push({ position, time, message });
    return !isFull;
  }
}
