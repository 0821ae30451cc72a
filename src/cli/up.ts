import { limitsOf } from '../contract/limits.ts';
import { type EmulatorOptions, openEmulator } from '../emulator.ts';
import { openEphemeral } from '../ephemeral.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import { apiSpec } from '../options/api-spec.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { UpValues } from '../options/up-options.ts';
import { collectPassingGarbage } from '../passing-garbage.ts';
import { serveApi } from '../up/up.ts';
import { openAccessLog } from './access-log.ts';
import { whileBusy } from './busy.ts';
import type { Io } from './io.ts';
import { catchInterrupts, startCleaning } from './signals.ts';
import { humanUpPrinter, jsonUpPrinter } from './up-printer.ts';

/** `sm-local up`: AWS's APIs on one port until Ctrl-C or `sm-local down`. Returns the exit code: 0 when it was ended so. */
export async function up(values: UpValues, io: Io): Promise<number> {
  const spec = apiSpec(values, io);
  if (values.detach) {
    const { detach } = await import('./detach.ts');
    return await detach(values, io);
  }
  collectPassingGarbage();
  const grace = limitsOf('serving', spec.hosting.limits, spec.hosting)['stop-grace'];
  const printer = values.json ? jsonUpPrinter(io) : humanUpPrinter(io);
  const options = emulatorOptions(values, io);
  await using opened = values.ephemeral ? await openEphemeral(options) : await openLasting(options);
  const { emulator } = opened;
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
    const busy = { what: 'Starting, with what the last sm-local up has left', json: values.json };
    await using api = await whileBusy(io, busy, () => serveApi(emulator, spec, observer, interrupts));
    printer.ready(api, emulator.root.home.path);
    process.send?.({ url: api.url }); // to whoever detached this process
    await api.ending;
    return 0;
  } finally {
    await printer.drained();
  }
}

async function openLasting(options: EmulatorOptions) {
  const emulator = await openEmulator(options);
  return { emulator, [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose]() };
}
