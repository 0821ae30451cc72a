import { isAscii } from 'node:buffer';
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

/** A line and where it begins: the byte of its file, which stays the same as long as the file is only written to. */
export interface PlacedLine extends LogLine {
  readonly position: number;
}

/** The lines of a log file, from the first to the last there is now. Errors: DiskTrouble. */
export async function* readLog(path: string): AsyncGenerator<PlacedLine, void> {
  for await (const lines of readBatches(path)) yield* lines;
}

/** As `readLog`, many lines at once: a step of a generator for each line takes longer than reading it. Errors: DiskTrouble. */
export async function* readBatches(path: string): AsyncGenerator<readonly PlacedLine[], void> {
  await using reader = await LogReader.open(path);
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) yield lines;
  yield reader.rest();
}

/** The last lines of a log file, at most `count`. Errors: DiskTrouble. */
export async function tail(path: string, count: number): Promise<PlacedLine[]> {
  try {
    if (count === 0) return [];
    // Lines that readers do not see are among those that were counted.
    for (let wanted = count; ; wanted *= 2) {
      const { bytes, start } = endOf(path, wanted);
      const cut = start === 0 ? 0 : bytes.indexOf('\n') + 1;
      const lines = linesOf(bytes.subarray(cut), start + cut);
      if (start === 0 || lines.length >= count) return lines.slice(-count);
    }
  } catch (error) {
    throw diskTrouble('read', path, error);
  }
}

/**
 * A position in a log file that somebody may still be writing, at the beginning of a line. Holds one piece of the file at a time; what is no
 * whole line yet is read again, because whoever goes on after a killed writer cuts it off.
 */
export class LogReader implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #piece = Buffer.allocUnsafeSlow(pieceSize);
  #position: number;
  /** The beginning of a line after `#position`, when it was looked at last. */
  #rest = Buffer.alloc(0);

  private constructor(path: string, file: FileHandle, position: number) {
    this.#path = path;
    this.#file = file;
    this.#position = position;
  }

  /** `position`: where a line begins. Errors: DiskTrouble. */
  static async open(path: string, position = 0): Promise<LogReader> {
    try {
      return new LogReader(path, await open(path), position);
    } catch (error) {
      throw diskTrouble('read', path, error);
    }
  }

  /** Where the line begins that comes next. */
  get position(): number {
    return this.#position;
  }

  /** The whole lines that come next; none at the end of the file, or when there is only the beginning of one. Errors: DiskTrouble. */
  async next(): Promise<PlacedLine[]> {
    for (;;) {
      const bytes = await this.#read();
      const end = bytes.lastIndexOf('\n') + 1;
      if (end === 0 && bytes.length < this.#piece.length) {
        this.#rest = Buffer.from(bytes);
        return [];
      }
      if (end === 0) this.#piece = Buffer.allocUnsafeSlow(2 * this.#piece.length); // for a line as long as that
      const lines = linesOf(bytes.subarray(0, end), this.#position);
      this.#position += end;
      if (lines.length > 0) return lines;
    }
  }

  /** The line at the end of the file that its writer, killed perhaps, did not finish. */
  rest(): PlacedLine[] {
    return linesOf(this.#rest, this.#position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #read(): Promise<Buffer> {
    try {
      const { bytesRead } = await this.#file.read(this.#piece, 0, this.#piece.length, this.#position);
      return this.#piece.subarray(0, bytesRead);
    } catch (error) {
      throw diskTrouble('read', this.#path, error);
    }
  }
}

const pieceSize = 256 * 1024;

/** The lines in whole lines of a file, which begin at its byte `start`. */
export function linesOf(bytes: Buffer, start: number): PlacedLine[] {
  // As latin1 each byte is one character, so that lengths are bytes. A line of ASCII is itself already.
  const text = bytes.toString('latin1');
  if (text === '') return [];
  const isPlain = isAscii(bytes);
  const lines: PlacedLine[] = [];
  let position = start;
  for (const line of (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')) {
    const parsed = parse(isPlain ? line : decoded(line), position);
    if (parsed) lines.push(parsed);
    position += line.length + 1;
  }
  return lines;
}

const decoded = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();

/**
 * `<epoch-ms> <o|e> <text>`, or `<epoch-ms> m <JSON>` for events of several lines perhaps, which people write; `<epoch-ms> c <id>`, which only says
 * whose lines follow, is none. What somebody else wrote into the file is
 * taken as text, so that it can be seen.
 */
function parse(line: string, position: number): PlacedLine | undefined {
  const stamp = stampOf(line);
  if (stamp?.kind === 'c') return undefined;
  if (stamp?.kind === 'm') return { time: stamp.time, stream: 'stdout', message: unquoted(line.slice(stamp.length)), position };
  if (stamp?.kind !== 'o' && stamp?.kind !== 'e') return { time: 0, stream: 'stdout', message: line, position };
  return { time: stamp.time, stream: stamp.kind === 'o' ? 'stdout' : 'stderr', message: line.slice(stamp.length), position };
}

/** The line of an event that somebody puts into a stream: a message may hold anything. */
export const eventLine = ({ time, message }: { readonly time: number; readonly message: string }): string =>
  `${time} m ${JSON.stringify(message)}\n`;

function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json; // of which there is only the beginning
  }
}

/** What a line of ours begins with; undefined for any other. */
export function stampOf(line: string): { readonly time: number; readonly kind: string; readonly length: number } | undefined {
  const gap = line.indexOf(' ');
  const time = Number(line.slice(0, Math.max(gap, 0)));
  const isStamped = gap > 0 && Number.isFinite(time) && line[gap + 2] === ' ';
  return isStamped ? { time, kind: line[gap + 1] ?? '', length: gap + 3 } : undefined;
}

/** As much of the end of a file as holds `count` lines, and where it starts. */
function endOf(path: string, count: number): { readonly bytes: Buffer; readonly start: number } {
  const descriptor = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    let start = fstatSync(descriptor).size;
    for (let lineEnds = 0; start > 0 && lineEnds <= count; ) {
      const piece = Buffer.alloc(Math.min(start, 64 * 1024));
      start -= piece.length;
      readSync(descriptor, piece, 0, piece.length, start);
      for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) lineEnds += 1;
      pieces.push(piece);
    }
    return { bytes: Buffer.concat(pieces.reverse()), start };
  } finally {
    closeSync(descriptor);
  }
}
