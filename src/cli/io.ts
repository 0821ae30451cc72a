import type { Surroundings } from '../options/surroundings.ts';
import { descriptorSink, type Sink, type Terminal } from './sink.ts';

/** Everything a command takes from its surroundings, so that tests can hand in their own. */
export interface Io extends Surroundings {
  /** Results. */
  readonly out: Sink;
  /** Everything for people: progress, container lines, errors. */
  readonly err: Sink;
  /** What went wrong, where `err` has been silenced; `err` when absent. */
  readonly trouble?: Sink;
  /** Whether texts for people may carry colours. */
  readonly color: boolean;
  /** Whether they carry them even where no terminal shows them. */
  readonly isColorForced?: boolean;
  /** Results and errors alone, or also what is decided and why; absent: what people want to know. */
  readonly level?: 'quiet' | 'verbose';
}

/** Where errors and questions go, however quiet it is to be. */
export const troubleOf = ({ trouble, err }: Io): Sink => trouble ?? err;

export function processIo(): Io {
  const isDumb = process.env.TERM === 'dumb';
  const err = descriptorSink(2, 'standard error', terminalOf(process.stderr, isDumb));
  const color = colors(process.env, err.isTerminal && !isDumb);
  return {
    out: descriptorSink(1, 'standard output', terminalOf(process.stdout, isDumb)),
    err,
    env: process.env,
    cwd: process.cwd(),
    ...color,
    now: () => new Date(),
    onWarning: (message) => void err.write(`${style(color.color).yellow(message)}\n`),
  };
}

/** NO_COLOR (no-color.org) takes colours away, FORCE_COLOR has them anywhere and wins over it, as in Node; 0 and false take them away too. */
export function colors(env: NodeJS.ProcessEnv, canShow: boolean): Pick<Io, 'color' | 'isColorForced'> {
  const { FORCE_COLOR: forced, NO_COLOR: none } = env;
  if (forced !== undefined) return forced === '0' || forced === 'false' ? { color: false } : { color: true, isColorForced: true };
  return { color: canShow && !none };
}

/** The styles of results: those of people, where a terminal shows them. */
export const resultStyle = (io: Io): ReturnType<typeof style> => style(io.isColorForced || (io.color && io.out.isTerminal));

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
