import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc.ts';

/** What can be worked out of a content while it is written. */
export const digestNames = ['md5', 'sha1', 'sha256', 'crc32', 'crc32c', 'crc64nvme'] as const;

export type DigestName = (typeof digestNames)[number];

/** Those that were asked for, as bytes; CRCs with their highest byte first, as S3 has them. */
export type Digests = ReadonlyMap<DigestName, Buffer>;

export interface Digest {
  update(bytes: Uint8Array): void;
  /** To be called once. */
  digest(): Buffer;
}

export function newDigest(name: DigestName): Digest {
  switch (name) {
    case 'crc32':
      return crcDigest(0, crc32, bytesOf32);
    case 'crc32c':
      return crcDigest(0, crc32c, bytesOf32);
    case 'crc64nvme':
      return crcDigest({ high: 0, low: 0 }, crc64nvme, ({ high, low }) => Buffer.concat([bytesOf32(high), bytesOf32(low)]));
    default:
      return createHash(name);
  }
}

/** Of a content that is there whole. */
export function digestOf(name: DigestName, bytes: Uint8Array): Buffer {
  const digest = newDigest(name);
  digest.update(bytes);
  return digest.digest();
}

function crcDigest<T>(start: T, next: (bytes: Uint8Array, value: T) => T, bytesOf: (value: T) => Buffer): Digest {
  let value = start;
  return {
    update(bytes) {
      value = next(bytes, value);
    },
    digest: () => bytesOf(value),
  };
}

function bytesOf32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
