import { openEmulator } from '../emulator.ts';
import type { CleanValues } from './clean-options.ts';
import { emulatorOptions } from './common-flags.ts';
import type { Io } from './io.ts';
import { counted } from './units.ts';

/** `sm-local clean`: removes what processes that are gone left in the engine and below home. Returns the exit code. */
export async function clean(values: CleanValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const removed = await emulator.clean(values.owner);
  const { containers, networks, volumes, directories } = removed;
  if (values.json) await io.out.write(`${JSON.stringify({ time: io.now(), event: 'result', removed })}\n`);
  else {
    const parts = [
      counted(containers, 'container'),
      counted(networks, 'network'),
      counted(volumes, 'volume'),
      counted(directories, 'temporary directory'),
    ];
    await io.out.write(`Removed: ${parts.join(', ').replace('directorys', 'directories')}.\n`);
  }
  return 0;
}
