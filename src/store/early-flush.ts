import type { FileHandle } from 'node:fs/promises';

/** Has the disk take what is there while the processors are busy with the rest, which leaves a tenth of the wait for the end. */
export function earlyFlush(handle: Pick<FileHandle, 'datasync'>) {
  let bytes = 0;
  let running: Promise<void> | undefined;
  let trouble: { readonly error: unknown } | undefined;
  const flush = async (): Promise<void> => {
    try {
      await handle.datasync();
    } catch (error) {
      trouble ??= { error };
    }
    running = undefined;
  };
  return {
    written(count: number): void {
      bytes += count;
      if (bytes < flushedAtOnce || running || trouble) return;
      bytes = 0;
      running = flush();
    },
    async settled(): Promise<void> {
      await running;
    },
    /** All of it is on the disk. Errors: the system's, also one of before: it tells of each only once. */
    async end(): Promise<void> {
      await running;
      await flush();
      if (trouble) throw trouble.error;
    },
  };
}

const flushedAtOnce = 32 * 1024 * 1024;
