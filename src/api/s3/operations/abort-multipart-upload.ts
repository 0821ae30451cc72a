import { type Answer, addressOf, type Call } from '../call.ts';

export async function abortMultipartUpload(call: Call): Promise<Answer> {
  const { uploads, query } = call;
  await uploads.remove(await uploads.find(addressOf(call), query.get('uploadId') ?? ''));
  return { status: 204 };
}
