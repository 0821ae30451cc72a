import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Emulator } from './emulator.ts';
import { findOrBuildImage, type ImageRequest } from './image.ts';
import type { JobObserver } from './jobs/events.ts';
import type { TrainingPlan } from './jobs/plan.ts';
import { checkTraining, prepareTraining, type TrainingOptions } from './jobs/prepare.ts';
import { newRecord, type TrainingRecord } from './jobs/record.ts';
import type { StopSignals } from './jobs/stop.ts';
import { runTraining } from './jobs/training.ts';

/** A training job as asked for: AWS's request, and what it leaves to the machine. */
export interface TrainingSpec extends ImageRequest {
  readonly request: CreateTrainingJobRequest;
  readonly options: TrainingOptions;
}

/**
 * Checks everything, builds or finds the image, and works out what will be created. Nothing but an image comes to be.
 * Errors: InvalidRequest, InputNotFound, InputUnreadable, SourceNotSupported, BuildFailed, ImageNotFound, NoGpu, and trouble of the engine.
 */
export async function planTraining(
  emulator: Emulator,
  spec: TrainingSpec,
  observer: JobObserver,
  signal: AbortSignal,
): Promise<TrainingPlan> {
  const channels = await checkTraining(spec.request);
  const [image, description, labels] = await Promise.all([
    findOrBuildImage(emulator, spec, observer, signal),
    emulator.engine.describe(),
    emulator.labels(),
  ]);
  return prepareTraining(spec.request, channels, image, description, emulator, labels, spec.options);
}

/** Runs a planned job to its end. Errors: ResourceInUse, and trouble of the host; what the image does wrong is in the record. */
export async function train(emulator: Emulator, plan: TrainingPlan, observer: JobObserver, stops: StopSignals): Promise<TrainingRecord> {
  const { name, arn, request, image } = plan;
  const record = newRecord({ name, arn, request, imageId: image.id, owner: (await emulator.owner).id, now: emulator.now() });
  const writer = await emulator.trainingJobs.create(name, record, nameInUse(arn));
  try {
    const deps = {
      engine: emulator.engine,
      description: await emulator.engine.describe(),
      logs: emulator.home.logs,
      temporaryDirectory: () => emulator.temporaryDirectory(name),
      now: emulator.now,
      ...(emulator.workspace && { workspace: emulator.workspace }),
    };
    return await runTraining(plan, record, writer, deps, observer, stops);
  } finally {
    await writer.flush();
  }
}

/** AWS's own sentence. Source: published errors (contract training §10.2). */
const nameInUse = (arn: string): string =>
  `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`;
