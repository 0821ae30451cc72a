import type { UpdateEndpointInput, UpdateEndpointOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers when the endpoint is Updating. */
export async function updateEndpoint(sagemaker: SageMaker, input: unknown): Promise<UpdateEndpointOutput> {
  const { arn } = await sagemaker.endpoints.updateEndpoint(requestOf<UpdateEndpointInput>('UpdateEndpoint', input, sagemaker));
  return { EndpointArn: arn };
}
