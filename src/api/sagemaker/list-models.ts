import type { ListModelsInput, ListModelsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function listModels(sagemaker: SageMaker, input: unknown): Promise<ListModelsOutput> {
  return await sagemaker.endpoints.listModels(requestOf<ListModelsInput>('ListModels', input, sagemaker));
}
