import type { Surroundings } from '../options/surroundings.ts';
import { descriptorSink, type Sink, type Terminal } from './sink.ts';

/** Everything a command takes from its surroundings, so that tests can hand in their own. */
export interface Io extends Surroundings {
  /** Results. */
  readonly out: Sink;
  /** Everything for people: progress, container lines, errors. */
  readonly err: Sink;
  /** Whether texts for people may carry colours. */
  readonly color: boolean;
}

export function processIo(): Io {
  const isDumb = process.env.TERM === 'dumb';
  const err = descriptorSink(2, 'standard error', terminalOf(process.stderr, isDumb));
  return {
    out: descriptorSink(1, 'standard output', terminalOf(process.stdout, isDumb)),
    err,
    env: process.env,
    cwd: process.cwd(),
    color: err.isTerminal && !process.env.NO_COLOR && !isDumb,
    now: () => new Date(),
  };
}

/** Its size may change while it is looked at. */
const terminalOf = (stream: NodeJS.WriteStream, isDumb: boolean): Terminal => ({
  isTTY: stream.isTTY,
  get columns() {
    return stream.columns;
  },
  get rows() {
    return stream.rows;
  },
  isDumb,
});

/** Terminal styles; without colours they do nothing. */
export const style = (color: boolean) => {
  const wrap = (open: number, close: number) => (text: string) => (color ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39), cyan: wrap(36, 39) };
};
