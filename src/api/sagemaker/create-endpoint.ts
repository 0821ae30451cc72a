import type { CreateEndpointInput, CreateEndpointOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers as soon as the endpoint is Creating. */
export async function createEndpoint(sagemaker: SageMaker, input: unknown): Promise<CreateEndpointOutput> {
  const request = requestOf<CreateEndpointInput>('CreateEndpoint', input, sagemaker);
  const { record } = await sagemaker.endpoints.createEndpoint(request);
  await sagemaker.tags.put(record.arn, request.Tags ?? []);
  return { EndpointArn: record.arn };
}
