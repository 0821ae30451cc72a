import { incomingBody } from '../body.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumHeaders } from '../checksums.ts';
import { refuse } from '../errors.ts';
import { partNumber } from '../ranges.ts';

export async function uploadPart(call: Call): Promise<Answer> {
  const { uploads, query, signal } = call;
  const number = partNumber(query.get('partNumber') ?? '');
  const upload = await uploads.find(addressOf(call), query.get('uploadId') ?? '');
  const body = incomingBody(call);
  const part = await uploads.putPart(upload, number, body.content, {
    digests: body.digests,
    checksums: (written) => {
      const given = body.verify(written);
      const expected = upload.checksum?.algorithm;
      if (expected !== undefined && given?.name !== expected) {
        const message = `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${given?.name ?? 'null'}`;
        throw refuse('InvalidRequest', {}, message);
      }
      return given && { [given.name]: given.value };
    },
    signal,
  });
  return { headers: { ETag: `"${part.etag}"`, ...checksumHeaders(part.checksums), ...upload.attributes.encryption } };
}
