import { harmless } from '../harmless.ts';
import type { ImageObserver } from '../image.ts';
import type { BuildEvent } from '../progress.ts';
import { duration } from '../units.ts';
import { foldCachedSteps } from './cached-steps.ts';
import { type Io, style } from './io.ts';
import { jsonTeller } from './json-lines.ts';
import { progressPrinter } from './progress-printer.ts';

/** Shows how a build or a push goes on. Disposing it takes away what is shown below all lines. */
export interface ImagePrinter extends ImageObserver, Disposable {}

/** One JSON object a line on stdout. */
export function jsonImagePrinter(io: Io): ImagePrinter {
  const tell = jsonTeller(io);
  return { event: (event) => void tell(event), [Symbol.dispose]() {} };
}

/**
 * Lines for people on stderr: each step, what its command prints behind its place, and how long it took. On a terminal the steps that run stand
 * below, with their time.
 */
export function humanImagePrinter(io: Io): ImagePrinter {
  const { dim, yellow, bold } = style(io.color);
  const progress = progressPrinter(io);
  const running = new Map<string, { readonly text: string; readonly since: number }>();
  const say = (text: string): void => void io.err.write(`${text}\n`);
  let isPulling = false;
  const showRunning = (): void => {
    if (isPulling) return; // the line shows that
    const lines = [...running].map(([step, { text, since }]) => `Step ${step} ${text} … ${duration((io.now().getTime() - since) / 1000)}`);
    io.err.showLast?.(lines.length > 0 ? lines.join('\n') : undefined);
  };
  const timer = io.err.showLast && setInterval(showRunning, 1000).unref();
  const build = (event: BuildEvent): void => {
    const { step = '', state, seconds = 0 } = event;
    const message = harmless(event.message);
    if (state === undefined) say(`${step === '' ? '' : dim(`${step} ${io.color ? '│' : '|'} `)}${message}`);
    else if (state === 'begun') say(bold(message));
    else say(dim(`Step ${step} ${state === 'cached' ? 'was there already' : `${state}, ${duration(seconds)}`}`));
  };
  /** A step runs from its beginning on, whenever that is shown. */
  const follow = ({ step = '', state, message }: BuildEvent): void => {
    if (state === undefined) return;
    if (state !== 'begun') running.delete(step);
    else running.set(step, { text: harmless(message.slice(message.indexOf(' : ') + 3)), since: io.now().getTime() });
  };
  const steps = foldCachedSteps(io, build, (text) => say(dim(text)));
  return {
    event(event) {
      if (event.event === 'build') {
        follow(event);
        steps.step(event);
        return showRunning();
      }
      steps.flush();
      switch (event.event) {
        case 'progress':
          isPulling = event.state === 'begun' || event.state === 'running';
          return progress(event);
        case 'note':
          return say(dim(harmless(event.message)));
        case 'warning':
          return say(yellow(`Warning: ${harmless(event.message)}`));
      }
    },
    [Symbol.dispose]() {
      steps.flush();
      clearInterval(timer);
      running.clear();
      io.err.showLast?.(undefined);
    },
  };
}
