import type { UpdateEndpointWeightsAndCapacitiesInput, UpdateEndpointWeightsAndCapacitiesOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

/** Answers when the endpoint is Updating. */
export async function updateEndpointWeightsAndCapacities(
  sagemaker: SageMaker,
  input: unknown,
): Promise<UpdateEndpointWeightsAndCapacitiesOutput> {
  const { arn } = await sagemaker.endpoints.updateEndpointWeightsAndCapacities(
    requestOf<UpdateEndpointWeightsAndCapacitiesInput>('UpdateEndpointWeightsAndCapacities', input, sagemaker),
  );
  return { EndpointArn: arn };
}
