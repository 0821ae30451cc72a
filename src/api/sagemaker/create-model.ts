import type { CreateModelInput, CreateModelOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function createModel(sagemaker: SageMaker, input: unknown): Promise<CreateModelOutput> {
  const request = requestOf<CreateModelInput>('CreateModel', input, sagemaker);
  const ModelArn = await sagemaker.endpoints.createModel(request);
  await sagemaker.tags.put(ModelArn, request.Tags ?? []);
  return { ModelArn };
}
