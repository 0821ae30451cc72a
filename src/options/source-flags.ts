import { resolve } from 'node:path';
import { parseDuration } from '../contract/quantities.ts';
import { fail } from '../errors.ts';
import { parseFileSystems } from '../jobs/channels/file-systems.ts';
import type { TrainingOptions } from '../jobs/plan.ts';
import type { TrainValues } from './train-options.ts';

type SourceValues = Pick<TrainValues, 'file-system' | 'manifest-names' | 'pipe-within'>;

/** What the flags say of where data comes from, as far as no request can say it. Errors: WrongUsage. */
export function sourceOptions(values: SourceValues, cwd: string): Pick<TrainingOptions, 'fileSystems' | 'manifestNames' | 'pipeWithin'> {
  const directories = Object.entries(parseFileSystems(values['file-system'])).map(([id, path]) => [id, resolve(cwd, path)]);
  const names = values['manifest-names'];
  if (names !== undefined && names !== 'whole-key' && names !== 'relative') {
    throw fail('WrongUsage', { message: `--manifest-names ${names}: there are no such names.`, remedy: 'Use whole-key or relative.' });
  }
  return {
    ...(directories.length > 0 && { fileSystems: Object.fromEntries(directories) }),
    ...(names !== undefined && { manifestNames: names }),
    ...(values['pipe-within'] !== undefined && { pipeWithin: parseDuration(values['pipe-within'], '--pipe-within') }),
  };
}
