import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Nature, natureOf } from './nature.ts';
import { Pieces } from './pieces.ts';
import { storedMember } from './stored-member.ts';
import { Turns } from './turns.ts';

const gzipMember = promisify(zlib.gzip);
const deflate = promisify(zlib.deflateRaw);

/** Input bytes of one gzip member. */
const blockSize = 1024 * 1024;
/**
 * Bytes of the first block until it is seen that there will be more: a whole one counts for V8 as memory to be collected, and 20 jobs at once with
 * small models spent a tenth of their time on collections.
 */
const smallSize = 16 * 1024;
const cores = availableParallelism();
const poolThreads = Number(process.env.UV_THREADPOOL_SIZE) || 4;
/**
 * Blocks that libuv's pool works on at once: more than there are cores would not be faster. One of its threads stays free, so that neither the files
 * that are read and written meanwhile nor anybody else in the process waits behind blocks.
 */
const atOnce = Math.max(1, Math.min(cores + 1, poolThreads - 1));
/**
 * Blocks that are there at once. What does not shrink is done in a tenth of the time: enough of them have to be there for the pool to have work while
 * megabytes of such are passed on.
 */
const width = 8 * Math.min(cores, poolThreads);

/** A member of gzip, in pieces to be written one after the other. */
export type GzipMember = readonly Uint8Array[];

/**
 * Compresses `source` block by block on all cores. The result is a sequence of gzip members (RFC 1952 §2.2), which every gunzip reads as one
 * file; each is valid until the next is asked for. `onTaken` is told of each chunk of the source when it is not needed any more. Equal bytes give
 * equal output, however they were chunked. Memory: some `width` blocks, since blocks are only taken as the reader takes members.
 */
export async function* gzip(source: AsyncIterable<Uint8Array>, onTaken?: (chunk: Uint8Array) => void): AsyncGenerator<GzipMember, void> {
  const memory = new Pieces(blockSize);
  const members: Promise<Compressed>[] = [];
  const turns = new Turns(atOnce);
  let count = 0;
  const begin = (block: Buffer): void => {
    const member = compress(block, memory, turns);
    // It is awaited in its turn; until then, or when the reader leaves early, a failure must not count as unhandled.
    member.catch(() => undefined);
    members.push(member);
    count += 1;
  };
  for await (const block of blocks(source, memory, onTaken)) {
    begin(block);
    const first = members.length < width ? undefined : members.shift();
    if (first) yield* handedOut(await first, memory);
  }
  if (count === 0) begin(Buffer.alloc(0));
  for (const member of members) yield* handedOut(await member, memory);
}

interface Compressed {
  readonly member: GzipMember;
  /** What its pieces are part of. */
  readonly block?: Buffer;
}

function* handedOut({ member, block }: Compressed, memory: Pieces): Generator<GzipMember> {
  yield member;
  if (block) memory.giveBack(block);
}

async function* blocks(
  source: AsyncIterable<Uint8Array>,
  memory: Pieces,
  onTaken: ((chunk: Uint8Array) => void) | undefined,
): AsyncGenerator<Buffer, void> {
  let block: Buffer = Buffer.allocUnsafe(smallSize);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      if (block.length === smallSize && filled + chunk.length - taken > smallSize) {
        const whole = memory.take();
        whole.set(block.subarray(0, filled));
        block = whole;
      }
      const part = chunk.subarray(taken, taken + block.length - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < blockSize) continue;
      yield block;
      block = memory.take();
      filled = 0;
    }
    onTaken?.(chunk);
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function compress(block: Buffer, memory: Pieces, turns: Turns): Promise<Compressed> {
  if (block.length <= smallSize) return { member: smallMember(block) };
  const sample = sampleOf(block);
  const nature = natureOf(sample);
  const member = nature === 'noise' ? undefined : await turns.take(async () => await deflated(block, sample, nature));
  if (!member) return { member: storedMember(block), block };
  memory.giveBack(block);
  return { member: [member] };
}

/** To find out a method for so little takes longer than the one of most cases, and so does the way through libuv's pool. */
function smallMember(block: Buffer): GzipMember {
  const deflatedMember = zlib.gzipSync(block, { ...fast, chunkSize: block.length + 1024 });
  const stored = storedMember(block);
  return deflatedMember.length <= stored.reduce((sum, piece) => sum + piece.length, 0) ? [deflatedMember] : stored;
}

const entropyOnly = { level: 1, strategy: zlib.constants.Z_HUFFMAN_ONLY } as const;
/** A window of 8 KB takes a tenth less time than one of 32, which does not fit the nearest cache. Tables get smaller by it, prose 5 % larger. */
const fast = { level: 1, windowBits: 13, memLevel: 9 } as const;

/** As a member, by the method that pays; undefined when none does. */
async function deflated(block: Buffer, sample: Buffer, nature: Nature): Promise<Buffer | undefined> {
  const method = nature === 'plain' ? fast : await methodFor(sample);
  // What the output may take, whether it does or not, counts for V8 as memory that it has to collect.
  const chunkSize = 1024 + (nature === 'plain' ? Math.ceil(block.length / 2) : block.length);
  return method && (await gzipMember(block, { ...method, chunkSize }));
}

/**
 * What pays for a block, judged by a sample. Files compressed already are stored. Numbers in binary form (weights) shrink by their skewed
 * bytes alone, and the search for repetitions, two thirds of the time, finds none.
 */
async function methodFor(sample: Buffer): Promise<zlib.ZlibOptions | undefined> {
  const shrunk = await deflatedSize(sample, fast);
  if (shrunk > 0.97 * sample.length) return undefined;
  if (shrunk < 0.6 * sample.length) return fast;
  return (await deflatedSize(sample, entropyOnly)) <= 1.01 * shrunk ? entropyOnly : fast;
}

const deflatedSize = async (sample: Buffer, method: zlib.ZlibOptions): Promise<number> =>
  (await deflate(sample, { ...method, chunkSize: sample.length + 1024 })).length;

/** 16 KB in four pieces from all over the block, because a block can hold the end of one file and the start of another. */
function sampleOf(block: Buffer): Buffer {
  const piece = 4096;
  if (block.length <= 4 * piece) return block;
  const stride = Math.floor((block.length - piece) / 3);
  return Buffer.concat([0, 1, 2, 3].map((index) => block.subarray(index * stride, index * stride + piece)));
}
