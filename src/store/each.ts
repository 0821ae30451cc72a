/**
 * Sixteen at a time: small files gain most from it, and more gains nothing (one disk). The first failure, and `signal`, end them all; it
 * returns or throws when all of them have come to rest, so that whoever removes what they made does not race with them.
 */
export async function each<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, stopped: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      stopped.throwIfAborted();
      await work(item, stopped);
    }
  };
  const failing = Array.from({ length: 16 }, () => worker().catch((error) => failed.abort(error)));
  await Promise.all(failing);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}
