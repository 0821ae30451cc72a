import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { callbackFor, grantAgain, planWithCredentials } from '../grants.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { FreshStart } from '../jobs/fresh-start.ts';
import type { TrainingPlan } from '../jobs/plan.ts';
import { checkTraining, prepareTraining } from '../jobs/prepare.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { resumeTraining } from '../jobs/resume.ts';
import type { TrainingDeps } from '../jobs/training-deps.ts';
import type { StopSignals } from '../stop.ts';
import { takeOver } from '../store/succession.ts';
import { sharingOf } from '../workspace-choice.ts';
import { beginRecorded } from './begin.ts';
import { depsOf, placesOf, telling, whileRunning } from './work.ts';

/**
 * Takes over a job whose process is gone and sees it to its end. Undefined when there is none of this name, when its process lives, when it
 * is over, or when somebody else has just taken it over. Errors: as `train`.
 */
export async function adoptTraining(
  emulator: Emulator,
  name: string,
  observer: JobObserver,
  stops: StopSignals,
  onJob?: TrainingDeps['onJob'],
): Promise<(() => Promise<TrainingRecord>) | undefined> {
  const owner = await emulator.owner;
  const record = await takeOver(emulator.home, emulator.trainingJobs, name, owner.id);
  return record && (() => goOnWithTraining(emulator, record, observer, stops, onJob));
}

/** Goes on with a job that this process owns and does not run, wherever it was. Errors: as `train`. */
export async function goOnWithTraining(
  emulator: Emulator,
  record: TrainingRecord,
  observer: JobObserver,
  stops: StopSignals,
  onJob?: TrainingDeps['onJob'],
): Promise<TrainingRecord> {
  if (record.imageId === undefined) {
    return await beginRecorded(emulator, record, observer, stops, { onJob, isAdopted: true });
  }
  const { name, run } = record;
  const { id: label } = await emulator.owner;
  const again = await grantAgain(emulator, record, observer, stops);
  return await telling(emulator, run.options, observer, stops, (told) =>
    whileRunning(emulator, name, stops, async (watched, hold) => {
      if (!(again instanceof Error)) hold(again);
      const sharing = await sharingOf(emulator, { signal: watched.stop });
      const startAgain = async (): Promise<FreshStart> => {
        if (again instanceof Error) throw again;
        const plan = planWithCredentials(await planAgain(emulator, record, watched.stop), again);
        const scratch = await emulator.temporaryDirectory(name);
        return { plan, run: { label, scratch: scratch.path, credentials: again.kept }, sharing };
      };
      return await resumeTraining(
        record,
        startAgain,
        emulator.trainingJobs.writer(name),
        { ...depsOf(emulator, run.s3Endpoint), onJob },
        told,
        watched,
      );
    }),
  );
}

/** The plan of a job that is begun again: of the same image, whatever its name means by now. Errors: as `planTraining`. */
async function planAgain(emulator: Emulator, { request, imageId = '', run }: TrainingRecord, signal: AbortSignal): Promise<TrainingPlan> {
  const { engine } = emulator;
  const [channels, image, description, labels, callback] = await Promise.all([
    checkTraining(request, placesOf(emulator, run.options, run.s3Endpoint), signal),
    engine.images.inspect(imageId),
    engine.describe(),
    emulator.labels(),
    callbackFor(emulator, run.credentials?.choice),
  ]);
  const { proxies } = engine.settings();
  if (!image) throw fail('ImageNotFound', { image: imageId, why: 'it was removed while the job had no process' });
  return prepareTraining(request, channels, image, description, emulator, labels, run.options, { proxies, callback });
}
