import type { UpdateTrainingJobRequest, UpdateTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function updateTrainingJob(sagemaker: SageMaker, input: unknown): Promise<UpdateTrainingJobResponse> {
  return await sagemaker.trainingJobs.update(requestOf<UpdateTrainingJobRequest>('UpdateTrainingJob', input, sagemaker));
}
