import type { DeleteEndpointInput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers when the endpoint is Deleting. */
export async function deleteEndpoint(sagemaker: SageMaker, input: unknown): Promise<undefined> {
  const { arn } = await sagemaker.endpoints.deleteEndpoint(requestOf<DeleteEndpointInput>('DeleteEndpoint', input, sagemaker));
  await sagemaker.tags.forget(arn);
  return undefined;
}
