import type { IncomingMessage } from 'node:http';
import { refuse } from './errors.ts';

/** Bytes that may wait for the reader before the client is held up, and at which it is let go on. */
const highest = 512 * 1024;
const lowest = 128 * 1024;

/**
 * The body of a request as it comes. A client that sends nothing for `patience` milliseconds while somebody waits for it is given up.
 *
 * @throws RequestTimeout; IncompleteBody when the client leaves
 */
export async function* requestChunks(request: IncomingMessage, patience: number): AsyncGenerator<Buffer, void> {
  const queue: Buffer[] = [];
  let size = 0;
  let isOver = request.readableEnded;
  let isLate = false;
  let wake: (() => void) | undefined;
  const news = (): void => {
    wake?.();
    wake = undefined;
  };
  const onData = (chunk: Buffer): void => {
    queue.push(chunk);
    size += chunk.length;
    if (size >= highest) request.pause();
    news();
  };
  const onEnd = (): void => {
    isOver = true;
    news();
  };
  const timer = setTimeout(() => {
    if (wake === undefined) return timer.refresh(); // the reader is slow, not the client
    isLate = true;
    news();
  }, patience);
  request.on('data', onData).on('end', onEnd).on('error', news).on('close', news);
  try {
    for (;;) {
      for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
        size -= chunk.length;
        if (size <= lowest && request.isPaused()) request.resume();
        yield chunk;
      }
      if (isOver) return;
      if (isLate) throw refuse('RequestTimeout');
      if (request.destroyed) throw refuse('IncompleteBody');
      timer.refresh();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    clearTimeout(timer);
    request.pause();
    request.off('data', onData).off('end', onEnd).off('error', news).off('close', news);
  }
}
