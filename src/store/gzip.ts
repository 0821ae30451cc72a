import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const gzipMember = promisify(zlib.gzip);
const deflate = promisify(zlib.deflateRaw);

/** Input bytes of one gzip member. */
const blockSize = 1024 * 1024;
/** Blocks under way at once: two for each core that libuv's pool, where they are compressed, can use. */
const width = 2 * Math.min(availableParallelism(), Number(process.env.UV_THREADPOOL_SIZE) || 4);

/**
 * Compresses `source` block by block on all cores; a stage for `pipeline` or a `for await`. The result is a sequence of gzip members
 * (RFC 1952 §2.2), which every gunzip reads as one file. Equal bytes give equal output, however they were chunked. Memory: some
 * `width` blocks, since blocks are only taken as the reader takes members.
 */
export async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  const members: Promise<Buffer>[] = [];
  let count = 0;
  for await (const block of blocks(source)) {
    members.push(compress(block));
    count += 1;
    const first = members.length < width ? undefined : members.shift();
    if (first) yield await first;
  }
  if (count === 0) members.push(compress(Buffer.alloc(0)));
  for (const member of members) yield await member;
}

async function* blocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  let block = Buffer.allocUnsafeSlow(blockSize);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + blockSize - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < blockSize) continue;
      yield block;
      block = Buffer.allocUnsafeSlow(blockSize);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function compress(block: Buffer): Promise<Buffer> {
  const member = methodFor(block).then((method) => gzipMember(block, { ...method, chunkSize: block.length + 1024 }));
  // It is awaited in its turn; until then, or when the reader leaves early, a failure must not count as unhandled.
  member.catch(() => undefined);
  return member;
}

const stored = { level: 0 } as const;
const entropyOnly = { level: 1, strategy: zlib.constants.Z_HUFFMAN_ONLY } as const;
const fast = { level: 1 } as const;

/**
 * What pays for this block, judged by a sample. Random bytes and files compressed already are stored. Numbers in binary form (weights)
 * shrink by their skewed bytes alone, and the search for repetitions, two thirds of the time, finds none.
 */
async function methodFor(block: Buffer): Promise<zlib.ZlibOptions> {
  const sample = sampleOf(block);
  const shrunk = await deflatedSize(sample, fast);
  if (shrunk > 0.97 * sample.length) return stored;
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
