import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isError } from '../errors.ts';
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

/** How far the log of a host was read: the line of its last point that is kept, and how many points of that line are. */
export interface Progress {
  readonly position: number;
  readonly count: number;
}

/**
 * The data points of a job: a file of lines `[time, host, position, value, name]` in JSON, each host's in the order of its log. What is in it
 * follows from the logs alone, and a point says where it comes from; so whoever goes on after a writer was killed, in the middle of a line
 * perhaps, takes up each log at the right place, and no point is missing or there twice.
 */
export class MetricLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #progress = new Map<string, Progress>();
  readonly #last = new Map<string, DataPoint>();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Makes the file, or goes on at the end of the one that is there. `ends`: host -> where the last whole line of its log ends; when a log is not
   * there any more as far as it was read, all of them are to be read anew. Errors: DiskTrouble.
   */
  static async open(path: string, ends: ReadonlyMap<string, number>): Promise<MetricLog> {
    let file: FileHandle | undefined;
    try {
      await mkdir(dirname(path), { recursive: true });
      file = await open(path, 'a', 0o600);
      const log = new MetricLog(path, file);
      let end = 0;
      for await (const { point, next } of pointsIn(path)) {
        log.#note(point);
        end = next;
      }
      const isStale = [...log.#progress].some(([host, { position }]) => position >= (ends.get(host) ?? 0));
      await file.truncate(isStale ? 0 : end);
      return isStale ? new MetricLog(path, file) : log;
    } catch (error) {
      await file?.close();
      throw isError(error) ? error : diskTrouble('write', path, error);
    }
  }

  /** The beginning of the log when nothing of it is kept. */
  progressOf(host: string): Progress {
    return this.#progress.get(host) ?? { position: 0, count: 0 };
  }

  /** Metric -> its last point, by time. */
  get last(): ReadonlyMap<string, DataPoint> {
    return this.#last;
  }

  /** Adds points of one host, those of a line together. Errors: DiskTrouble. */
  async append(points: readonly DataPoint[]): Promise<void> {
    if (points.length === 0) return;
    try {
      await this.#file.appendFile(textOf(points));
    } catch (error) {
      throw diskTrouble('write', this.#path, error);
    }
    this.#noteAll(points);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** As `#note` of each, for points of one host: only those of its last line say how far it was read. */
  #noteAll(points: readonly DataPoint[]): void {
    const position = points.at(-1)?.position;
    for (const point of points.slice(points.findIndex((each) => each.position === position))) this.#note(point);
    for (const point of lastOf(points).values()) keepLast(this.#last, point);
  }

  #note(point: DataPoint): void {
    const { position, count } = this.progressOf(point.host);
    this.#progress.set(point.host, { position: point.position, count: position === point.position ? count + 1 : 1 });
    keepLast(this.#last, point);
  }
}

/** All points that are there, in the order in which they were read from the logs; none when there is no file. Errors: DiskTrouble. */
export async function* readMetrics(path: string): AsyncGenerator<DataPoint, void> {
  for await (const { point } of pointsIn(path)) yield point;
}

/** Metric -> its last point, by time. Errors: DiskTrouble. */
export async function lastMetrics(path: string): Promise<ReadonlyMap<string, DataPoint>> {
  const last = new Map<string, DataPoint>();
  for await (const point of readMetrics(path)) keepLast(last, point);
  return last;
}

/** Metric -> its last point of these, by time. */
export function lastOf(points: readonly DataPoint[]): ReadonlyMap<string, DataPoint> {
  const last = new Map<string, DataPoint>();
  for (const point of points) keepLast(last, point);
  return last;
}

function keepLast(last: Map<string, DataPoint>, point: DataPoint): void {
  if ((last.get(point.name)?.time ?? 0) <= point.time) last.set(point.name, point);
}

/** Each point and the byte after its line; the line at the end that its writer did not finish is none. */
async function* pointsIn(path: string): AsyncGenerator<{ readonly point: DataPoint; readonly next: number }, void> {
  let held: Buffer = Buffer.alloc(0);
  let next = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let from = 0;
      for (let to = bytes.indexOf('\n'); to >= 0; from = to + 1, to = bytes.indexOf('\n', from)) {
        next += to + 1 - from;
        const point = parse(bytes.toString('utf8', from, to));
        if (point) yield { point, next };
      }
      held = bytes.subarray(from);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

/** As `JSON.stringify` writes each, but names are quoted once: with 20 MB of metric lines, 900 000 points, a third of the time. */
function textOf(points: readonly DataPoint[]): string {
  const quoted = new Map<string, string>();
  const quote = (text: string): string => {
    const json = quoted.get(text) ?? JSON.stringify(text);
    quoted.set(text, json);
    return json;
  };
  let all = '';
  for (const { time, host, position, value, name } of points) all += `[${time},${quote(host)},${position},${value},${quote(name)}]\n`;
  return all;
}

/** Undefined for a line that somebody else wrote. */
function parse(line: string): DataPoint | undefined {
  try {
    const [time, host, position, value, name] = JSON.parse(line) as [number, string, number, number, string];
    return [time, position, value].every(Number.isFinite) ? { time, host, position, value, name } : undefined;
  } catch {
    return undefined;
  }
}
