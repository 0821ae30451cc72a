import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { downloadFailed } from '../../contract/data-download.ts';
import type { SmLocalError } from '../../errors.ts';
import { whyOf } from '../../store/disk-trouble.ts';

/** A file of this machine that is an object, as long as it is when it is opened: what is appended meanwhile is for the next epoch. */
export class DataFile implements Disposable {
  readonly descriptor: number;
  /** Bytes. */
  readonly size: number;
  readonly #uri: string;

  /** @throws DataDownloadFailed */
  constructor(path: string, uri: string) {
    this.#uri = uri;
    // Whatever has taken the file's place meanwhile is not waited for.
    this.descriptor = this.#attempt(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    const stat = this.#attempt(() => fstatSync(this.descriptor));
    this.size = stat.size;
    if (stat.isFile()) return;
    this[Symbol.dispose]();
    throw downloadFailed(`${uri} is not a file any more`, 'Leave the data of a running job as it is.');
  }

  /** All of it, in `buffer`. @throws DataDownloadFailed */
  read(buffer: Buffer): Buffer {
    let length = 0;
    for (let count = -1; count !== 0 && length < this.size; length += count) {
      count = this.#attempt(() => readSync(this.descriptor, buffer, length, this.size - length, null));
    }
    return buffer.subarray(0, length);
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw unreadable(this.#uri, error);
    }
  }
}

export const unreadable = (uri: string, error: unknown): SmLocalError =>
  downloadFailed(`${uri} cannot be read: ${whyOf(error)}`, 'Leave the data of a running job where it is, and readable.', error);

export const changed = (uri: string): SmLocalError =>
  downloadFailed(`${uri} changed while it was being read`, 'Replace files by renaming new ones over them while a job reads them.');
