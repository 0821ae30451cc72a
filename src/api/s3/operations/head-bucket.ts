import { accessible } from '../access.ts';
import type { Answer, Call } from '../call.ts';

export async function headBucket(call: Call): Promise<Answer> {
  const { region = call.region } = await accessible(call, call.bucket, undefined);
  return { headers: { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false', 'Content-Type': 'application/xml' } };
}
