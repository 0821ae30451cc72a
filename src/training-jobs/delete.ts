import { join } from 'node:path';
import { isTrainingOver } from '../contract/status.ts';
import { poolStatus } from '../contract/warm-pools.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { removeTree } from '../store/temporary.ts';
import { kind } from './work.ts';

/**
 * Removes what is kept of a job that is over: its logs, what could not be archived, and its record, which goes last so that a half-deleted job
 * can be deleted. Its name can be used again. The service refuses the same two; the words are ours. Errors: StillInUse, DiskTrouble.
 */
export async function deleteTraining({ home, trainingJobs, stopRequests, now }: Emulator, record: TrainingRecord): Promise<void> {
  const { name, status, run, warmPool } = record;
  if (!isTrainingOver(status)) {
    const message = `The request was rejected because the training job is in status ${status}.`;
    throw fail('StillInUse', { message, remedy: 'Stop it, and wait until it is over.' });
  }
  if (warmPool && poolStatus(warmPool, now()).Status === 'Available') {
    const message = 'The request was rejected because the warm pool of the training job is in status Available.';
    throw fail('StillInUse', { message, remedy: 'Set KeepAlivePeriodInSeconds to 0 with UpdateTrainingJob.' });
  }
  await removeTree(join(home.logs, 'training-jobs', name));
  if (run.scratch !== undefined) await removeTree(run.scratch);
  await stopRequests.forget(kind, name);
  await trainingJobs.remove(name);
}
