import type { DescribeModelInput, DescribeModelOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function describeModel(sagemaker: SageMaker, input: unknown): Promise<DescribeModelOutput> {
  return await sagemaker.endpoints.describeModel(requestOf<DescribeModelInput>('DescribeModel', input, sagemaker));
}
