import { close, constants, openSync } from 'node:fs';
import { codeOf } from '../disk-trouble.ts';
import type { Found } from './find.ts';

/** Bytes. Below, it takes no millisecond. */
const largeSize = 16 * 1024 * 1024;

/**
 * To be called before a file is removed or replaced, and what it returns, after. Whoever lets go of a file last waits while the system frees
 * what it held, half a second for a gigabyte: that becomes a thread of the pool.
 */
export function holdLarge(found: Found | undefined): () => void {
  if (!found || found.stats.size < largeSize) return () => {};
  try {
    const file = openSync(found.file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return () => close(file, () => {}); // there was nothing to be lost
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return () => {}; // it has just gone, or may not be read: then it takes what it takes
  }
}
