import type { ListEndpointsInput, ListEndpointsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function listEndpoints(sagemaker: SageMaker, input: unknown): Promise<ListEndpointsOutput> {
  return await sagemaker.endpoints.listEndpoints(requestOf<ListEndpointsInput>('ListEndpoints', input, sagemaker));
}
