import { createReadStream } from 'node:fs';
import { codeOf, diskTrouble } from './disk-trouble.ts';

/** A value that a host logged. */
export interface DataPoint {
  readonly name: string;
  readonly value: number;
  readonly host: string;
  /** When its line came, in milliseconds since 1970. */
  readonly time: number;
  /** Where that line begins in the host's log. */
  readonly position: number;
}

/**
 * What a file of data points consists of; all numbers are little-endian, and each entry begins with a uint16 that says what it is:
 *
 *     1  uint32 length, text in UTF-8                      the next text, counted from `firstText`: a host or the name of a metric
 *     2  uint16 host, float64 time, float64 position       a line of a host's log has the points that follow
 *   3 …  float64 value                                     a point, of the metric with the text of this number
 *     0                                                    the line has no more points
 *
 * A text stands before its first use, within a line too. From the first entry on that is none of these there is nothing.
 *
 * Bytes and not JSON: 20 MB of metric lines have a million points, and to make text of their numbers and numbers of the text again was a third of all
 * that it took to take them out of a log.
 */
const lineEnd = 0;
const textTag = 1;
const lineTag = 2;
const firstText = 3;
const lineSize = 20;
const pointSize = 10;
const textHead = 6;
/** In bytes; far more than names of hosts and metrics have. */
const longestText = 4096;

/** Entries in memory, as they will be in the file. */
export class MetricEntries {
  /** Text -> its number. */
  readonly #numbers = new Map<string, number>();
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;

  /** Goes on behind entries with these texts. */
  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.#numbers.set(text, firstText + this.#numbers.size);
  }

  line(host: string, time: number, position: number): void {
    const number = this.#numberOf(host);
    const at = this.#take(lineSize);
    this.#bytes.writeUInt16LE(lineTag, at);
    this.#bytes.writeUInt16LE(number, at + 2);
    this.#bytes.writeDoubleLE(time, at + 4);
    this.#bytes.writeDoubleLE(position, at + 12);
  }

  point(name: string, value: number): void {
    const number = this.#numberOf(name);
    const at = this.#take(pointSize);
    this.#bytes.writeUInt16LE(number, at);
    this.#bytes.writeDoubleLE(value, at + 2);
  }

  endLine(): void {
    const at = this.#take(2);
    this.#bytes.writeUInt16LE(lineEnd, at);
  }

  /** Hands out all of them, until the next one is added, and begins anew. */
  drain(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = firstText + this.#numbers.size;
    this.#numbers.set(text, number);
    const bytes = Buffer.from(text);
    const at = this.#take(textHead + bytes.length);
    this.#bytes.writeUInt16LE(textTag, at);
    this.#bytes.writeUInt32LE(bytes.length, at + 2);
    bytes.copy(this.#bytes, at + textHead);
    return number;
  }

  /** Where there is room for so many bytes. */
  #take(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#length);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}

/** The points of lines of a log that follow one another. */
export interface MetricBatch {
  readonly points: readonly DataPoint[];
  /** The byte of the file after them. */
  readonly next: number;
}

/**
 * The points in a file, many at once, up to the first entry that is not whole, as a writer that was killed leaves it, or that is none of ours; none
 * when there is no file. `texts` receives those that were used. Errors: DiskTrouble.
 */
export async function* metricBatchesIn(path: string, texts: string[] = []): AsyncGenerator<MetricBatch, void> {
  let held: Buffer = Buffer.alloc(0);
  let next = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const { points, end, isForeign } = parse(bytes, texts);
      next += end;
      if (points.length > 0) yield { points, next };
      if (isForeign) return;
      held = bytes.subarray(end);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

interface Parsed {
  readonly points: DataPoint[];
  /** Where the last whole line ends. */
  readonly end: number;
  /** Whether what follows is none of ours. */
  readonly isForeign: boolean;
}

/** Takes whole lines from the beginning of some bytes. Those that are not whole come again, with their texts. */
function parse(bytes: Buffer, texts: string[]): Parsed {
  const points: DataPoint[] = [];
  let whole = { points: 0, texts: texts.length, end: 0 };
  let line: Pick<DataPoint, 'host' | 'time' | 'position'> | undefined;
  let isForeign = false;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes.readUInt16LE(at);
    const end = at + sizeOf(tag, bytes, at);
    isForeign = tag === textTag && end - at > textHead + longestText;
    if (isForeign || end > bytes.length) break;
    if (tag === textTag) {
      texts.push(bytes.toString('utf8', at + textHead, end));
    } else if (tag === lineTag && line === undefined) {
      const host = texts[bytes.readUInt16LE(at + 2) - firstText];
      const [time, position] = [bytes.readDoubleLE(at + 4), bytes.readDoubleLE(at + 12)];
      isForeign = host === undefined || !Number.isFinite(time) || !Number.isFinite(position);
      if (host === undefined || isForeign) break;
      line = { host, time, position };
    } else if (tag === lineEnd && line !== undefined) {
      line = undefined;
      whole = { points: points.length, texts: texts.length, end };
    } else {
      const name = texts[tag - firstText];
      const value = name === undefined ? Number.NaN : bytes.readDoubleLE(at + 2);
      isForeign = name === undefined || line === undefined || !Number.isFinite(value);
      if (name === undefined || line === undefined || isForeign) break;
      points.push({ name, value, host: line.host, time: line.time, position: line.position });
    }
    at = end;
  }
  points.length = whole.points;
  texts.length = whole.texts;
  return { points, end: whole.end, isForeign };
}

/** Of the entry that begins there; a text of which the length is not there yet has at least its head. */
function sizeOf(tag: number, bytes: Buffer, at: number): number {
  if (tag === lineEnd) return 2;
  if (tag === lineTag) return lineSize;
  if (tag !== textTag) return pointSize;
  return textHead + (at + textHead <= bytes.length ? bytes.readUInt32LE(at + 2) : 0);
}
