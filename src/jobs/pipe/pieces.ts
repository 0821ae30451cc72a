import { read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { slices } from '../../store/slices.ts';
import { unreadable } from './data-file.ts';

/** A run of bytes, where they are. */
export type Run = Uint8Array | FileRun;

/** The next `length` bytes of an open file. */
export interface FileRun {
  readonly descriptor: number;
  readonly length: number;
  /** Called when the file ends before; nothing more comes of it then. */
  readonly onShort: () => void;
  /** Of the object, for what goes wrong. */
  readonly uri: string;
}

/** Bytes: what a pipe takes at once. While its reader takes that out, the next is read, in the same core's cache. */
const pieceSize = 64 * 1024;

/**
 * Runs of bytes as pieces of 64 KB, the last one shorter: many small ones are gathered, and of a file is read straight into the piece. There are
 * two buffers, so a piece is valid until the one after the next is asked for. A run is done with when the next one is asked for.
 */
export class Pieces {
  readonly #buffers = [pieceBuffer(), pieceBuffer()] as const;
  readonly #disk = new Disk();

  async *of(runs: AsyncIterable<Run>): AsyncGenerator<Uint8Array, void> {
    let [buffer, other]: readonly [Buffer, Buffer] = this.#buffers;
    let filled = 0;
    const turn = slices();
    for await (const run of runs) {
      for (let taken = 0; taken < run.length; ) {
        const room = buffer.subarray(filled, filled + run.length - taken);
        const count = run instanceof Uint8Array ? copy(run, taken, room) : await this.#disk.read(run, room);
        if (count === 0) break;
        taken += count;
        filled += count;
        if (filled < buffer.length) continue;
        yield buffer;
        [buffer, other] = [other, buffer];
        filled = 0;
        const pause = turn();
        if (pause) await pause;
      }
    }
    if (filled > 0) yield buffer.subarray(0, filled);
  }
}

/**
 * Large buffers begin 16 bytes after the beginning of a page, where the C library keeps its own. Copying between a page of the kernel and such
 * an address takes three times as long on AMD's Zen 3 and 4 as where the two are further apart, so the first bytes are left out.
 */
const pieceBuffer = (): Buffer => Buffer.allocUnsafeSlow(pieceSize + 48).subarray(48);

function copy(bytes: Uint8Array, from: number, room: Buffer): number {
  room.set(bytes.subarray(from, from + room.length));
  return room.length;
}

const readAsync = promisify(read);

/** Milliseconds that a read may hold the process. What the system has in memory takes a hundredth of that. */
const patience = 2;
/** Reads that go through libuv's pool after one that took longer. */
const caution = 256;

/** Reads in place as long as that is quick: the way through libuv's pool costs more than reading 64 KB from memory. */
class Disk {
  #cautious = 0;

  /** How many bytes there were; 0 at the end, which the run is told of. @throws DataDownloadFailed */
  async read({ descriptor, onShort, uri }: FileRun, room: Buffer): Promise<number> {
    try {
      const count = this.#cautious > 0 ? await this.#readAside(descriptor, room) : this.#readInPlace(descriptor, room);
      if (count > 0) return count;
    } catch (error) {
      throw unreadable(uri, error);
    }
    onShort();
    return 0;
  }

  #readInPlace(descriptor: number, room: Buffer): number {
    const started = performance.now();
    const count = readSync(descriptor, room, 0, room.length, null);
    if (performance.now() - started > patience) this.#cautious = caution;
    return count;
  }

  async #readAside(descriptor: number, room: Buffer): Promise<number> {
    this.#cautious -= 1;
    return (await readAsync(descriptor, room, 0, room.length, null)).bytesRead;
  }
}
