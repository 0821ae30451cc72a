import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { diskTrouble, isSystemError } from './disk-trouble.ts';
import type { ObjectAddress, ObjectStore } from './objects.ts';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Told of bytes as they come. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Writes an object to a file of this machine that everybody may read. After an error, what was written stays.
 * Errors: those of the store, NoSuchKey among them; DiskTrouble; the signal's reason.
 */
export async function fetchObject(
  objects: Pick<ObjectStore, 'get'>,
  address: ObjectAddress,
  path: string,
  { signal, onBytes }: FetchOptions,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const { body } = await objects.get(address, { signal });
    if (onBytes) body.on('data', (chunk: Buffer) => onBytes(chunk.length));
    await pipeline(body, createWriteStream(path, { mode: 0o644 }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw isSystemError(error) ? diskTrouble('write', path, error) : error;
  }
}
