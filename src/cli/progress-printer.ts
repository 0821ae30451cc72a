import type { ProgressEvent } from '../progress.ts';
import { duration, size } from '../units.ts';
import { type Io, style } from './io.ts';

/**
 * Shows how far something has come: on a terminal in one line that is written over, elsewhere in a line when it begins, one every few seconds
 * and one at the end.
 */
export function progressPrinter(io: Io): (event: ProgressEvent) => void {
  const { dim } = style(io.color);
  const begun = new Map<string, { readonly at: number; saidAt: number }>();
  const say = (text: string): void => void io.err.write(`${dim(text)}\n`);
  const { showLast } = io.err;
  return (event) => {
    const { what, state } = event;
    const now = io.now().getTime();
    const known = begun.get(what) ?? { at: now, saidAt: now };
    begun.set(what, known);
    switch (state) {
      case 'begun':
        return showLast ? showLast(`${what} …`) : say(`${what} …`);
      case 'running':
        if (showLast) return showLast(lineOf(what, `: ${soFar(event)}`, io.err.width ?? 80));
        if (now - known.saidAt < pause) return;
        known.saidAt = now;
        return say(`${what}: ${soFar(event)}`);
      default: // what went wrong is told by whoever ends because of it
        begun.delete(what);
        showLast?.(undefined);
        if (state === 'done') say(`${what}: done, ${amount(event.done, event)} in ${duration((now - known.at) / 1000)}`);
    }
  };
}

/** Milliseconds between two lines where none can be written over. */
const pause = 5000;

/** The figures matter most; where there is no room for the whole of what they are about, its middle is left out. */
function lineOf(what: string, figures: string, width: number): string {
  const room = width - 1 - figures.length;
  if (what.length <= room) return what + figures;
  const head = what.slice(0, what.indexOf(' ') + 1);
  return `${head}…${what.slice(what.length - Math.max(0, room - head.length - 1))}${figures}`;
}

/** `12.3 MB of 45.6 MB (27 %), 3.1 MB/s` */
function soFar(event: ProgressEvent): string {
  const { done, total, rate } = event;
  const of = total === undefined ? '' : ` of ${amount(total, event)} (${Math.floor((100 * done) / Math.max(total, 1))} %)`;
  return `${amount(done, event)}${of}${rate === undefined ? '' : `, ${amount(rate, event)}/s`}`;
}

const amount = (count: number, { unit }: ProgressEvent): string => (unit === 'bytes' ? size(count) : `${count} ${unit}`);
