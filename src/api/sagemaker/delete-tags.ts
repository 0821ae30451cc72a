import type { DeleteTagsInput, DeleteTagsOutput } from '@aws-sdk/client-sagemaker';
import { requestOf } from './request.ts';
import type { SageMaker } from './sagemaker.ts';

export async function deleteTags(sagemaker: SageMaker, input: unknown): Promise<DeleteTagsOutput> {
  return await sagemaker.tags.remove(requestOf<DeleteTagsInput>('DeleteTags', input, sagemaker));
}
