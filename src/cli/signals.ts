import { constants } from 'node:os';
import type { Emulator } from '../emulator.ts';
import type { StopSignals } from '../jobs/stop.ts';
import type { Io } from './io.ts';

export interface Interrupts extends StopSignals, Disposable {
  /** 128 + the number of the first signal, as shells report it; undefined when there was none. */
  readonly exitCode: number | undefined;
}

/**
 * Ctrl-C, SIGTERM and a closed terminal as the two steps of a stop: the first one is polite, the second cuts the grace short. The third
 * calls `leave`, which has to end the process.
 */
export function catchInterrupts(leave: (exitCode: number) => void, onInterrupt: (count: number) => void): Interrupts {
  const stop = new AbortController();
  const kill = new AbortController();
  let count = 0;
  let exitCode: number | undefined;
  const receive = (signal: NodeJS.Signals): void => {
    count += 1;
    exitCode ??= 128 + constants.signals[signal];
    if (count === 1) stop.abort();
    else if (count === 2) kill.abort();
    onInterrupt(count);
    if (count > 2) leave(exitCode);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, receive);
  return {
    stop: stop.signal,
    kill: kill.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, receive);
    },
  };
}

/**
 * Runs a command under the interrupts. The third Ctrl-C leaves at once: what is still in the engine is then removed by a process of its
 * own, which outlives this one.
 */
export async function interrupted(emulator: Emulator, io: Io, run: (interrupts: Interrupts) => Promise<number>): Promise<number> {
  const leave = (exitCode: number): void => {
    void leaveTo(emulator, exitCode);
  };
  const say = (count: number): void => {
    if (count === 1) void io.err.write('\nStopping: the container gets SIGTERM and its grace. Ctrl-C again kills it at once.\n');
    if (count === 2) void io.err.write('\nKilling. Ctrl-C again leaves at once.\n');
  };
  using interrupts = catchInterrupts(leave, say);
  try {
    return await run(interrupts);
  } catch (error) {
    // What an interrupted step throws is the interruption, not a failure.
    if (interrupts.stop.aborted && (error === interrupts.stop.reason || error === interrupts.kill.reason)) return interrupts.exitCode ?? 1;
    throw error;
  }
}

async function leaveTo(emulator: Emulator, exitCode: number): Promise<void> {
  const { spawn } = await import('node:child_process'); // loading it costs every command milliseconds that this rare case alone needs
  const { id } = await emulator.owner;
  const args = [process.argv[1] ?? '', 'clean', '--owner', id, '--home', emulator.home.path, '--engine', emulator.engine.address.host];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
  process.exit(exitCode);
}
