import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { diskTrouble } from './disk-trouble.ts';

export type LogStream = 'stdout' | 'stderr';

export interface LogLine {
  /** When it was received, in milliseconds since 1970. */
  readonly time: number;
  readonly stream: LogStream;
  /** Without the line end. */
  readonly message: string;
}

/** The lines of a log file, from the first to the last there is now. Errors: DiskTrouble. */
export async function* readLog(path: string): AsyncGenerator<LogLine, void> {
  await using reader = await LogReader.open(path);
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) yield* lines;
  yield* await reader.rest();
}

/** The last lines of a log file, at most `count`. Errors: DiskTrouble. */
export async function tail(path: string, count: number): Promise<LogLine[]> {
  try {
    return linesOf(endOf(path, count)).slice(count > 0 ? -count : Number.POSITIVE_INFINITY);
  } catch (error) {
    throw diskTrouble('read', path, error);
  }
}

/** A position in a log file that somebody may still be writing. Holds one piece of the file at a time. */
export class LogReader implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #piece = Buffer.allocUnsafeSlow(pieceSize);
  /** Behind the last whole line: what follows it may still be cut off and written anew, when whoever wrote it was killed. */
  #position = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<LogReader> {
    try {
      return new LogReader(path, await open(path));
    } catch (error) {
      throw diskTrouble('read', path, error);
    }
  }

  /** The whole lines that come next; none at the end of the file, or when there is only the beginning of one. */
  async next(): Promise<LogLine[]> {
    for (let held: Buffer = Buffer.alloc(0); ; ) {
      const bytes = Buffer.concat([held, await this.#read(this.#position + held.length)]);
      if (bytes.length === held.length) return [];
      const end = bytes.lastIndexOf('\n') + 1;
      this.#position += end;
      const lines = linesOf(bytes.subarray(0, end));
      if (lines.length > 0) return lines;
      held = bytes.subarray(end);
    }
  }

  /** The line at the end of the file that its writer, killed perhaps, did not finish. */
  async rest(): Promise<LogLine[]> {
    const pieces: Buffer[] = [];
    for (let length = 0; ; ) {
      const piece = await this.#read(this.#position + length);
      if (piece.length === 0) return linesOf(Buffer.concat(pieces));
      pieces.push(Buffer.from(piece));
      length += piece.length;
    }
  }

  /** What comes at `position`, overwritten by the next call. */
  async #read(position: number): Promise<Buffer> {
    try {
      const { bytesRead } = await this.#file.read(this.#piece, 0, pieceSize, position);
      return this.#piece.subarray(0, bytesRead);
    } catch (error) {
      throw diskTrouble('read', this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

const pieceSize = 256 * 1024;

function linesOf(bytes: Buffer): LogLine[] {
  const text = bytes.toString();
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').flatMap((line) => parse(line) ?? []);
}

/**
 * `<epoch-ms> <o|e> <text>`; `<epoch-ms> c <id>`, which only says whose lines follow, is none. What somebody else wrote into the file is
 * taken as text, so that it can be seen.
 */
function parse(line: string): LogLine | undefined {
  const gap = line.indexOf(' ');
  const time = Number(line.slice(0, Math.max(gap, 0)));
  const kind = line[gap + 1];
  const isStamped = gap > 0 && Number.isFinite(time) && line[gap + 2] === ' ';
  if (isStamped && kind === 'c') return undefined;
  if (!isStamped || (kind !== 'o' && kind !== 'e')) return { time: 0, stream: 'stdout', message: line };
  return { time, stream: kind === 'o' ? 'stdout' : 'stderr', message: line.slice(gap + 3) };
}

/** As much of the end of a file as holds `count` lines. */
function endOf(path: string, count: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    let bytes = Buffer.alloc(0);
    let lineEnds = 0;
    for (let start = fstatSync(descriptor).size; start > 0 && lineEnds <= count; ) {
      const piece = Buffer.alloc(Math.min(start, 64 * 1024));
      start -= piece.length;
      readSync(descriptor, piece, 0, piece.length, start);
      for (const byte of piece) if (byte === 0x0a) lineEnds += 1;
      bytes = Buffer.concat([piece, bytes]);
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
