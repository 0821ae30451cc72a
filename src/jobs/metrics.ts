import { metricExtractor } from '../contract/metrics.ts';
import type { LogFile, PlacedLine } from '../store/log-file.ts';
import { metricFile } from '../store/log-names.ts';
import { LogReader } from '../store/log-reader.ts';
import { endOfLines } from '../store/log-search.ts';
import { MetricLog } from '../store/metric-log.ts';
import type { RunningJob } from './running-job.ts';

/**
 * Takes the metrics of a job out of its hosts' logs, as one more reader of theirs for which no container waits. Points are kept in the job's
 * metric log; the last of each metric goes into its record. Without metric definitions nothing is read or written.
 */
export class JobMetrics implements AsyncDisposable {
  readonly #job: RunningJob;
  readonly #log: MetricLog | undefined;
  readonly #extract: ReturnType<typeof metricExtractor>;
  readonly #readers: Promise<void>[] = [];

  private constructor(job: RunningJob, log: MetricLog | undefined, extract: ReturnType<typeof metricExtractor>) {
    this.#job = job;
    this.#log = log;
    this.#extract = extract;
  }

  /** `logs`: the directory of all logs. Errors: DiskTrouble. */
  static async open(job: RunningJob, logs: string): Promise<JobMetrics> {
    const { name, request, files } = job.record;
    const definitions = request.AlgorithmSpecification?.MetricDefinitions ?? [];
    const extract = metricExtractor(definitions);
    if (definitions.length === 0) return new JobMetrics(job, undefined, extract);
    const ends = new Map<string, number>();
    for (const [host, path] of Object.entries(files.logs)) ends.set(host, await endOfLines(path));
    const log = await MetricLog.open(metricFile(logs, 'training-jobs', name), ends);
    for (const point of log.last.values()) job.metric(point.name, point.value, new Date(point.time));
    return new JobMetrics(job, log, extract);
  }

  /** Reads the log of a host from where its metrics are not known, until it is closed. What goes wrong is told by `close`. */
  follow(host: string, log: LogFile): void {
    this.#read(host, (position) => log.batches(position));
  }

  /** Reads a log that is whole. What goes wrong is told by `close`. */
  read(host: string, path: string): void {
    this.#read(host, (position) => wholeLog(path, position));
  }

  /** Settles when the logs have been read to their ends. Twice is not an error. Errors: DiskTrouble. */
  async close(): Promise<void> {
    const readers = this.#readers.splice(0);
    await this.#settle(readers);
    await Promise.all(readers);
  }

  /** As `close`, but silent: whoever has not come so far has another error to tell. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#settle(this.#readers.splice(0));
  }

  async #settle(readers: readonly Promise<void>[]): Promise<void> {
    await Promise.allSettled(readers);
    await this.#log?.[Symbol.asyncDispose]();
  }

  #read(host: string, batches: (position: number) => AsyncIterable<readonly PlacedLine[]>): void {
    const log = this.#log;
    if (!log) return;
    const reading = this.#take(host, log, batches(log.positionOf(host) ?? 0));
    reading.catch(() => {}); // awaited in the end
    this.#readers.push(reading);
  }

  async #take(host: string, log: MetricLog, batches: AsyncIterable<readonly PlacedLine[]>): Promise<void> {
    const known = log.positionOf(host);
    let of: PlacedLine | undefined;
    const add = (name: string, value: number): void => {
      if (!of) return;
      log.add(host, of, name, value);
      this.#job.observer.event({ event: 'metric', name, value, host });
    };
    for await (const lines of batches) {
      for (const line of lines) {
        if (line.position === known) continue;
        of = line;
        this.#extract(line.message, add);
      }
      log.flush();
      for (const { name, value, time } of log.last.values()) this.#job.metric(name, value, new Date(time));
    }
  }
}

async function* wholeLog(path: string, position: number): AsyncGenerator<readonly PlacedLine[], void> {
  await using reader = await LogReader.open(path, position);
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) yield lines;
}
