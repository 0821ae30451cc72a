import type { StoredObject } from '../../../store/objects.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumElements } from '../checksums.ts';
import { checkCopying } from '../conditions.ts';
import { copySourceOf } from '../copy-source.ts';
import { copyRange, partNumber } from '../ranges.ts';
import { document, element } from '../xml-writer.ts';

/** A part whose content is that of an object, or a range of it. */
export async function uploadPartCopy(call: Call): Promise<Answer> {
  const { objects, uploads, query, header, signal } = call;
  const number = partNumber(query.get('partNumber') ?? '');
  const upload = await uploads.find(addressOf(call), query.get('uploadId') ?? '');
  const from = await copySourceOf(call);
  const range = header('x-amz-copy-source-range');
  const { body } = await objects.get(from, {
    range: (object: StoredObject) => {
      checkCopying(call, object);
      return range === undefined ? undefined : copyRange(range, object.size);
    },
    signal,
  });
  const algorithm = upload.checksum?.algorithm;
  const part = await uploads.putPart(upload, number, body, {
    digests: algorithm ? [algorithm] : [],
    checksums: ({ digests }) => (algorithm ? { [algorithm]: digests.get(algorithm)?.toString('base64') ?? '' } : undefined),
    signal,
  });
  return {
    headers: { ...upload.attributes.encryption },
    body: document('CopyPartResult', [
      element('ETag', `"${part.etag}"`),
      element('LastModified', part.lastModified),
      ...checksumElements(part.checksums),
    ]),
  };
}
