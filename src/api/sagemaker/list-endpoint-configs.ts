import type { ListEndpointConfigsInput, ListEndpointConfigsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function listEndpointConfigs(sagemaker: SageMaker, input: unknown): Promise<ListEndpointConfigsOutput> {
  return await sagemaker.endpoints.listEndpointConfigs(requestOf<ListEndpointConfigsInput>('ListEndpointConfigs', input, sagemaker));
}
