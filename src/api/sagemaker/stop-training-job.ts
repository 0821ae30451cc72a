import type { StopTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers when the job is Stopping. */
export async function stopTrainingJob(sagemaker: SageMaker, input: unknown): Promise<undefined> {
  await sagemaker.trainingJobs.stop(requestOf<StopTrainingJobRequest>('StopTrainingJob', input, sagemaker));
  return undefined;
}
