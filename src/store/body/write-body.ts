import { chmodSync, closeSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { passed } from '../../passing-garbage.ts';
import { diskTrouble } from '../disk-trouble.ts';
import { type Block, blockSize, giveBack, takeBlock } from './blocks.ts';
import { forgetBlock, type RemoteDigests, remoteDigests, threadDigests } from './digest-thread.ts';
import { type Digest, type DigestName, type Digests, digestOf, newDigest } from './digests.ts';
import { untilAborted } from './until-aborted.ts';

/** Others may read what buckets hold, as far as home lets them, because the user of an image does when a channel is mounted. */
export const contentMode = 0o644;

export interface WrittenBody {
  /** Bytes. */
  readonly size: number;
  readonly digests: Digests;
}

export interface WriteOptions {
  readonly digests: readonly DigestName[];
  readonly signal?: AbortSignal | undefined;
}

/** Up to this size in bytes a body is gathered, and digested and written at once: 0.5 ms at most, and far less than another thread costs. */
const smallSize = 256 * 1024;

/** Writes a new file, and works out what its reader wants to know of it. Errors: what `body` throws, DiskTrouble, or the signal's reason. */
export async function writeBody(path: string, body: AsyncIterable<Uint8Array>, { digests, signal }: WriteOptions): Promise<WrittenBody> {
  const gathered: Uint8Array[] = [];
  let size = 0;
  let large: LargeBody | undefined;
  try {
    for await (const chunk of untilAborted(body, signal)) {
      size += chunk.length;
      passed(chunk.length);
      if (!large) gathered.push(chunk);
      if (size <= smallSize) continue;
      large ??= await LargeBody.open(path, digests);
      for (const taken of gathered.length > 0 ? gathered.splice(0) : [chunk]) {
        const isFull = large.take(taken);
        if (isFull) await isFull;
      }
    }
    return { size, digests: large ? await large.end() : writeSmall(path, Buffer.concat(gathered, size), digests) };
  } finally {
    await large?.close();
  }
}

function writeSmall(path: string, content: Buffer, names: readonly DigestName[]): Digests {
  try {
    const file = openSync(path, 'wx', contentMode);
    try {
      chmodSync(path, contentMode); // whatever the umask
      for (let done = 0; done < content.length; ) done += writeSync(file, content, done);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
  return new Map(names.map((name) => [name, digestOf(name, content)]));
}

const blockCount = 3;

/** One that is filled while the ones before are written and digested. */
interface Slot {
  readonly block: Block;
  /** Settles when it may be filled again. */
  free: Promise<unknown>;
}

/**
 * A body in a few blocks of shared memory: while one is filled by whoever brings the body, the system writes the others and another thread
 * digests them. MD5 takes longer than all the rest, and holds up nobody there.
 */
class LargeBody {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #remote: RemoteDigests | undefined;
  readonly #own: ReadonlyMap<DigestName, Digest>;
  readonly #slots: Slot[] = [];
  #filled = 0;
  #written: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(path: string, file: FileHandle, names: readonly DigestName[]) {
    this.#path = path;
    this.#file = file;
    const remote = names.filter((name) => threadDigests.has(name));
    this.#remote = remote.length > 0 ? remoteDigests(remote) : undefined;
    this.#own = new Map(names.filter((name) => !threadDigests.has(name)).map((name) => [name, newDigest(name)]));
  }

  static async open(path: string, names: readonly DigestName[]): Promise<LargeBody> {
    const file = await atDisk(path, open(path, 'wx', contentMode));
    const body = new LargeBody(path, file, names);
    await atDisk(path, file.chmod(contentMode)).catch(async (error) => {
      await body.close();
      throw error;
    });
    return body;
  }

  /** What to wait for before the next one, if anything: most chunks just fit. */
  take(chunk: Uint8Array): Promise<void> | undefined {
    const slot = this.#slots[0] ?? this.#addSlot();
    const part = chunk.subarray(0, blockSize - this.#filled);
    slot.block.bytes.set(part, this.#filled);
    this.#filled += part.length;
    for (const digest of this.#own.values()) digest.update(part);
    return this.#filled < blockSize ? undefined : this.#goOn(slot, chunk.subarray(part.length));
  }

  async #goOn(full: Slot, rest: Uint8Array): Promise<void> {
    this.#pass(full);
    if (this.#slots.length < blockCount) this.#addSlot();
    await this.#slots[0]?.free;
    if (rest.length > 0) await this.take(rest);
  }

  async end(): Promise<Digests> {
    const [slot] = this.#slots;
    if (slot && this.#filled > 0) this.#pass(slot);
    await Promise.all(this.#slots.map(({ free }) => free));
    this.#isOver = true;
    const remote = (await this.#remote?.digests()) ?? new Map<DigestName, Buffer>();
    return new Map([...remote, ...[...this.#own].map(([name, digest]) => [name, digest.digest()] as const)]);
  }

  /** Comes back when nothing of it is under way any more. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#remote?.drop();
    await Promise.allSettled(this.#slots.map(({ free }) => free));
    for (const { block } of this.#slots.splice(0)) if (!giveBack(block)) forgetBlock(block);
    await this.#file.close();
  }

  #addSlot(): Slot {
    const slot = { block: takeBlock(), free: Promise.resolve() };
    this.#slots.unshift(slot);
    return slot;
  }

  /** Hands on what is filled of the first slot, which becomes the last. */
  #pass(slot: Slot): void {
    const content = slot.block.bytes.subarray(0, this.#filled);
    // One write after the other: those to one file wait for each other in the kernel, and burn a core each while they do.
    this.#written = this.#written.then(() => this.#write(content));
    slot.free = Promise.all([this.#written, this.#remote?.update(slot.block, content.length)]);
    slot.free.catch(() => {}); // whoever fills it next hears of it
    this.#filled = 0;
    this.#slots.push(...this.#slots.splice(0, 1));
  }

  async #write(content: Uint8Array): Promise<void> {
    for (let done = 0; done < content.length; ) done += (await atDisk(this.#path, this.#file.write(content, done))).bytesWritten;
  }
}

async function atDisk<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}
