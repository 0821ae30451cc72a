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

/**
 * The data points of a job: a file of lines `[time, host, position, [name, value], …]` in JSON, one for each line of a log that has any, each
 * host's in the order of its log. What is in it follows from the logs alone, and a line says where its points come from; so whoever goes on after
 * a writer was killed, in the middle of a line perhaps, takes up each log at the right place, and no point is missing or there twice.
 */
export class MetricLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Host -> the line of its last points. */
  readonly #positions = new Map<string, number>();
  readonly #last = new Map<string, Mutable<DataPoint>>();
  /** Text -> its JSON. */
  readonly #quoted = new Map<string, string>();
  #pending = '';
  /** Whether points of a line of `#host` are at the end of what is pending. */
  #isInLine = false;
  #host = '';

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
      for await (const { points, next } of pointsIn(path)) {
        for (const point of points) log.#note(point);
        end = next;
      }
      const isStale = [...log.#positions].some(([host, position]) => position >= (ends.get(host) ?? 0));
      await file.truncate(isStale ? 0 : end);
      return isStale ? new MetricLog(path, file) : log;
    } catch (error) {
      await file?.close();
      throw isError(error) ? error : diskTrouble('write', path, error);
    }
  }

  /** Where the line begins whose points are the last that are kept of a host; undefined when none are. */
  positionOf(host: string): number | undefined {
    return this.#positions.get(host);
  }

  /** Metric -> its last point, by time. */
  get last(): ReadonlyMap<string, DataPoint> {
    return this.#last;
  }

  /**
   * Adds a point; those of a line follow one another. It is kept when `flush` returns. Nothing is held for it: 20 MB of metric lines have a million,
   * and collecting a million objects took longer than all else that is done with them.
   */
  add(host: string, { time, position }: Pick<DataPoint, 'time' | 'position'>, name: string, value: number): void {
    if (this.#host !== host || this.#positions.get(host) !== position || !this.#isInLine) {
      this.#endLine();
      this.#pending += `[${time},${this.#quote(host)},${position}`;
      this.#isInLine = true;
      this.#host = host;
      this.#positions.set(host, position);
    }
    this.#pending += `,[${this.#quote(name)},${value}]`;
    this.#keepLast(name, value, host, time, position);
  }

  #endLine(): void {
    if (this.#isInLine) this.#pending += ']\n';
    this.#isInLine = false;
  }

  /** Writes what was added. Errors: DiskTrouble. */
  async flush(): Promise<void> {
    this.#endLine();
    if (this.#pending === '') return;
    const bytes = this.#pending;
    this.#pending = '';
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw diskTrouble('write', this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #note(point: DataPoint): void {
    this.#positions.set(point.host, point.position);
    this.#keepLast(point.name, point.value, point.host, point.time, point.position);
  }

  #keepLast(name: string, value: number, host: string, time: number, position: number): void {
    const last = this.#last.get(name);
    if (last === undefined) this.#last.set(name, { name, value, host, time, position });
    else if (last.time <= time) {
      last.value = value;
      last.host = host;
      last.time = time;
      last.position = position;
    }
  }

  #quote(text: string): string {
    const known = this.#quoted.get(text);
    if (known !== undefined) return known;
    const json = JSON.stringify(text);
    this.#quoted.set(text, json);
    return json;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** All points that are there, in the order in which they were read from the logs; none when there is no file. Errors: DiskTrouble. */
export async function* readMetrics(path: string): AsyncGenerator<DataPoint, void> {
  for await (const { points } of pointsIn(path)) yield* points;
}

/** Metric -> its last point, by time. Errors: DiskTrouble. */
export async function lastMetrics(path: string): Promise<ReadonlyMap<string, DataPoint>> {
  const last = new Map<string, DataPoint>();
  for await (const point of readMetrics(path)) if ((last.get(point.name)?.time ?? 0) <= point.time) last.set(point.name, point);
  return last;
}

/** The points of each line and the byte after it; the line at the end that its writer did not finish is none. */
async function* pointsIn(path: string): AsyncGenerator<{ readonly points: readonly DataPoint[]; readonly next: number }, void> {
  let held: Buffer = Buffer.alloc(0);
  let next = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let from = 0;
      for (let to = bytes.indexOf('\n'); to >= 0; from = to + 1, to = bytes.indexOf('\n', from)) {
        next += to + 1 - from;
        const points = parse(bytes.toString('utf8', from, to));
        if (points.length > 0) yield { points, next };
      }
      held = bytes.subarray(from);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

/** None of a line that somebody else wrote. */
function parse(line: string): readonly DataPoint[] {
  try {
    const [time, host, position, ...points] = JSON.parse(line) as [number, string, number, ...[string, number][]];
    const found = points.map(([name, value]) => ({ name, value, host, time, position }));
    return found.every((point) => [point.time, point.position, point.value].every(Number.isFinite)) ? found : [];
  } catch {
    return [];
  }
}
