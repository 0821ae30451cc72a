import { duration } from '../units.ts';
import { type Io, style } from './io.ts';

/**
 * Says what is being done where that takes longer than anybody waits without wondering: on a terminal in a last line with the seconds, elsewhere in a
 * line, and another when it is over. Nothing is said of what is done within a second, nor where JSON is printed.
 */
export async function whileBusy<T>(
  io: Io,
  { what, json = false, silence = usualSilence }: { readonly what: string; readonly json?: boolean; readonly silence?: number },
  work: () => Promise<T>,
): Promise<T> {
  if (json) return await work();
  const { dim } = style(io.color);
  const { showLast } = io.err;
  const since = performance.now();
  const took = (): string => duration((performance.now() - since) / 1000);
  let isTold = false;
  const tell = (): void => {
    if (showLast) showLast(dim(`${what} … ${took()}`));
    else if (!isTold) void io.err.write(`${dim(`${what} …`)}\n`);
    isTold = true;
  };
  let timer = setTimeout(() => {
    tell();
    if (showLast) timer = setInterval(tell, 200).unref();
  }, silence).unref();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (isTold && showLast) showLast(undefined);
    else if (isTold) await io.err.write(`${dim(`${what}: over after ${took()}`)}\n`);
  }
}

/** Milliseconds. */
const usualSilence = 1000;
