import { parseFaults } from '../contract/faults.ts';
import { limitsOf, parseLimits } from '../contract/limits.ts';
import { parseDuration } from '../contract/quantities.ts';
import { type EmulatorOptions, openEmulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import { emulatorOptions, gpus } from '../options/common-flags.ts';
import { logVariable, type UpValues } from '../options/up-options.ts';
import { serveApi, type UpSpec } from '../up/up.ts';
import { openAccessLog } from './access-log.ts';
import type { Io } from './io.ts';
import { portOf } from './serve.ts';
import { catchInterrupts, startCleaning } from './signals.ts';
import { humanUpPrinter, jsonUpPrinter } from './up-printer.ts';

/** `sm-local up`: AWS's APIs on one port until Ctrl-C or `sm-local down`. Returns the exit code: 0 when it was ended so. */
export async function up(values: UpValues, io: Io): Promise<number> {
  const spec = specOf(values, io);
  if (values.detach) {
    const { detach } = await import('./detach.ts');
    return await detach(values, io);
  }
  const grace = limitsOf('serving', spec.hosting.limits)['stop-grace'];
  const printer = values.json ? jsonUpPrinter(io) : humanUpPrinter(io);
  const options = emulatorOptions(values, io);
  await using home = values.ephemeral ? await ephemeralHome(options) : undefined;
  await using emulator = await openEmulator(home ? { ...options, home: home.path } : options);
  using interrupts = catchInterrupts(
    (count) => printer.interrupted(count, grace, values.keep),
    async () => {
      if (!values.keep) await startCleaning(emulator);
    },
  );
  try {
    const target = values['access-log'];
    await using access = target === undefined ? undefined : await openAccessLog(target, io, printer.warn);
    const observer = { ...printer.observer, invocation: (over: InvocationOver): void => access?.add(over) };
    await using api = await serveApi(emulator, spec, observer, interrupts);
    printer.ready(api, emulator.root.home.path);
    process.send?.({ url: api.url }); // to whoever detached this process
    await api.ending;
    return 0;
  } finally {
    await printer.drained();
  }
}

function specOf(values: UpValues, io: Io): UpSpec {
  const limits = parseLimits(values.limit);
  if (values.keep && values.ephemeral) {
    throw fail('WrongUsage', {
      message: '--keep and --ephemeral contradict each other.',
      remedy: 'Leave one of them out: what is kept needs a home that stays.',
    });
  }
  if (values.detach && values.ephemeral) {
    throw fail('WrongUsage', {
      message: '--detach and --ephemeral do not go together: nobody would know how to end it.',
      remedy: 'Give it a home of its own instead (--home DIR --detach), and remove that with sm-local down and sm-local reset.',
    });
  }
  const { callback = 'on' } = values;
  if (callback !== 'on' && callback !== 'off')
    throw fail('WrongUsage', { message: `--callback ${callback}: that is neither on nor off.`, remedy: 'Use on or off.' });
  const training = limitsOf('training', limits);
  return {
    port: portOf(values.port ?? '4570'),
    keeps: values.keep,
    isEphemeral: values.ephemeral,
    hasCallback: callback === 'on',
    hosting: {
      limits,
      startAttempts: values['fast-fail'] ? 1 : 3,
      hasInstanceLimits: values['instance-limits'],
      ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    },
    training: {
      stopGrace: training['stop-grace'],
      ...(limits.run !== undefined && { maxRuntime: training.run }),
      ...(values['instance-limits'] && { instanceLimits: true }),
      ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    },
    ...(values['long-poll'] !== undefined && { longPoll: parseDuration(values['long-poll'], '--long-poll') }),
    ...(values.fault.length > 0 && { faults: parseFaults(values.fault) }),
    ...(io.env[logVariable] !== undefined && { log: io.env[logVariable] }),
  };
}

/** Below the user's home, so that `clean` finds what a process leaves that was killed. */
async function ephemeralHome(options: EmulatorOptions) {
  const emulator = await openEmulator(options);
  const directory = await emulator.root.temporaryDirectory('ephemeral');
  return {
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await directory[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}
