import { link, linkSync } from 'node:fs';
import { slices } from './slices.ts';

/** A file that is there, and the name it gets too. */
export interface Link {
  readonly source: string;
  readonly target: string;
}

/** Links that libuv's pool has at once: as many as are made in this thread until it looks again. Of fewer than twice as many it has none. */
const inPool = 512;

/**
 * Makes hard links. In this thread one takes 11 µs, a third of the time of the way through libuv's pool, most of it in the file system; so both make
 * them at the same time, from both ends, which together takes four fifths of that. `onTrouble` is told of each that the system refuses, and what it
 * throws ends it, as `signal` does. It returns or throws when nothing is under way any more.
 */
export async function linkAll<T extends Link>(
  links: readonly T[],
  signal: AbortSignal,
  onTrouble: (refused: T, error: unknown) => void,
): Promise<void> {
  let [next, end] = [0, links.length];
  let underWay = 0;
  let rest = (): void => {};
  let failure: { readonly error: unknown } | undefined;
  const refused = (which: T, error: unknown): void => {
    try {
      onTrouble(which, error);
    } catch (thrown) {
      failure ??= { error: thrown };
    }
  };
  const handOut = (): void => {
    while (underWay < inPool && end - next > inPool) {
      end -= 1;
      const one = links[end] as T;
      underWay += 1;
      link(one.source, one.target, (error) => {
        underWay -= 1;
        if (error) refused(one, error);
        if (underWay === 0) rest();
      });
    }
  };
  const turn = slices();
  handOut();
  while (next < end && !failure && !signal.aborted) {
    const others = turn();
    if (others) {
      await others; // awaiting nothing would take longer than a link, ten thousand times
      handOut();
      continue;
    }
    const one = links[next] as T;
    next += 1;
    try {
      linkSync(one.source, one.target);
    } catch (error) {
      refused(one, error);
    }
  }
  if (underWay > 0) {
    await new Promise<void>((resolve) => {
      rest = resolve;
    });
  }
  signal.throwIfAborted();
  if (failure) throw failure.error;
}
