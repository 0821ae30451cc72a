import { elapsed } from '../units.ts';
import type { Sink } from './sink.ts';

/**
 * Counts down in the last line of a terminal the seconds until a container that got SIGTERM gets SIGKILL; elsewhere nothing is shown.
 * `hint`: what can be done about it. Disposing it takes the line away.
 */
export function countDown(sink: Sink, grace: number, hint: () => string = () => ''): Disposable {
  const end = performance.now() + grace * 1000;
  const show = (): void => {
    const left = Math.round((end - performance.now()) / 1000);
    sink.showLast?.(left > 0 ? `SIGKILL in ${elapsed(left)}${hint()}` : 'SIGKILL was sent');
  };
  show();
  const timer = setInterval(show, 1000).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      sink.showLast?.(undefined);
    },
  };
}
