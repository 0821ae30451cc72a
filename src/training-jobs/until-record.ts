import type { TrainingRecord } from '../jobs/record.ts';
import { after, relay } from '../stop.ts';
import { fileChanges } from '../store/file-changes.ts';

/**
 * Waits until a record is as wanted, at most for so many seconds, and returns it as it is then; undefined when it has gone. Errors: the
 * signal's reason; DiskTrouble.
 */
export async function untilRecord(
  path: string,
  read: () => Promise<TrainingRecord | undefined>,
  isReached: (record: TrainingRecord) => boolean,
  seconds: number,
  signal?: AbortSignal,
): Promise<TrainingRecord | undefined> {
  const enough = new AbortController();
  const unlink = signal && relay(signal, enough);
  const timer = after(seconds, undefined);
  void timer.elapsed.then(() => enough.abort());
  try {
    for await (const _change of fileChanges([path], enough.signal)) {
      const record = await read();
      if (!record || isReached(record)) return record;
    }
    signal?.throwIfAborted();
    return await read();
  } finally {
    timer.release();
    unlink?.();
  }
}
