import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { isError } from '../errors.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { outputPlace } from '../jobs/upload.ts';
import { removeTree } from '../store/temporary.ts';
import { deleteTraining } from './delete.ts';
import type { TrainingJobPlan } from './train.ts';

/** Removes a job whose results nobody wants, as if it had not been: record, logs, its source code, and what it has uploaded. */
export type Discard = (record: TrainingRecord) => Promise<void>;

/**
 * To be called before the job runs: what was in its output's place before it is not its own. Checkpoints stay, which are for the jobs that
 * follow. Errors: those of `outputPlace`; of what is returned, DiskTrouble and those of the store.
 */
export async function discarding(emulator: Emulator, plan: TrainingJobPlan): Promise<Discard> {
  const place = await outputPlace(plan, () => emulator.objects);
  const directory = place.directory === undefined ? undefined : dirname(place.directory);
  const wasThere = directory !== undefined && existsSync(directory);
  return async (record) => {
    if (directory !== undefined && !wasThere) await removeTree(directory);
    else for (const name of ['model.tar.gz', 'output.tar.gz']) if (isUploaded(record, name)) await place.remove(name);
    if (plan.code) await (await emulator.objects).remove(plan.code.address);
    await deleteTraining(emulator, record).catch((error: unknown) => {
      if (!isError(error, 'StillInUse')) throw error; // its warm pool is for the next job, and it goes with the record
    });
  };
}

const isUploaded = ({ files: { model, output, stored = {} } }: TrainingRecord, name: string): boolean =>
  [model, output, ...Object.values(stored)].some((path) => path?.endsWith(`/${name}`));
