import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Pieces } from './pieces.ts';
import { storedMember, storedSize } from './stored-member.ts';

const gzipMember = promisify(zlib.gzip);
const deflate = promisify(zlib.deflateRaw);

/** Input bytes of one gzip member. */
const blockSize = 1024 * 1024;
/**
 * Blocks under way at once, for each core that libuv's pool, where they are compressed, can use: what does not shrink goes through at once, and
 * while it does, the cores need something to do. More would let others who use that pool wait.
 */
const width = 4 * Math.min(availableParallelism(), Number(process.env.UV_THREADPOOL_SIZE) || 4);

export interface GzipOptions {
  /** Whether what was handed out may be overwritten as soon as the next is asked for. */
  readonly reuses?: boolean;
  /** Told of each chunk of the source when it is not needed any more. */
  readonly onTaken?: (chunk: Uint8Array) => void;
}

/**
 * Compresses `source` block by block on all cores; a stage for `pipeline` or a `for await`. The result is a sequence of gzip members
 * (RFC 1952 §2.2), which every gunzip reads as one file. Equal bytes give equal output, however they were chunked. Memory: some
 * `width` blocks, since blocks are only taken as the reader takes members.
 */
export async function* gzip(
  source: AsyncIterable<Uint8Array>,
  { reuses = false, onTaken }: GzipOptions = {},
): AsyncGenerator<Buffer, void> {
  const inputs = new Pieces(blockSize);
  const outputs = reuses ? new Pieces(storedSize(blockSize)) : undefined;
  const members: Promise<Buffer>[] = [];
  let count = 0;
  const begin = (block: Buffer): void => {
    const member = compress(block, outputs).finally(() => inputs.giveBack(block));
    // It is awaited in its turn; until then, or when the reader leaves early, a failure must not count as unhandled.
    member.catch(() => undefined);
    members.push(member);
    count += 1;
  };
  for await (const block of blocks(source, inputs, onTaken)) {
    begin(block);
    const first = members.length < width ? undefined : members.shift();
    if (first) yield* handedOut(await first, outputs);
  }
  if (count === 0) begin(Buffer.alloc(0));
  for (const member of members) yield* handedOut(await member, outputs);
}

function* handedOut(member: Buffer, outputs: Pieces | undefined): Generator<Buffer> {
  yield member;
  outputs?.giveBack(member);
}

async function* blocks(source: AsyncIterable<Uint8Array>, inputs: Pieces, onTaken: GzipOptions['onTaken']): AsyncGenerator<Buffer, void> {
  let block = inputs.take();
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + blockSize - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < blockSize) continue;
      yield block;
      block = inputs.take();
      filled = 0;
    }
    onTaken?.(chunk);
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function compress(block: Buffer, outputs: Pieces | undefined): Promise<Buffer> {
  const method = await methodFor(block);
  if (method !== 'stored') return await gzipMember(block, { ...method, chunkSize: block.length + 1024 });
  return storedMember(block, outputs?.take() ?? Buffer.allocUnsafeSlow(storedSize(block.length)));
}

const entropyOnly = { level: 1, strategy: zlib.constants.Z_HUFFMAN_ONLY } as const;
const fast = { level: 1 } as const;

/**
 * What pays for this block, judged by a sample. Random bytes and files compressed already are stored. Numbers in binary form (weights)
 * shrink by their skewed bytes alone, and the search for repetitions, two thirds of the time, finds none.
 */
async function methodFor(block: Buffer): Promise<zlib.ZlibOptions | 'stored'> {
  const sample = sampleOf(block);
  const shrunk = await deflatedSize(sample, fast);
  if (shrunk > 0.97 * sample.length) return 'stored';
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
