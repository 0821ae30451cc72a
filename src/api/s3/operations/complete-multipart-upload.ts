import { createHash } from 'node:crypto';
import type { ObjectAttributes } from '../../../store/objects.ts';
import type { Upload, UploadedPart } from '../../../store/uploads.ts';
import { readDocument } from '../body.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumElements, checksumNames, checksumOfParts, shown } from '../checksums.ts';
import { putConditionOf } from '../conditions.ts';
import { refuse } from '../errors.ts';
import { partNumber } from '../ranges.ts';
import { childrenOf, readXml, textIn, type XmlElement } from '../xml-reader.ts';
import { document, elements } from '../xml-writer.ts';

/** Bytes of every part but the last. Source: Amazon S3 user guide, "Amazon S3 multipart upload limits". */
const smallestPart = 5 * 1024 * 1024;

export async function completeMultipartUpload(call: Call): Promise<Answer> {
  const { objects, uploads, bucket, key, query, request, signal } = call;
  const upload = await uploads.find(addressOf(call), query.get('uploadId') ?? '');
  const condition = putConditionOf(call);
  // The checksum headers are the object's, and no proof of this document.
  const { bytes } = await readDocument({ ...call, headersAfter: () => new Map() });
  const wanted = childrenOf(readXml(bytes, 'CompleteMultipartUpload'), 'Part');
  const parts = chosen(upload, wanted, await uploads.parts(upload));
  const checksums = checksumOfParts(upload, parts);
  checkWhole(call, parts, checksums);
  const etag = `${createHash('md5')
    .update(Buffer.from(parts.map((part) => part.etag).join(''), 'hex'))
    .digest('hex')}-${parts.length}`;
  const attributes: ObjectAttributes = {
    ...upload.attributes,
    ...(checksums && { checksums }),
    parts: parts.map((part) => ({
      number: part.number,
      size: part.size,
      ...(part.checksums && upload.checksum && { checksums: part.checksums }),
    })),
  };
  await using file = await uploads.assemble(upload, parts, signal);
  await objects.putFile(addressOf(call), file.path, { how: 'link', attributes, etag, ...(condition && { condition }), signal });
  await uploads.remove(upload);
  const location = `http://${request.headers.host ?? 'localhost'}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return {
    headers: { ...upload.attributes.encryption },
    body: document('CompleteMultipartUploadResult', [
      elements({ Location: location, Bucket: bucket, Key: key, ETag: `"${etag}"` }),
      ...checksumElements(checksums),
    ]),
  };
}

/** The parts that the document names. Errors: MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest. */
function chosen(upload: Upload, wanted: readonly XmlElement[], there: readonly UploadedPart[]): readonly UploadedPart[] {
  if (wanted.length === 0) throw refuse('MalformedXML');
  const byNumber = new Map(there.map((part) => [part.number, part]));
  let before = 0;
  const parts = wanted.map((element) => {
    const text = textIn(element, 'PartNumber');
    if (text === undefined) throw refuse('MalformedXML');
    const number = partNumber(text.trim());
    if (number <= before) throw refuse('InvalidPartOrder', { UploadId: upload.id });
    before = number;
    const part = byNumber.get(number);
    const etag = textIn(element, 'ETag')?.trim().replaceAll('"', '') ?? '';
    if (!part || part.etag !== etag || !areChecksums(element, upload, part)) {
      throw refuse('InvalidPart', { UploadId: upload.id, PartNumber: number, ETag: etag });
    }
    return part;
  });
  const small = parts.slice(0, -1).find(({ size }) => size < smallestPart);
  if (small) {
    const { number, size, etag } = small;
    throw refuse('EntityTooSmall', { ProposedSize: size, MinSizeAllowed: smallestPart, PartNumber: number, ETag: etag });
  }
  return parts;
}

function areChecksums(element: XmlElement, { checksum }: Upload, part: UploadedPart): boolean {
  for (const name of checksumNames) {
    const given = textIn(element, `Checksum${shown(name)}`)?.trim();
    if (given !== undefined && given !== part.checksums?.[name]) return false;
    if (given === undefined && checksum?.type === 'COMPOSITE' && checksum.algorithm === name) {
      const message = `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`;
      throw refuse('InvalidRequest', {}, message);
    }
  }
  return true;
}

/** What the client says of the whole object. Errors: InvalidRequest, BadDigest. */
function checkWhole({ header, headersAfter }: Call, parts: readonly UploadedPart[], checksums: ReturnType<typeof checksumOfParts>): void {
  const expected = header('x-amz-mp-object-size');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (expected !== undefined && Number(expected) !== size) {
    throw refuse('InvalidRequest', {}, `The provided 'x-amz-mp-object-size' header does not match what was computed: ${size}.`);
  }
  const given = headersAfter('x-amz-checksum-');
  const type = given.get('type');
  if (type !== undefined && type !== checksums?.type) {
    const message = `The upload was created using the ${checksums?.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.`;
    throw refuse('InvalidRequest', {}, message);
  }
  for (const name of checksumNames) {
    const value = given.get(name);
    // As it stands in answers, or without the number of parts.
    const isSame = value === undefined || [checksums?.[name], checksums?.[name]?.replace(/-\d+$/, '')].includes(value);
    if (!isSame) throw refuse('BadDigest', {}, `The ${shown(name)} you specified did not match the calculated checksum.`);
  }
}
