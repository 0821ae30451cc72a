import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { diskTrouble } from './disk-trouble.ts';
import { linesOf, type PlacedLine, stampOf } from './log-reader.ts';

/** A log file in which lines are looked for, without reading it all. Errors of its methods: DiskTrouble. */
export class LogSearch implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Where the last whole line ends. */
  readonly end: number;

  private constructor(path: string, file: FileHandle, end: number) {
    this.#path = path;
    this.#file = file;
    this.end = end;
  }

  static async open(path: string): Promise<LogSearch> {
    let file: FileHandle;
    let size: number;
    try {
      file = await open(path);
      ({ size } = await file.stat());
    } catch (error) {
      throw diskTrouble('read', path, error);
    }
    const whole = new LogSearch(path, file, size);
    return new LogSearch(path, file, await whole.#endOfLines());
  }

  /** Where the first line begins that is not earlier; the end when there is none. Times never go back from one line to the next. */
  async positionOf(time: number): Promise<number> {
    let [low, high, found] = [0, this.end, this.end];
    while (high - low > pieceSize) {
      const middle = Math.floor((low + high) / 2);
      const line = await this.#firstLine(middle, high);
      if (line === undefined) high = middle;
      else if (line.time < time) low = line.position + 1;
      else [high, found] = [middle, line.position];
    }
    const start = Math.max(0, low - 1); // with the end of the line before
    const piece = await this.#read(start, high + stampSize);
    const cut = low === 0 ? 0 : piece.indexOf('\n') + 1;
    const line = linesOf(piece.subarray(cut), start + cut).find((each) => each.position < high && each.time >= time);
    return line && (cut > 0 || low === 0) ? line.position : found;
  }

  /** The last lines before `position`: more than `count` of them, or some of more than `bytes` bytes, or all that begin at `first` and later. */
  async linesBefore(position: number, first: number, count: number, bytes: number): Promise<PlacedLine[]> {
    for (let size = pieceSize; ; size *= 2) {
      const start = Math.max(first, position - size);
      const piece = await this.#read(start, position);
      const cut = start === first ? 0 : piece.indexOf('\n') + 1;
      const lines = cut === 0 && start !== first ? [] : linesOf(piece.subarray(cut), start + cut);
      if (start === first || lines.length > count || (lines.length > 0 && piece.length > bytes)) return lines;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** The first line of ours that begins at `from` or later, and before `to`. */
  async #firstLine(from: number, to: number): Promise<{ readonly position: number; readonly time: number } | undefined> {
    // The end of the line before says where one begins.
    for (let position = from === 0 ? 0 : await this.#after(from - 1, to); position !== undefined && position < to; ) {
      const stamp = stampOf((await this.#read(position, position + stampSize)).toString('latin1'));
      if (stamp) return { position, time: stamp.time };
      position = await this.#after(position, to);
    }
    return undefined;
  }

  /** What comes after the first line end at `from` or later. */
  async #after(from: number, to: number): Promise<number | undefined> {
    for (let start = from; start < to; start += pieceSize) {
      const index = (await this.#read(start, Math.min(to, start + pieceSize))).indexOf('\n');
      if (index >= 0) return start + index + 1;
    }
    return undefined;
  }

  async #endOfLines(): Promise<number> {
    for (let end = this.end; end > 0; end -= pieceSize) {
      const start = Math.max(0, end - pieceSize);
      const index = (await this.#read(start, end)).lastIndexOf('\n');
      if (index >= 0) return start + index + 1;
    }
    return 0;
  }

  async #read(start: number, end: number): Promise<Buffer> {
    const piece = Buffer.allocUnsafe(Math.max(0, Math.min(end, this.end) - start));
    let done = 0;
    try {
      while (done < piece.length) {
        const { bytesRead } = await this.#file.read(piece, done, piece.length - done, start + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return piece.subarray(0, done);
    } catch (error) {
      throw diskTrouble('read', this.#path, error);
    }
  }
}

/** Where the last whole line of a log ends; 0 when there is no file. Errors: DiskTrouble. */
export async function endOfLines(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  await using search = await LogSearch.open(path);
  return search.end;
}

const pieceSize = 64 * 1024;

/** Bytes that hold the stamp of a line. */
const stampSize = 64;
