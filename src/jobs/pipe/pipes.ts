import { closeSync, constants, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { after } from '../../stop.ts';
import { diskTrouble } from '../../store/disk-trouble.ts';
import { removeTree } from '../../store/temporary.ts';
import type { Timekeeper } from '../../timekeeper.ts';
import type { Fifo } from './fifo.ts';
import { FifoMaker } from './fifo-maker.ts';

/** What one host gets of a channel in Pipe mode. */
export interface PipeChannel {
  readonly name: string;
  /**
   * What the reader of an epoch, counted from 0, gets, in pieces of some 64 KB, which is what a pipe takes at once. A piece is valid until the one after the next is asked for, so
   * that two buffers do for an epoch of any length.
   */
  epoch(number: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Where the FIFOs of one host are made. Both directories are on one file system of this machine. */
export interface PipePlace {
  /** `/opt/ml/input/data` as the container sees it. */
  readonly data: string;
  /** A directory of ours alone, which no container sees; whatever is in it goes. */
  readonly spares: string;
}

export interface PipeOptions {
  /** Seconds in which the first FIFO of each channel must be opened; absent: it is waited for as long as it takes. */
  readonly openWithin?: number;
  /** By which that is measured; the machine's by default. */
  readonly time?: Timekeeper;
  readonly onEpoch?: (epoch: PipeEpoch) => void;
}

/** An epoch that is over. */
export interface PipeEpoch {
  readonly channel: string;
  readonly epoch: number;
  /** Written; of an epoch that was left early, the reader may not have read the last of them. */
  readonly bytes: number;
  /** Whether all of the epoch was written; false when the reader closed its end before. */
  readonly isWhole: boolean;
}

/**
 * Serves the channels of one host through FIFOs `<channel>_<epoch>`, epoch after epoch until it is disposed: each epoch waits for a reader
 * and ends with the data or when the reader closes. When this settles, the first FIFO of each channel is there. Channels do not wait for
 * one another. Disposing leaves no FIFO, no process and no descriptor, at whatever moment it comes. Linux only. Errors: DiskTrouble.
 */
export async function openPipes(channels: readonly PipeChannel[], place: PipePlace, options: PipeOptions = {}): Promise<Pipes> {
  const pipes = new Pipes(place, options);
  try {
    await pipes.start(channels);
    return pipes;
  } catch (error) {
    await pipes[Symbol.asyncDispose]();
    throw error;
  }
}

export class Pipes implements AsyncDisposable {
  /**
   * Never settles while all is well. Rejects with the first trouble: of the data (DataDownloadFailed), of the disk, or PipeTimedOut. The
   * reader of the broken epoch then waits, until the pipes are disposed, so that it cannot take what it has for all there is.
   */
  readonly failed: Promise<never>;
  readonly #place: PipePlace;
  readonly #options: PipeOptions;
  readonly #ending = new AbortController();
  readonly #makers: FifoMaker[] = [];
  readonly #fifos = new Set<Fifo>();
  readonly #unopened = new Set<string>();
  readonly #directory: number;
  #runs: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> | undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(place: PipePlace, options: PipeOptions) {
    this.#place = place;
    this.#options = options;
    this.#directory = openDirectory(place.data);
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined); // whoever awaits it is told
  }

  /** Channels of which no FIFO was opened so far. */
  get unopened(): readonly string[] {
    return [...this.#unopened];
  }

  async start(channels: readonly PipeChannel[]): Promise<void> {
    await makeEmpty(this.#place.spares);
    const started = await allSettled(
      channels.map(async (channel) => {
        const maker = new FifoMaker(join(this.#place.spares, `${channel.name}_`));
        this.#makers.push(maker);
        return { channel, maker, fifo: await this.#next(maker) };
      }),
    );
    for (const { channel, fifo } of started) fifo?.show(this.#nameOf(channel, 0));
    const runs = started.map(async ({ channel, maker, fifo }) => {
      this.#unopened.add(channel.name);
      await this.#serve(channel, maker, fifo).catch((error) => this.#ending.signal.aborted || this.#fail(error));
    });
    this.#runs = Promise.all(runs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#ending.abort();
    try {
      for (const fifo of this.#fifos) fifo.close(); // so no run waits for a reader to go on,
      await allSettled(this.#makers.map((maker) => maker[Symbol.asyncDispose]())); // nor for one to come
      await this.#runs;
      for (const fifo of this.#fifos) fifo[Symbol.dispose]();
    } finally {
      closeSync(this.#directory);
      await removeTree(this.#place.spares);
    }
  }

  /** Epoch after epoch. */
  async #serve(channel: PipeChannel, maker: FifoMaker, first: Fifo | undefined): Promise<void> {
    let fifo = first;
    for (let epoch = 0; fifo && (await this.#isOpened(fifo, channel, epoch)); epoch += 1) {
      const [{ bytes, isWhole }, next] = await allSettled([this.#write(channel, epoch, fifo), this.#next(maker)]);
      if (!next || this.#ending.signal.aborted) return;
      // In this order: a reader that comes to the end finds the next epoch there, and this one gone, which it might open again in vain.
      fifo.hide();
      next.show(this.#nameOf(channel, epoch + 1));
      fifo[Symbol.dispose]();
      this.#fifos.delete(fifo);
      this.#options.onEpoch?.({ channel: channel.name, epoch, bytes, isWhole });
      fifo = next;
    }
  }

  async #isOpened(fifo: Fifo, { name }: PipeChannel, epoch: number): Promise<boolean> {
    const { openWithin: seconds, time } = this.#options;
    // Only the first: a program may well compute for long between two epochs, and need not read another.
    const limit = epoch === 0 && seconds !== undefined ? after(seconds, 'late' as const, time) : undefined;
    try {
      const outcome = await (limit ? Promise.race([fifo.opened, limit.elapsed]) : fifo.opened);
      if (outcome === 'late') throw fail('PipeTimedOut', { channel: name, seconds: seconds ?? 0 });
      this.#unopened.delete(name);
      return outcome;
    } finally {
      limit?.release();
    }
  }

  /** While one piece is written, the next is made. */
  async #write(channel: PipeChannel, epoch: number, fifo: Fifo): Promise<Pick<PipeEpoch, 'bytes' | 'isWhole'>> {
    let bytes = 0;
    let written = Promise.resolve(true);
    for await (const piece of channel.epoch(epoch, this.#ending.signal)) {
      if (!(await written)) return { bytes, isWhole: false };
      written = fifo.write(piece);
      written.catch(() => undefined); // awaited in the next round
      bytes += piece.length;
    }
    return { bytes, isWhole: await written };
  }

  async #next(maker: FifoMaker): Promise<Fifo | undefined> {
    const fifo = await maker.next();
    if (fifo) this.#fifos.add(fifo);
    return fifo;
  }

  /** By the directory's descriptor, because a container could have put a link in the place of the directory. */
  #nameOf({ name }: PipeChannel, epoch: number): string {
    return `/proc/self/fd/${this.#directory}/${name}_${epoch}`;
  }
}

/** Also of what a process that was killed has left there. */
async function makeEmpty(directory: string): Promise<void> {
  await removeTree(directory);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskTrouble('make', directory, error);
  }
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw diskTrouble('open', path, error);
  }
}

/** The results when all have settled, or the first failure then: nothing goes on behind the caller's back. */
async function allSettled<T extends readonly unknown[] | []>(promises: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
