import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';

/** A member of an image's archive, by what it begins with: its name need not tell. */
export interface Unpacked {
  readonly form: 'tar' | 'document' | 'unknown';
  /** What is in it, without compression. To be read to its end. */
  readonly stream: AsyncIterableIterator<Buffer>;
}

/** Errors: a compression that this Node does not know. */
export async function unpacked(content: AsyncIterable<Buffer>): Promise<Unpacked> {
  const { beginning, stream } = await begun(content);
  const decompress = decompressorFor(beginning);
  if (!decompress) return { form: formOf(beginning), stream };
  const inner = pipeline(Readable.from(stream), decompress, () => {}); // whoever reads sees the failure
  const within = await begun(inner as AsyncIterable<Buffer>);
  return { form: formOf(within.beginning), stream: within.stream };
}

const headerSize = 512;

/** Looks at the beginning. The rest is taken piece by piece and never cut off: leaving a member early would end the whole archive. */
async function begun(
  content: AsyncIterable<Buffer>,
): Promise<{ readonly beginning: Buffer; readonly stream: AsyncIterableIterator<Buffer> }> {
  const pieces = content[Symbol.asyncIterator]();
  let beginning: Buffer = Buffer.alloc(0);
  while (beginning.length < headerSize) {
    const { done, value } = await pieces.next();
    if (done) break;
    beginning = Buffer.concat([beginning, value]);
  }
  let isFirst = true;
  const stream: AsyncIterableIterator<Buffer> = {
    async next() {
      if (!isFirst || beginning.length === 0) return pieces.next();
      isFirst = false;
      return { done: false, value: beginning };
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return { beginning, stream };
}

/** The containerd store of Docker keeps layers as their registry has them. */
function decompressorFor(beginning: Buffer): NodeJS.ReadWriteStream | undefined {
  if (beginning.length < 4) return undefined;
  if (beginning.readUInt16BE(0) === 0x1f8b) return zlib.createGunzip({ chunkSize });
  if (beginning.readUInt32BE(0) !== 0x28b52ffd) return undefined;
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => NodeJS.ReadWriteStream };
  if (!createZstdDecompress) throw new Error('its layers are compressed with zstd, which Node reads from version 22.15 on');
  return createZstdDecompress({ chunkSize });
}

const chunkSize = 256 * 1024;

function formOf(beginning: Buffer): Unpacked['form'] {
  if (isTar(beginning)) return 'tar';
  return /^\s*[[{]/.test(beginning.subarray(0, 64).toString('latin1')) ? 'document' : 'unknown';
}

/** By the checksum of its first header; an archive of nothing is zeros. */
function isTar(beginning: Buffer): boolean {
  const header = beginning.subarray(0, headerSize);
  if (header.length < headerSize) return false;
  const said = Number.parseInt(header.subarray(148, 156).toString('latin1'), 8);
  if (Number.isNaN(said)) return header.every((byte) => byte === 0);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === said;
}
