import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Yields at once, and again after one of the files was written, replaced or removed by whatever process; ends when `signal` aborts. Several
 * changes may come as one. The directories must exist. Raises the system's errors.
 */
export async function* fileChanges(paths: readonly string[], signal: AbortSignal): AsyncGenerator<void, void> {
  let wake = (): void => {};
  let failure: unknown;
  let isChanged = true;
  const changed = (): void => {
    isChanged = true;
    wake();
  };
  // A file that is replaced is another file afterwards, so its directory is watched.
  const watchers = paths.map((path) =>
    watch(dirname(path), (_event, file) => {
      if (file === null || file === basename(path)) changed();
    }).on('error', (error) => {
      failure = error;
      changed();
    }),
  );
  // Network file systems do not tell of what other machines write, and a process that dies writes nothing.
  const timer = setInterval(changed, missedAfter);
  signal.addEventListener('abort', changed, { once: true });
  try {
    while (!signal.aborted) {
      if (failure) throw failure;
      if (isChanged) {
        isChanged = false;
        yield;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    for (const watcher of watchers) watcher.close();
    clearInterval(timer);
    signal.removeEventListener('abort', changed);
  }
}

/** Milliseconds after which a change that nobody told of is seen. */
const missedAfter = 1000;
