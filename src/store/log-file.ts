import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { diskTrouble } from './disk-trouble.ts';
import { countKept, type Kept } from './log-count.ts';
import { LineSplitter } from './log-lines.ts';
import { LogReader, type LogStream, type PlacedLine, tail } from './log-reader.ts';

export { type LogLine, type LogStream, type PlacedLine, readBatches, readLog, tail } from './log-reader.ts';

/**
 * The log of a host or an instance: a file of lines `<epoch-ms> <o|e> <text>`, which each reader follows at its own pace. Taking output
 * waits for none of them, because a container whose output is not taken stands still. Times never go back from one line to the next, so that
 * a line can be found by its time. A line `<epoch-ms> c <id>`, which readers do not see, says whose output follows, so that a process that
 * goes on with a container knows how much of its output is there already.
 */
export class LogFile implements AsyncDisposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  readonly #waiting = new Set<() => void>();
  /** A writer before this one was killed in the middle of a line. */
  #isCut: boolean;
  /** Lines of the container that are in the file already and come a second time. */
  #known: Record<LogStream, number> = { stdout: 0, stderr: 0 };
  #pending = '';
  #size: number;
  /** Of the last line. */
  #time = 0;
  #isClosed = false;
  #failure: unknown;

  private constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'a+', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
    this.#isCut = this.#endsInLine();
  }

  /** Makes the file, or goes on at the end of the one that is there. Errors: DiskTrouble. */
  static async create(path: string): Promise<LogFile> {
    let log: LogFile;
    try {
      log = new LogFile(path);
    } catch (error) {
      throw diskTrouble('write', path, error);
    }
    for (const { time } of log.#size > 0 ? await tail(path, 20) : []) log.#time = Math.max(log.#time, time);
    return log;
  }

  get path(): string {
    return this.#path;
  }

  /** Bytes, as far as it is written: where the next line begins. */
  get size(): number {
    return this.#size;
  }

  /** What is appended from now on comes from this container. */
  begin(container: string): void {
    this.#endLines();
    this.#known = { stdout: 0, stderr: 0 };
    this.#add(`${this.#stamp(Date.now())} c ${container}\n`);
  }

  /**
   * The output of this container will be appended once more from its first byte: what is in the file already is dropped then, so that every
   * line is there once. Errors: DiskTrouble.
   */
  async resume(container: string): Promise<void> {
    this.#flush();
    for (const stream of streams) this.#splitters[stream].end(); // the beginning of a line, which comes again
    const kept = await this.#countKept(container);
    if (this.#isCut) {
      ftruncateSync(this.#descriptor, kept.end);
      this.#size = kept.end;
      this.#isCut = false;
    }
    this.#known = { stdout: kept.stdout, stderr: kept.stderr };
    if (!kept.isBegun) this.begin(container);
  }

  /**
   * Takes output, cut anywhere. Each line gets the time at which its end came, or `time`, in milliseconds since 1970; never an earlier one
   * than the line before. When the disk takes no more, the rest is not kept, and `close` says so; what comes after `close` is dropped.
   */
  append(stream: LogStream, bytes: Buffer, time = Date.now()): void {
    if (this.#isClosed) return;
    const lines = this.#splitters[stream].push(bytes);
    if (lines) this.#keep(stream, lines, time);
  }

  /** All lines from that at position `from` on, then those to come; ends after the last one, or when `signal` aborts. Errors: DiskTrouble. */
  async *follow(from = 0, signal?: AbortSignal): AsyncGenerator<PlacedLine, void> {
    for await (const lines of this.batches(from, signal)) {
      for (const line of lines) {
        if (signal?.aborted) return;
        yield line;
      }
    }
  }

  /** As `follow`, many lines at once, from the line that begins at `position`. Errors: DiskTrouble. */
  async *batches(position: number, signal?: AbortSignal): AsyncGenerator<readonly PlacedLine[], void> {
    await using reader = await LogReader.open(this.#path, position);
    while (!signal?.aborted) {
      const size = this.#size;
      const isLast = this.#isClosed;
      const lines = await reader.next();
      if (lines.length > 0) yield lines;
      if (lines.length > 0 || this.#size !== size) continue;
      if (isLast) return;
      if (!this.#isClosed) await this.#change(signal);
    }
  }

  /** Writes what is left, a last line without an end too. Twice is not an error. Errors: DiskTrouble, when the log is not whole. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#endLines();
    await this.leave();
  }

  /** As `close`, for a container that goes on: the beginning of a line is dropped, since it comes again when the container is resumed. */
  async leave(): Promise<void> {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    closeSync(this.#descriptor);
    this.#wake();
    if (this.#failure) throw diskTrouble('write', this.#path, this.#failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #endLines(): void {
    for (const stream of streams) {
      const line = this.#splitters[stream].end();
      if (line) this.#keep(stream, line, Date.now());
    }
  }

  #keep(stream: LogStream, all: Buffer, time: number): void {
    const lines = this.#known[stream] > 0 ? this.#withoutKnown(stream, all) : all;
    if (lines.length === 0) return;
    const stamp = `${this.#stamp(time)} ${stream === 'stdout' ? 'o' : 'e'} `;
    // As latin1 each byte is one character, so that bytes pass unchanged; and strings are joined faster than buffers.
    const text = withoutReturns(lines.toString('latin1', 0, lines.length - 1));
    this.#add(`${stamp}${text.replaceAll('\n', `\n${stamp}`)}\n`);
  }

  #stamp(time: number): number {
    this.#time = Math.max(this.#time, time);
    return this.#time;
  }

  /** `lines` but for those at its beginning that the file has. */
  #withoutKnown(stream: LogStream, lines: Buffer): Buffer {
    let from = 0;
    for (; this.#known[stream] > 0 && from < lines.length; this.#known[stream] -= 1) from = lines.indexOf(0x0a, from) + 1;
    return lines.subarray(from);
  }

  #add(text: string): void {
    if (this.#pending === '') setImmediate(() => this.#flush());
    this.#pending += text;
    if (this.#pending.length >= batchSize) this.#flush();
  }

  /**
   * Synchronous, in batches: the system's cache takes 256 KB in a tenth of a millisecond, nothing piles up in memory, and little is lost
   * when the process is killed.
   */
  #flush(): void {
    if (this.#pending === '' || this.#isClosed) return;
    const bytes = Buffer.from(this.#isCut ? `\n${this.#pending}` : this.#pending, 'latin1');
    this.#pending = '';
    this.#isCut = false;
    if (this.#failure) return;
    try {
      for (let done = 0; done < bytes.length; ) {
        const count = writeSync(this.#descriptor, bytes, done);
        done += count;
        this.#size += count;
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#wake();
  }

  #endsInLine(): boolean {
    const last = Buffer.alloc(1);
    return this.#size > 0 && readSync(this.#descriptor, last, 0, 1, this.#size - 1) === 1 && last[0] !== 0x0a;
  }

  async #countKept(container: string): Promise<Kept> {
    try {
      return await countKept(this.#path, container);
    } catch (error) {
      throw diskTrouble('read', this.#path, error);
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(); // while the file was read
      const done = () => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }
}

const streams = ['stdout', 'stderr'] as const;

/** Bytes after which the disk is not kept waiting for the end of the event loop's turn. */
const batchSize = 256 * 1024;

const withoutReturns = (text: string): string => {
  const lines = text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
  return lines.endsWith('\r') ? lines.slice(0, -1) : lines;
};
