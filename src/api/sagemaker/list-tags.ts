import type { ListTagsInput, ListTagsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function listTags(sagemaker: SageMaker, input: unknown): Promise<ListTagsOutput> {
  return await sagemaker.tags.list(requestOf<ListTagsInput>('ListTags', input, sagemaker));
}
