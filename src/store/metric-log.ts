import { existsSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isError } from '../errors.ts';
import { diskTrouble } from './disk-trouble.ts';
import { type DataPoint, MetricEntries, metricBatchesIn } from './metric-entries.ts';
import { pointsInJson } from './metric-json.ts';

/**
 * The data points of a job: a file with those of each line of a log that has any, each host's in the order of its log. What is in it follows from
 * the logs alone, and it says of each line where it is; so whoever goes on after a writer was killed, in the middle of an entry perhaps, takes up
 * each log at the right place, and no point is missing or there twice.
 */
export class MetricLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Host -> the line of its last points. */
  readonly #positions = new Map<string, number>();
  readonly #last = new Map<string, Mutable<DataPoint>>();
  #pending = new MetricEntries();
  /** The line of a log whose points are at the end of what is pending: maps are not asked for it, a million times. */
  #line: { readonly host: string; readonly position: number } | undefined;
  #failure: Error | undefined;

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
      const texts: string[] = [];
      let end = 0;
      for await (const { points, next } of metricBatchesIn(path, texts)) {
        for (const { name, value, host, time, position } of points) {
          log.#positions.set(host, position);
          log.#keepLast(name, value, host, time, position);
        }
        end = next;
      }
      const isStale = [...log.#positions].some(([host, position]) => position >= (ends.get(host) ?? 0));
      const kept = isStale ? 0 : end;
      if ((await file.stat()).size !== kept) await file.truncate(kept);
      if (isStale) return new MetricLog(path, file);
      log.#pending = new MetricEntries(texts);
      return log;
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
    if (this.#line?.position !== position || this.#line.host !== host) {
      this.#endLine();
      this.#pending.line(host, time, position);
      this.#line = { host, position };
      this.#positions.set(host, position);
    }
    this.#pending.point(name, value);
    this.#keepLast(name, value, host, time, position);
  }

  #endLine(): void {
    if (this.#line) this.#pending.endLine();
    this.#line = undefined;
  }

  /**
   * Writes what was added, at once, as logs are written. After a failure nothing more is written, since the file may end in the middle of an entry.
   * Errors: DiskTrouble.
   */
  flush(): void {
    this.#endLine();
    const bytes = this.#pending.drain();
    if (this.#failure) throw this.#failure;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file.fd, bytes, done);
    } catch (error) {
      this.#failure = diskTrouble('write', this.#path, error);
      throw this.#failure;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
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
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * All points that are there, many at once, in the order in which they were read from the logs; none when there is no file. A job of an sm-local
 * that kept them as JSON has them beside. Errors: DiskTrouble.
 */
export async function* readMetrics(path: string): AsyncGenerator<readonly DataPoint[], void> {
  if (!existsSync(path)) return yield* pointsInJson(join(dirname(path), 'metrics.jsonl'));
  for await (const { points } of metricBatchesIn(path)) yield points;
}

/** Metric -> its last point, by time. Errors: DiskTrouble. */
export async function lastMetrics(path: string): Promise<ReadonlyMap<string, DataPoint>> {
  const last = new Map<string, DataPoint>();
  for await (const points of readMetrics(path))
    for (const point of points) if ((last.get(point.name)?.time ?? 0) <= point.time) last.set(point.name, point);
  return last;
}
