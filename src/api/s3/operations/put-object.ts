import { attributesOf } from '../attributes.ts';
import { incomingBody } from '../body.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumHeaders, ofContent } from '../checksums.ts';
import { putConditionOf } from '../conditions.ts';

export async function putObject(call: Call): Promise<Answer> {
  const { objects, signal } = call;
  const given = attributesOf(call);
  const condition = putConditionOf(call);
  const body = incomingBody(call);
  let proved: ReturnType<typeof body.verify>;
  const { etag } = await objects.put(addressOf(call), body.content, {
    digests: body.digests,
    attributes: (written) => {
      proved = body.verify(written);
      return proved ? { ...given, checksums: ofContent(proved) } : given;
    },
    ...(condition && { condition }),
    signal,
  });
  return { headers: { ETag: `"${etag}"`, ...given.encryption, ...(proved && checksumHeaders(ofContent(proved))) } };
}
