import { createInterface } from 'node:readline/promises';
import { openEmulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { ResetValues } from '../options/up-options.ts';
import { counted } from '../units.ts';
import { reset as resetHome } from '../up/reset.ts';
import { whileBusy } from './busy.ts';
import { leftElsewhere } from './clean.ts';
import { type Io, troubleOf } from './io.ts';
import { jsonLine } from './json-lines.ts';

/** `sm-local reset`: empties home. Asks on a terminal, unless it is told not to. */
export async function reset(values: ResetValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const home = emulator.root.home.path;
  if (!values.yes && !(troubleOf(io).isTerminal && process.stdin.isTTY)) {
    const message = `Nobody can be asked whether everything in ${home} is to be removed.`;
    throw fail('WrongUsage', { message, remedy: 'Say so: sm-local reset --yes' });
  }
  if (!values.yes && !(await isMeant(home))) {
    await troubleOf(io).write('Nothing was removed.\n');
    return 1;
  }
  const { containers, networks, volumes, elsewhere } = await whileBusy(io, { what: `Emptying ${home}`, json: values.json }, () =>
    resetHome(emulator),
  );
  if (values.json) await jsonLine(io, { event: 'result', home, removed: { containers, networks, volumes, elsewhere } });
  else {
    const parts = [counted(containers, 'container'), counted(networks, 'network'), counted(volumes, 'volume')];
    await io.out.write(`${home} is ${elsewhere.length > 0 ? 'all but empty' : 'empty'}. Removed from the engine: ${parts.join(', ')}.\n`);
    if (elsewhere.length > 0) await io.err.write(`${leftElsewhere(elsewhere)}\n`);
  }
  return 0;
}

async function isMeant(home: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Remove every record, log, object and model in ${home}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
