import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Debugger } from '../dev/debugger/debugger.ts';
import type { Emulator, EmulatorOptions } from '../emulator.ts';
import { fail } from '../errors.ts';
import { debugOptions } from '../options/debug-flags.ts';
import type { TrainValues } from '../options/train-options.ts';
import { Scope } from '../scope.ts';
import { relay } from '../stop.ts';
import { showDebugger } from './debugger-news.ts';
import type { Io } from './io.ts';
import type { Interrupts } from './signals.ts';

type Run = (interrupts: Interrupts) => Promise<number>;

/** How a command runs with `--debug`; without it, as ever. */
export interface Debugging extends AsyncDisposable {
  readonly isOn: boolean;
  /** Opens the emulator with debuggers in its containers. */
  open(options: EmulatorOptions, open: (options: EmulatorOptions) => Promise<Emulator>): Promise<Emulator>;
  /** Ends the run when it cannot be debugged, and throws why: DebuggerMissing, PortTaken, trouble of the engine. */
  guard(run: Run): Run;
  /**
   * For a run that has one thing after the other debugged, in place of `guard`: a signal that aborts when what begins now cannot be. Reasons: what
   * `guard` throws. Absent without `--debug`.
   */
  readonly anew?: () => AbortSignal;
}

/** Errors: WrongUsage, PortTaken. */
export async function debugging(
  values: Pick<TrainValues, 'debug' | 'debug-wait' | 'debug-port' | 'engine' | 'json'>,
  io: Io,
): Promise<Debugging> {
  const wanted = debugOptions(values);
  if (!wanted) return { isOn: false, open: (options, open) => open(options), guard: (run) => run, async [Symbol.asyncDispose]() {} };
  const [{ Debugger: Opened }, { openEngine }] = await Promise.all([import('../dev/debugger/debugger.ts'), import('../engine/open.ts')]);
  const scope = new Scope();
  let emulator: Emulator | undefined;
  const made = await Opened.open({
    ...wanted,
    directory: async () => {
      const directory = await emulator?.temporaryDirectory('debugger');
      return directory ? scope.use(directory).path : '';
    },
    onEvent: showDebugger(io, values.json),
  });
  scope.use(made);
  return {
    isOn: true,
    async open(options, open) {
      const engine = typeof options.engine === 'object' ? options.engine : scope.use(await openEngine(options.engine));
      emulator = await open({ ...options, engine: made.on(engine), time: made.time });
      return emulator;
    },
    guard: (run) => (interrupts) => runGuarded(run, interrupts, made),
    anew: () => made.anew(),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function runGuarded(run: Run, interrupts: Interrupts, { failed }: Debugger): Promise<number> {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const releases = [relay(interrupts.stop, stop), relay(interrupts.kill, kill), relay(failed, stop), relay(failed, kill)];
  const guarded: Interrupts = {
    stop: stop.signal,
    kill: kill.signal,
    get exitCode() {
      return interrupts.exitCode;
    },
    [Symbol.dispose]: () => interrupts[Symbol.dispose](),
  };
  try {
    const code = await run(guarded);
    if (failed.aborted) throw failed.reason;
    return code;
  } catch (error) {
    throw failed.aborted ? failed.reason : error;
  } finally {
    for (const release of releases) release();
  }
}

/** Errors: WrongUsage. */
export function refuseIsolated({ EnableNetworkIsolation }: CreateTrainingJobRequest): void {
  if (!EnableNetworkIsolation) return;
  throw fail('WrongUsage', {
    message: 'The job asks for network isolation, and a debugger could not reach its containers.',
    remedy: 'Leave out --network-isolation, or EnableNetworkIsolation of the request, while you debug.',
  });
}
