import type { DeleteModelInput } from '@aws-sdk/client-sagemaker';
import { modelArn } from '../../contract/names.ts';
import type { Caller } from '../service.ts';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function deleteModel(sagemaker: SageMaker, input: unknown, { region, account }: Caller): Promise<undefined> {
  const request = requestOf<DeleteModelInput>('DeleteModel', input, sagemaker);
  await sagemaker.endpoints.deleteModel(request);
  await sagemaker.tags.forget(modelArn(region, account, request.ModelName ?? ''));
  return undefined;
}
