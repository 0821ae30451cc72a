import type { StoredObject } from '../../../store/objects.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumElements } from '../checksums.ts';
import { checkReading } from '../conditions.ts';
import { refuse } from '../errors.ts';
import { limitOf } from '../listing.ts';
import { document, element, elements, type Xml } from '../xml-writer.ts';

export async function getObjectAttributes(call: Call): Promise<Answer> {
  const names = (call.header('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const message = 'Invalid attribute name specified.';
    throw refuse('InvalidArgument', { ArgumentName: 'x-amz-object-attributes', ArgumentValue: unknown }, message);
  }
  const object = await call.objects.head(addressOf(call), call.signal);
  if (!object) throw refuse('NoSuchKey', { Key: call.key });
  checkReading(call, object);
  const wanted = new Set(names);
  const { etag, storageClass = 'STANDARD', size, checksums } = object;
  return {
    headers: { 'Last-Modified': object.lastModified.toUTCString() },
    body: document('GetObjectAttributesResponse', [
      element('ETag', wanted.has('ETag') ? etag : undefined),
      element('Checksum', wanted.has('Checksum') && checksums ? checksumElements(checksums) : undefined),
      wanted.has('ObjectParts') ? partsOf(call, object) : '',
      elements({
        StorageClass: wanted.has('StorageClass') ? storageClass : undefined,
        ObjectSize: wanted.has('ObjectSize') ? size : undefined,
      }),
    ]),
  };
}

const known: ReadonlySet<string> = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);

function partsOf({ header }: Call, { parts }: StoredObject): Xml {
  if (!parts) return '';
  const limit = limitOf(new Map([['max-parts', header('x-amz-max-parts') ?? '']]), 'max-parts');
  const after = Number(header('x-amz-part-number-marker') ?? 0) || 0;
  const rest = parts.filter(({ number }) => number > after);
  const page = rest.slice(0, limit);
  return element('ObjectParts', [
    elements({ TotalPartsCount: parts.length, PartNumberMarker: after, NextPartNumberMarker: page.at(-1)?.number ?? 0, MaxParts: limit }),
    element('IsTruncated', rest.length > page.length),
    ...page.map(({ number, size, checksums }) =>
      element('Part', [elements({ PartNumber: number, Size: size }), ...checksumElements(checksums)]),
    ),
  ]);
}
