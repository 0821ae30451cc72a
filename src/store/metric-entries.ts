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
 * Bytes and not JSON: 20 MB of metric lines have a million points, and to make text of their numbers and numbers of the text again was a third of all
 * that it took to take them out of a log.
 */
const lineEnd = 0;
const textTag = 1;
const lineTag = 2;
const firstText = 3;
const lineSize = 20;
const pointSize = 10;

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

  /** All of them; valid until the next one is added. */
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
    const at = this.#take(6 + bytes.length);
    this.#bytes.writeUInt16LE(textTag, at);
    this.#bytes.writeUInt32LE(bytes.length, at + 2);
    bytes.copy(this.#bytes, at + 6);
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

/** The points of one line of a log. */
export interface MetricLine {
  readonly points: readonly DataPoint[];
  /** The byte of the file after them. */
  readonly next: number;
}

/**
 * The lines of a file with their points, up to the first entry that is not whole, as a writer that was killed leaves it, or that is none of ours;
 * none when there is no file. `texts` receives those that the lines have used. Errors: DiskTrouble.
 */
export async function* metricLinesIn(path: string, texts: string[] = []): AsyncGenerator<MetricLine, void> {
  let held: Buffer = Buffer.alloc(0);
  let next = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const parser = new LineParser(bytes, texts);
      for (let points = parser.next(); points; points = parser.next()) yield { points, next: next + parser.parsed };
      if (parser.isForeign) return;
      next += parser.parsed;
      held = bytes.subarray(parser.parsed);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

/** Takes whole lines from the beginning of some bytes. */
class LineParser {
  readonly #bytes: Buffer;
  readonly #texts: string[];
  /** Bytes of the lines that were taken. */
  parsed = 0;
  /** Whether what follows is none of ours. */
  isForeign = false;

  constructor(bytes: Buffer, texts: string[]) {
    this.#bytes = bytes;
    this.#texts = texts;
  }

  /** Undefined when there is no whole line any more. */
  next(): readonly DataPoint[] | undefined {
    const known = this.#texts.length;
    const points = this.#line();
    if (points === undefined) this.#texts.length = known; // they come again with their line
    return points;
  }

  #line(): readonly DataPoint[] | undefined {
    const bytes = this.#bytes;
    const points: DataPoint[] = [];
    let line: Pick<DataPoint, 'host' | 'time' | 'position'> | undefined;
    for (let at = this.parsed; at + 2 <= bytes.length; ) {
      const tag = bytes.readUInt16LE(at);
      const end = this.#endOf(tag, at);
      if (end > bytes.length) return undefined;
      if (tag === textTag) {
        this.#texts.push(bytes.toString('utf8', at + 6, end));
      } else if (tag === lineTag && line === undefined) {
        const host = this.#texts[bytes.readUInt16LE(at + 2) - firstText];
        const [time, position] = [bytes.readDoubleLE(at + 4), bytes.readDoubleLE(at + 12)];
        if (host === undefined || !Number.isFinite(time) || !Number.isFinite(position)) return this.#foreign();
        line = { host, time, position };
      } else if (tag === lineEnd && line !== undefined) {
        this.parsed = end;
        return points;
      } else {
        const name = this.#texts[tag - firstText];
        const value = name === undefined ? Number.NaN : bytes.readDoubleLE(at + 2);
        if (name === undefined || line === undefined || !Number.isFinite(value)) return this.#foreign();
        points.push({ name, value, ...line });
      }
      at = end;
    }
    return undefined;
  }

  #foreign(): undefined {
    this.isForeign = true;
  }

  /** Where the entry ends that begins there. */
  #endOf(tag: number, at: number): number {
    if (tag === lineEnd) return at + 2;
    if (tag === lineTag) return at + lineSize;
    if (tag !== textTag) return at + pointSize;
    return at + 6 + (at + 6 <= this.#bytes.length ? this.#bytes.readUInt32LE(at + 2) : 0);
  }
}
