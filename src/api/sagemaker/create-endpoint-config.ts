import type { CreateEndpointConfigInput, CreateEndpointConfigOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function createEndpointConfig(sagemaker: SageMaker, input: unknown): Promise<CreateEndpointConfigOutput> {
  const request = requestOf<CreateEndpointConfigInput>('CreateEndpointConfig', input, sagemaker);
  const EndpointConfigArn = await sagemaker.endpoints.createEndpointConfig(request);
  await sagemaker.tags.put(EndpointConfigArn, request.Tags ?? []);
  return { EndpointConfigArn };
}
