import { constants } from 'node:os';
import pty from '@lydell/node-pty';
import { type Screen, ScreenReader } from './screen.ts';

/** A program in a terminal of its own: a session and a process group that nobody else is in. */
export interface PseudoTerminal extends AsyncDisposable {
  readonly pid: number;
  /** What is to be seen now. */
  readonly screen: Screen;
  /** As it came, escape sequences and all. */
  readonly bytes: string;
  /** As if typed: `\r` for return, `keys` for the others. */
  type(text: string): void;
  resize(width: number, height: number): void;
  /** Takes the terminal away from under the program, as closing its window does: the kernel sends SIGHUP, and nothing can be written any more. */
  hangUp(): void;
  signal(name: NodeJS.Signals): void;
  /**
   * Resolves with the screen that matches: a pattern anywhere in its text, or a condition. Rejects, with what is to be seen, when the program
   * ends first or it takes too long.
   */
  until(condition: RegExp | string | ((screen: Screen) => boolean), seconds?: number): Promise<Screen>;
  /** The exit code as shells report it, when all that the program wrote is on the screen. */
  readonly ended: Promise<number>;
}

export interface InTerminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 100 columns and 30 rows by default. */
  readonly width?: number;
  readonly height?: number;
  /** Told of every piece that is written, with milliseconds since the start. */
  readonly onWrite?: (bytes: string, at: number) => void;
}

/** What keys send. */
export const keys = { ctrlC: '\x03', ctrlD: '\x04', ctrlZ: '\x1A', ctrlBackslash: '\x1C', return: '\r', escape: '\x1B' } as const;

/** Starts a program in a terminal. What still runs of its group when it is disposed is killed. */
export function openTerminal(file: string, args: readonly string[], surroundings: InTerminal): PseudoTerminal {
  const { cwd, env, width = 100, height = 30, onWrite } = surroundings;
  const begun = performance.now();
  const program = pty.spawn(file, [...args], {
    cwd,
    env: Object.fromEntries(Object.entries({ TERM: 'xterm-256color', ...env }).filter(([, value]) => value !== undefined)),
    cols: width,
    rows: height,
    encoding: 'utf8',
  });
  const reader = new ScreenReader({ width, height }, (reply) => program.write(reply));
  const changed = new EventTarget();
  let bytes = '';
  let last = Promise.resolve();
  program.onData((data) => {
    bytes += data;
    onWrite?.(data, performance.now() - begun);
    last = reader.write(data).then(() => void changed.dispatchEvent(new Event('change')));
  });
  const exited = new Promise<number>((resolve) => {
    program.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
  });
  const ended = exited.then(async (code) => {
    await last;
    return code;
  });
  const until: PseudoTerminal['until'] = (condition, seconds = 30) =>
    new Promise((resolve, reject) => {
      const over = (why: string): void => {
        clearTimeout(timer);
        changed.removeEventListener('change', look);
        reject(new Error(`${why} without ${String(condition)}:\n${reader.screen.text}`));
      };
      const look = (): void => {
        const { screen } = reader;
        if (!isMet(condition, screen)) return;
        clearTimeout(timer);
        changed.removeEventListener('change', look);
        resolve(screen);
      };
      const timer = setTimeout(() => over(`${seconds} s have passed`), seconds * 1000);
      changed.addEventListener('change', look);
      void ended.then((code) => over(`It ended with ${code}`)); // after what it wrote last has been looked at
      look();
    });
  return {
    pid: program.pid,
    get screen() {
      return reader.screen;
    },
    get bytes() {
      return bytes;
    },
    type: (text) => program.write(text),
    resize(columns, rows) {
      program.resize(columns, rows);
      reader.resize(columns, rows);
    },
    hangUp() {
      (program as typeof program & { kill(): void }).kill = () => {}; // closing it would send a second SIGHUP after the kernel's
      (program as typeof program & { destroy(): void }).destroy();
    },
    signal: (name) => process.kill(program.pid, name),
    until,
    ended,
    async [Symbol.asyncDispose]() {
      killGroup(program.pid);
      await ended;
      reader[Symbol.dispose]();
    },
  };
}

const isMet = (condition: RegExp | string | ((screen: Screen) => boolean), screen: Screen): boolean => {
  if (typeof condition === 'function') return condition(screen);
  return typeof condition === 'string' ? screen.text.includes(condition) : condition.test(screen.text);
};

function killGroup(pid: number): void {
  try {
    process.kill(-pid, constants.signals.SIGKILL);
  } catch {
    // all of it has ended
  }
}
