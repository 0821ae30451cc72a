import type { ListTrainingJobsRequest, ListTrainingJobsResponse } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function listTrainingJobs(sagemaker: SageMaker, input: unknown): Promise<ListTrainingJobsResponse> {
  return await sagemaker.trainingJobs.list(requestOf<ListTrainingJobsRequest>('ListTrainingJobs', input, sagemaker));
}
