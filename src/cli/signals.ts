import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import type { Emulator } from '../emulator.ts';
import type { StopSignals } from '../stop.ts';
import type { StopNews } from './stop-news.ts';

export interface Interrupts extends StopSignals, Disposable {
  /** 128 + the number of the first signal, as shells report it; undefined when there was none. */
  readonly exitCode: number | undefined;
}

/**
 * Ctrl-C, SIGTERM and a closed terminal as the two steps of a stop: the first one is polite, the second cuts the grace short. The third
 * ends the process at once, after `leave`.
 */
export function catchInterrupts(onInterrupt: (count: number) => void = () => {}, leave: () => Promise<void> = async () => {}): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  setMaxListeners(0, stop.signal, kill.signal); // everything that runs listens
  const terminals = [0, 1, 2].filter(isatty);
  let count = 0;
  let first: NodeJS.Signals | undefined;
  const receive = (signal: NodeJS.Signals): void => {
    count += 1;
    first ??= signal;
    if (signal === 'SIGHUP') dieWithTerminal(terminals);
    onInterrupt(count);
    if (count === 1) stop.abort();
    if (count === 2) kill.abort();
    const die = (): void => dieOf(first ?? signal);
    if (count === 3) leave().then(die, die);
    if (count > 3) die();
  };
  for (const signal of signals) process.on(signal, receive);
  return {
    stop: stop.signal,
    kill: kill.signal,
    get exitCode() {
      return first && exitCodeOf(first);
    },
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, receive);
    },
  };
}

/** For commands that have nothing to undo: the first signal ends them. */
export function dieOnInterrupt(): Disposable {
  for (const signal of signals) process.on(signal, dieOf);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, dieOf);
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends this process as the signal would have without us; process 1 of a container, whom signals do not end, with the exit code that stands
 * for it. Leaving with a code waits for what is being written to a reader that has stalled, as `less` has.
 */
function dieOf(signal: NodeJS.Signals): void {
  process.emit('exit', exitCodeOf(signal)); // programs that end with this one are ended there
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(exitCodeOf(signal));
}

/**
 * Node aborts when it ends and a terminal that it began with is gone, whose settings it wants to restore; that would leave a core and a report of
 * a crash. The signal that came when it went ends the process in its stead.
 */
function dieWithTerminal(terminals: readonly number[]): void {
  process.once('exit', () => {
    if (!terminals.every(isatty)) dieOf('SIGHUP');
  });
}

const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/**
 * Runs a command under the interrupts. The third Ctrl-C leaves at once: what is still in the engine is then removed by a process of its
 * own, which outlives this one.
 */
export async function interrupted(emulator: Emulator, news: StopNews, run: (interrupts: Interrupts) => Promise<number>): Promise<number> {
  using interrupts = catchInterrupts(
    (count) => news.interrupted(count),
    () => startCleaning(emulator),
  );
  return await run(interrupts).catch((error: unknown) => codeOfInterruption(error, interrupts));
}

/** What an interrupted step throws is the interruption, not a failure: its exit code. Throws any other error. */
export function codeOfInterruption(error: unknown, { stop, kill, exitCode }: Interrupts): number {
  if (exitCode !== undefined && (error === stop.reason || error === kill.reason)) return exitCode;
  throw error;
}

/** Has a process of its own, which outlives this one, remove what this one has in the engine. */
export async function startCleaning(emulator: Emulator): Promise<void> {
  const { spawn } = await import('node:child_process'); // loading it costs every command milliseconds that this rare case alone needs
  const { host, rule } = emulator.engine.address;
  // Found by another rule, the engine has certificates perhaps; the same rule finds it again.
  const engine = rule === '--engine' ? ['--engine', host] : [];
  const args = [
    process.argv[1] ?? '',
    'clean',
    '--owner',
    (await emulator.owner).id,
    '--home',
    emulator.root.home.path,
    '--region',
    emulator.region,
    '--account',
    emulator.account,
    ...engine,
  ];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
}
