import { Worker } from 'node:worker_threads';
import type { Block } from './blocks.ts';
import type { DigestName } from './digests.ts';

/** A content whose blocks are digested, in their order, in another thread. */
export interface RemoteDigests {
  /** Digests the beginning of a block; settles when that may be overwritten. */
  update(block: Block, length: number): Promise<void>;
  /** After all blocks. */
  digests(): Promise<ReadonlyMap<DigestName, Buffer>>;
  /** For a content that will not come to its end. */
  drop(): void;
}

/** Those that Node has; the others stay with whoever reads the content. */
export const threadDigests: ReadonlySet<DigestName> = new Set(['md5', 'sha1', 'sha256', 'crc32']);

/** One thread takes all contents: MD5, the slowest of them, keeps one core busy, and the reading and writing needs another. */
export function remoteDigests(names: readonly DigestName[]): RemoteDigests {
  thread ??= new DigestThread();
  return thread.open(names);
}

/** To be called for a block that is given up. */
export const forgetBlock = (block: Block): void => thread?.forget(block);

let thread: DigestThread | undefined;

/**
 * Its own text: a program that is bundled has no files beside it that a thread could be started from. A message without names or a block
 * ends the content that it names; one without a content gives a block up.
 */
const program = `
const { createHash } = require('node:crypto');
const { crc32 } = require('node:zlib');
const { parentPort } = require('node:worker_threads');
const contents = new Map();
const blocks = new Map();
const crc = () => {
  let value = 0;
  return { update: (bytes) => { value = crc32(bytes, value); }, digest: () => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes; } };
};
parentPort.on('message', ({ id, names, block, memory, length }) => {
  if (id === undefined) return blocks.delete(block);
  if (names) return contents.set(id, names.map((name) => [name, name === 'crc32' ? crc() : createHash(name)]));
  const digests = contents.get(id);
  if (memory) blocks.set(block, new Uint8Array(memory));
  if (block !== undefined) {
    const bytes = blocks.get(block).subarray(0, length);
    for (const [, digest] of digests) digest.update(bytes);
    return parentPort.postMessage({ id });
  }
  contents.delete(id);
  parentPort.postMessage({ id, digests: digests.map(([name, digest]) => [name, digest.digest()]) });
});
`;

interface Reply {
  readonly id: number;
  readonly digests?: readonly (readonly [DigestName, Uint8Array])[];
}

/** Those who wait for a content's replies, which come in the order of what was asked. */
interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

class DigestThread {
  readonly #worker = new Worker(program, { eval: true, name: 'digests' });
  readonly #contents = new Map<number, Waiting[]>();
  /** The numbers of the blocks that the thread has. */
  readonly #known = new Set<number>();
  #last = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#contents.get(reply.id)?.shift()?.resolve(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The thread that digests contents has ended.')));
  }

  open(names: readonly DigestName[]): RemoteDigests {
    this.#last += 1;
    const id = this.#last;
    const waiting: Waiting[] = [];
    this.#contents.set(id, waiting);
    this.#worker.ref(); // the process must not end while somebody waits for it
    this.#worker.postMessage({ id, names });
    const ask = (message: object): Promise<Reply> =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        this.#worker.postMessage({ id, ...message });
      });
    const end = async (): Promise<Reply> => {
      const reply = await ask({});
      this.#contents.delete(id);
      if (this.#contents.size === 0) this.#worker.unref();
      return reply;
    };
    return {
      update: async ({ number: block, memory }, length) => {
        // Memory is handed over once, since that takes longer than all the rest of a message.
        const isKnown = this.#known.has(block);
        this.#known.add(block);
        await ask({ block, length, ...(!isKnown && { memory }) });
      },
      digests: async () => new Map((await end()).digests?.map(([name, bytes]) => [name, Buffer.from(bytes)])),
      drop: () => void end().catch(() => {}), // where the thread has failed, whoever waits for a block has heard of it
    };
  }

  forget({ number: block }: Block): void {
    if (this.#known.delete(block)) this.#worker.postMessage({ block });
  }

  #fail(error: unknown): void {
    if (thread === this) thread = undefined; // the next content gets a new one
    for (const { reject } of [...this.#contents.values()].flat()) reject(error);
    this.#contents.clear();
  }
}
