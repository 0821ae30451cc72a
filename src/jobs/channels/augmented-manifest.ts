import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { whyOf } from '../../store/disk-trouble.ts';
import { slices } from '../../store/slices.ts';
import { AttributeReader } from './attribute-reader.ts';
import { readWhole } from './content.ts';
import type { LineManifest, LinePart, LocatedObject, OpenLines } from './input.ts';
import { linesOf } from './lines.ts';
import { unusable } from './local-files.ts';
import type { Whereabouts } from './locate.ts';

/**
 * Looks through a whole augmented manifest: every line can be read and has the attributes, and every object it names is there. What is kept
 * of it is 8 bytes a line; only a manifest in a store elsewhere is kept as a whole.
 *
 * @throws ManifestInvalid, with the number of the line; InputUnreadable
 */
export async function augmentedManifest(
  manifest: LocatedObject,
  names: readonly string[],
  whereabouts: Whereabouts,
  signal?: AbortSignal,
): Promise<LineManifest> {
  const reader = new AttributeReader(manifest.uri, names, whereabouts);
  const lookThrough = async (line: Buffer, number: number): Promise<void> => {
    await reader.locate(reader.attributes(line, number), number, signal);
  };
  if (manifest.content.kind === 'file') {
    const onDisk = new ManifestOnDisk(manifest.content.path, reader);
    using _open = await onDisk.open(signal, lookThrough);
    return onDisk;
  }
  const bytes = await readWhole(manifest, whereabouts.objects, signal);
  const starts = await startsOf([bytes], lookThrough, signal);
  return { open: async () => new Lines(starts, { between: (from, to) => bytes.subarray(from, to), close: () => undefined }, reader) };
}

/** A manifest that its user may edit while a job runs: each epoch reads it as it is when the epoch begins. */
class ManifestOnDisk implements LineManifest {
  readonly #path: string;
  readonly #reader: AttributeReader;
  #starts: Starts = new Float64Array();
  #version = '';

  constructor(path: string, reader: AttributeReader) {
    this.#path = path;
    this.#reader = reader;
  }

  /** `onLine` is called with each line of a version that was not seen before; it checks the attributes when absent. */
  async open(signal?: AbortSignal, onLine: OnLine = (line, number) => void this.#reader.attributes(line, number)): Promise<OpenLines> {
    const descriptor = this.#descriptor();
    try {
      const version = versionOf(descriptor);
      if (version !== this.#version) {
        this.#starts = await startsOf(chunksOf(descriptor), onLine, signal);
        this.#version = version;
      }
      return new Lines(this.#starts, new FileWindow(descriptor), this.#reader);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  #descriptor(): number {
    try {
      return openSync(this.#path, 'r');
    } catch (error) {
      throw unusable(this.#reader.what, this.#path, whyOf(error), error);
    }
  }
}

/** Not as a stream, which closes the descriptor when it is left before its end, whatever it was told; then the number is another file's. */
function* chunksOf(descriptor: number): Generator<Buffer, void> {
  for (let at = 0; ; ) {
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    const count = readSync(descriptor, chunk, 0, chunk.length, at);
    if (count === 0) return;
    at += count;
    yield chunk.subarray(0, count);
  }
}

/** Which byte each line begins at, and as the last where the last one ends. */
type Starts = Float64Array;
type OnLine = (line: Buffer, number: number) => Promise<void> | void;

/** Blank lines at the end are none; one in the middle is a line, which no reader of lines can make sense of. */
async function startsOf(chunks: Iterable<Buffer> | AsyncIterable<Buffer>, onLine: OnLine, signal?: AbortSignal): Promise<Starts> {
  let starts: Starts = new Float64Array(1024);
  let [count, line, blank, end] = [0, 0, 0, 0];
  const turn = slices();
  for await (const { bytes, offset } of linesOf(chunks)) {
    line += 1;
    if (isBlank(bytes)) {
      blank ||= line;
      continue;
    }
    if (blank > 0) await onLine(Buffer.alloc(0), blank);
    await onLine(bytes, line);
    if (count + 2 > starts.length) starts = grown(starts);
    starts[count] = offset;
    count += 1;
    end = offset + bytes.length;
    signal?.throwIfAborted();
    await turn();
  }
  starts[count] = end;
  return starts.slice(0, count + 1);
}

const isBlank = (line: Buffer): boolean => line.length < 80 && line.toString('latin1').trim() === '';

function grown(starts: Starts): Starts {
  const larger = new Float64Array(2 * starts.length);
  larger.set(starts);
  return larger;
}

/** The bytes of a manifest, wherever it is. */
interface Bytes {
  between(from: number, to: number): Buffer;
  close(): void;
}

class Lines implements OpenLines {
  readonly count: number;
  readonly #starts: Starts;
  readonly #bytes: Bytes;
  readonly #reader: AttributeReader;

  constructor(starts: Starts, bytes: Bytes, reader: AttributeReader) {
    this.count = starts.length - 1;
    this.#starts = starts;
    this.#bytes = bytes;
    this.#reader = reader;
  }

  async parts(line: number): Promise<readonly LinePart[]> {
    const bytes = this.#bytes.between(this.#starts[line] ?? 0, this.#starts[line + 1] ?? 0);
    return await this.#reader.locate(this.#reader.attributes(bytes, line + 1), line + 1);
  }

  [Symbol.dispose](): void {
    this.#bytes.close();
  }
}

/** Reads ahead as long as what is asked for follows on what was asked for before; a shuffled manifest is read line by line. */
class FileWindow implements Bytes {
  readonly #descriptor: number;
  #window = Buffer.alloc(0);
  #start = 0;
  #next = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  between(from: number, to: number): Buffer {
    if (from < this.#start || to > this.#start + this.#window.length) this.#move(from, to - from);
    this.#next = to;
    return this.#window.subarray(from - this.#start, to - this.#start);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #move(from: number, length: number): void {
    const window = Buffer.alloc(from === this.#next ? Math.max(length, ahead) : length);
    this.#window = window.subarray(0, readSync(this.#descriptor, window, 0, window.length, from));
    this.#start = from;
  }
}

/** Bytes. */
const ahead = 64 * 1024;

const versionOf = (descriptor: number): string => {
  const { ino, size, mtimeMs } = fstatSync(descriptor);
  return `${ino} ${size} ${mtimeMs}`;
};
