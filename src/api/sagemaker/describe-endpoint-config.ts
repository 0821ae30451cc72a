import type { DescribeEndpointConfigInput, DescribeEndpointConfigOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function describeEndpointConfig(sagemaker: SageMaker, input: unknown): Promise<DescribeEndpointConfigOutput> {
  return await sagemaker.endpoints.describeEndpointConfig(
    requestOf<DescribeEndpointConfigInput>('DescribeEndpointConfig', input, sagemaker),
  );
}
