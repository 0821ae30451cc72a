import type { DescribeEndpointInput, DescribeEndpointOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function describeEndpoint(sagemaker: SageMaker, input: unknown): Promise<DescribeEndpointOutput> {
  return await sagemaker.endpoints.describeEndpoint(requestOf<DescribeEndpointInput>('DescribeEndpoint', input, sagemaker));
}
