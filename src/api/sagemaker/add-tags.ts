import type { AddTagsInput, AddTagsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function addTags(sagemaker: SageMaker, input: unknown): Promise<AddTagsOutput> {
  return await sagemaker.tags.add(requestOf<AddTagsInput>('AddTags', input, sagemaker));
}
