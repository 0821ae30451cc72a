import type { CreateTrainingJobRequest, CreateTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers when the job has its record; everything else is done afterwards. */
export async function createTrainingJob(sagemaker: SageMaker, input: unknown): Promise<CreateTrainingJobResponse> {
  const request = requestOf<CreateTrainingJobRequest>('CreateTrainingJob', input, sagemaker);
  const created = await sagemaker.trainingJobs.create(request);
  await sagemaker.tags.put(created.TrainingJobArn ?? '', request.Tags ?? []);
  return created;
}
