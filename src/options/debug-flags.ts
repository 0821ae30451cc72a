import { fail } from '../errors.ts';
import type { TrainValues } from './train-options.ts';

export interface DebugOptions {
  readonly port?: number;
  readonly waits: boolean;
}

/** Undefined when nobody asks for a debugger: that a port is named, perhaps in a project file, is none yet. Errors: WrongUsage. */
export function debugOptions(values: Pick<TrainValues, 'debug' | 'debug-wait' | 'debug-port'>): DebugOptions | undefined {
  if (!values.debug && !values['debug-wait']) return undefined;
  const text = values['debug-port'];
  return { ...(text !== undefined && { port: debugPort(text) }), waits: values['debug-wait'] };
}

function debugPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw fail('WrongUsage', {
    message: `--debug-port ${text}: that is no port.`,
    remedy: 'Give a number from 1 to 65535, or 0 for free ones.',
  });
}
