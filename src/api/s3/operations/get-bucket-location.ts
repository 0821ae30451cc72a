import { accessible } from '../access.ts';
import type { Answer, Call } from '../call.ts';
import { document } from '../xml-writer.ts';

/** us-east-1 is where a bucket is that says nothing. */
export async function getBucketLocation(call: Call): Promise<Answer> {
  const { region = call.region } = await accessible(call, call.bucket, undefined);
  return { body: document('LocationConstraint', region === 'us-east-1' ? [] : [region]) };
}
