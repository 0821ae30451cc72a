import { closeSync, constants, linkSync, lstatSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { codeOf, diskTrouble } from '../../store/disk-trouble.ts';

/**
 * One FIFO, from before a container sees it until it is gone, seen from the end that writes. Nothing here waits in libuv's pool, neither for
 * a reader to come nor for one to go on: writes go through a socket of Node's, which waits for the pipe as it does for a connection.
 */
export class Fifo implements Disposable {
  /** Settles with true when the first reader has opened it; with false when none will any more. Errors: DiskTrouble. */
  readonly opened: Promise<boolean>;
  readonly #path: string;
  /** Two, because a socket closes its descriptor by itself when it fails, and the end must not come before the name is gone. */
  #writers: { readonly keeper: number; readonly socket: Socket } | undefined;
  #shownAt: string | undefined;
  #isClosed = false;

  /**
   * @param path where only we look
   * @param isOpened settles when somebody reads, and somebody else holds the end that writes
   * @param onHeld called when we hold it
   */
  constructor(path: string, isOpened: Promise<boolean>, onHeld: () => void) {
    this.#path = path;
    this.opened = isOpened.then((isSo) => {
      if (isSo && !this.#isClosed) this.#writers = openWriters(path);
      if (isSo) onHeld();
      return isSo;
    });
    this.opened.catch(() => undefined); // whoever awaits it is told
  }

  /** Gives it the name by which a container knows it, on the same file system, also in the place of an older FIFO. Errors: DiskTrouble. */
  show(at: string): void {
    try {
      if (lstatSync(at, { throwIfNoEntry: false })?.isFIFO()) unlinkSync(at);
      linkSync(this.#path, at);
      this.#shownAt = at;
    } catch (error) {
      throw diskTrouble('make the FIFO', at, error);
    }
  }

  /** Takes the name away again; who has opened it reads on. Errors: DiskTrouble. */
  hide(): void {
    const at = this.#shownAt;
    this.#shownAt = undefined;
    if (at === undefined) return;
    try {
      rmSync(at, { force: true });
    } catch (error) {
      throw diskTrouble('remove the FIFO', at, error);
    }
  }

  /** Settles when the pipe has taken all of `block`: with true, or with false when nobody reads any more. Errors: DiskTrouble. */
  write(block: Uint8Array): Promise<boolean> {
    const socket = this.#writers?.socket;
    if (!socket || socket.destroyed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      socket.write(block, (error) => {
        // A socket that was destroyed in the middle of it says that all went well.
        if (!error) resolve(!this.#isClosed);
        else if (['EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED'].includes(codeOf(error) ?? '')) resolve(false);
        else reject(diskTrouble('write to the FIFO', this.#path, error));
      });
    });
  }

  /** Its reader comes to the end of what was written. */
  close(): void {
    this.#isClosed = true;
    const writers = this.#writers;
    this.#writers = undefined;
    writers?.socket.destroy();
    if (writers) closeSync(writers.keeper);
  }

  [Symbol.dispose](): void {
    this.hide();
    this.close();
    rmSync(this.#path, { force: true });
  }
}

/** Undefined when the reader has gone again. */
function openWriters(path: string): { readonly keeper: number; readonly socket: Socket } | undefined {
  const keeper = openWriter(path);
  if (keeper === undefined) return undefined;
  const descriptor = openWriter(path);
  if (descriptor === undefined) {
    closeSync(keeper);
    return undefined;
  }
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  socket.on('error', () => undefined); // the write that failed tells
  return { keeper, socket };
}

function openWriter(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENXIO') return undefined;
    throw diskTrouble('write to the FIFO', path, error);
  }
}
