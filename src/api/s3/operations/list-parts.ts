import { ownerElement } from '../access.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumElements, shown } from '../checksums.ts';
import { encoderOf, limitOf } from '../listing.ts';
import { document, element, elements } from '../xml-writer.ts';

export async function listParts(call: Call): Promise<Answer> {
  const { uploads, bucket, key, query, caller } = call;
  const upload = await uploads.find(addressOf(call), query.get('uploadId') ?? '');
  const marker = limitOf(query, 'part-number-marker', 10_000);
  const after = query.has('part-number-marker') ? marker : 0;
  const limit = limitOf(query, 'max-parts');
  const rest = (await uploads.parts(upload)).filter(({ number }) => number > after);
  const page = rest.slice(0, limit);
  return {
    body: document('ListPartsResult', [
      elements({ Bucket: bucket, Key: encoderOf(query)(key), UploadId: upload.id }),
      ownerElement(caller.account, 'Initiator'),
      ownerElement(caller.account),
      elements({ StorageClass: upload.attributes.storageClass ?? 'STANDARD', PartNumberMarker: after }),
      elements({ NextPartNumberMarker: page.at(-1)?.number ?? 0, MaxParts: limit, IsTruncated: rest.length > page.length }),
      elements({ ChecksumAlgorithm: upload.checksum && shown(upload.checksum.algorithm), ChecksumType: upload.checksum?.type }),
      ...page.map(({ number, lastModified, etag, size, checksums }) =>
        element('Part', [
          elements({ PartNumber: number, LastModified: lastModified, ETag: `"${etag}"`, Size: size }),
          ...checksumElements(checksums),
        ]),
      ),
    ]),
  };
}
