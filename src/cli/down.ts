import { openEmulator } from '../emulator.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { DownValues } from '../options/up-options.ts';
import { endApi } from '../up/api-process.ts';
import { whileBusy } from './busy.ts';
import type { Io } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { catchInterrupts } from './signals.ts';

/** `sm-local down`: ends `sm-local up` as Ctrl-C does, and returns when it has ended. */
export async function down(values: DownValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  using interrupts = catchInterrupts((count) => {
    if (count === 1) void io.err.write('\nIt is ending; nobody waits for it any more.\n');
  });
  const ending = await endApi(emulator, values.now);
  if (!values.json) await io.err.write(`Ending sm-local up (process ${ending.pid}).\n`);
  const busy = { what: 'Waiting for its jobs and endpoints', json: values.json };
  const hasEnded = await whileBusy(io, busy, () => ending.ended(interrupts.stop));
  if (!hasEnded) return interrupts.exitCode ?? 1;
  if (values.json) await jsonLine(io, { event: 'result', pid: ending.pid, status: 'Ended' });
  else await io.out.write('sm-local up has ended.\n');
  return 0;
}
