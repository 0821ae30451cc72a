import type { DeleteEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import { endpointConfigArn } from '../../contract/names.ts';
import type { Caller } from '../service.ts';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function deleteEndpointConfig(sagemaker: SageMaker, input: unknown, { region, account }: Caller): Promise<undefined> {
  const request = requestOf<DeleteEndpointConfigInput>('DeleteEndpointConfig', input, sagemaker);
  await sagemaker.endpoints.deleteEndpointConfig(request);
  await sagemaker.tags.forget(endpointConfigArn(region, account, request.EndpointConfigName ?? ''));
  return undefined;
}
