import type { Sink } from './sink.ts';

/** Shows in the last line of a terminal how many seconds are left, elsewhere nothing. Disposing it takes the line away. */
export function countDown(sink: Sink, seconds: number, text: (left: number) => string): Disposable {
  const end = performance.now() + seconds * 1000;
  const show = (): void => sink.showLast?.(text(Math.max(0, Math.ceil((end - performance.now()) / 1000))));
  show();
  const timer = setInterval(show, 1000).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      sink.showLast?.(undefined);
    },
  };
}
