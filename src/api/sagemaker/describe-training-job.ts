import type { DescribeTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { Caller } from '../service.ts';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function describeTrainingJob(
  sagemaker: SageMaker,
  input: unknown,
  _caller?: Caller,
  signal?: AbortSignal,
): Promise<DescribeTrainingJobResponse> {
  const request = requestOf<DescribeTrainingJobRequest>('DescribeTrainingJob', input, sagemaker);
  return await sagemaker.trainingJobs.describe(request, { wait: sagemaker.longPoll, signal });
}
