import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** A body that comes in these pieces. */
export async function* chunks(...contents: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void> {
  for (const content of contents) {
    await setImmediate();
    yield Buffer.from(content);
  }
}

/** In hexadecimal. */
export const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex');
