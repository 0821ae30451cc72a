import { openEmulator } from '../emulator.ts';
import { emulatorOptions } from './common-flags.ts';
import type { Io } from './io.ts';
import { namedResource } from './named-resource.ts';
import { sayOrphan } from './orphans.ts';
import type { DescribeValues } from './resource-options.ts';

/** `sm-local describe`: AWS's Describe answer as JSON on stdout. Returns the exit code. */
export async function describe(words: readonly string[], values: DescribeValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const resource = await namedResource(emulator, words);
  const { kind, describe: answer, isRunning, isOrphan } = resource;
  const files = resource.kind === 'training-job' ? resource.record.files : { logs: resource.record.run?.logs ?? {} };
  if (values.json) {
    const url = resource.kind === 'endpoint' ? { url: resource.record.url } : {};
    await io.out.write(
      `${JSON.stringify({ time: io.now(), event: 'result', kind, describe: answer, files, isRunning, isOrphan, ...url })}\n`,
    );
    return 0;
  }
  await io.out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  if (isOrphan) await sayOrphan(resource, io);
  return 0;
}
