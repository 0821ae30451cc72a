/** Ends with the signal's reason also while the source has nothing to give. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  if (!signal) return yield* source;
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  // A race with one promise for all would keep every chunk until its end.
  let wake: (reason: unknown) => void = () => {};
  const abort = (): void => wake(signal.reason);
  signal.addEventListener('abort', abort);
  let isOver = false;
  try {
    while (!isOver) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        wake = reject;
        iterator.next().then(resolve, (error) => {
          isOver = true;
          reject(error);
        });
      });
      isOver ||= next.done === true;
      if (!next.done) yield next.value;
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a source that gives nothing may not end either.
    if (!isOver) iterator.return?.()?.catch(() => {});
  }
}
