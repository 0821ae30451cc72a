import type { Answer, Call } from '../call.ts';

/** What was uploaded to it in part goes with it. */
export async function deleteBucket({ objects, uploads, bucket, signal }: Call): Promise<Answer> {
  await objects.removeBucket(bucket, signal);
  await uploads.removeAll(bucket);
  return { status: 204 };
}
