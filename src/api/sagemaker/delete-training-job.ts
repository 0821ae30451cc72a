import type { DeleteTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function deleteTrainingJob(sagemaker: SageMaker, input: unknown): Promise<undefined> {
  const request = requestOf<DeleteTrainingJobRequest>('DeleteTrainingJob', input, sagemaker);
  await sagemaker.tags.forget(await sagemaker.trainingJobs.delete(request));
  return undefined;
}
