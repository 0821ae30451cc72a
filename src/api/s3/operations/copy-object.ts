import type { CopyOptions, ObjectAddress, ObjectAttributes, StoredObject } from '../../../store/objects.ts';
import { attributesOf, encryptionOf, refuseUnserved, storageClassOf } from '../attributes.ts';
import { largestPut } from '../body.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { type ChecksumName, checksumElements, checksumNamed } from '../checksums.ts';
import { checkCopying, putConditionOf } from '../conditions.ts';
import { copySourceOf } from '../copy-source.ts';
import { refuse } from '../errors.ts';
import { tagsOfHeader } from '../tags.ts';
import { document, element } from '../xml-writer.ts';

/** What is kept with the source goes along unless a directive says otherwise; storage class and encryption never do. */
export async function copyObject(call: Call): Promise<Answer> {
  const { objects, header, signal } = call;
  refuseUnserved(call);
  const from = await copySourceOf(call);
  const to = addressOf(call);
  const attributes = attributesFor(call);
  const condition = putConditionOf(call);
  if (from.bucket === to.bucket && from.key === to.key && !changes(call)) {
    const message =
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
    throw refuse('InvalidRequest', {}, message);
  }
  const algorithm = header('x-amz-checksum-algorithm');
  const options = { ...(condition && { condition }), signal };
  const copied =
    algorithm === undefined
      ? await objects.copy(from, to, { ...options, attributes })
      : await copiedWith(checksumNamed(algorithm), call, from, options, attributes);
  const { etag, lastModified, checksums, encryption } = copied;
  return {
    headers: { ...encryption },
    body: document('CopyObjectResult', [
      element('ETag', `"${etag}"`),
      element('LastModified', lastModified),
      ...checksumElements(checksums),
    ]),
  };
}

/** A copy that is to have a checksum: where its source has not got it, all of it has to be read. */
async function copiedWith(
  wanted: ChecksumName,
  call: Call,
  from: ObjectAddress,
  options: CopyOptions,
  attributes: (source: StoredObject) => ObjectAttributes,
): Promise<StoredObject> {
  const { objects, key, signal } = call;
  const to = addressOf(call);
  const source = await objects.head(from, signal);
  if (source && source.checksums?.type !== 'COMPOSITE' && source.checksums?.[wanted] !== undefined) {
    return await objects.copy(from, to, { ...options, attributes });
  }
  let given: ObjectAttributes = {};
  const { body } = await objects.get(from, {
    range: (object) => {
      given = attributes(object);
      return undefined;
    },
    signal,
  });
  const { attributes: _attributes, ...others } = options;
  const written = await objects.put(to, body, {
    ...others,
    digests: [wanted],
    attributes: ({ digests }) => {
      given = { ...given, checksums: { [wanted]: digests.get(wanted)?.toString('base64') ?? '', type: 'FULL_OBJECT' } };
      return given;
    },
  });
  return { ...given, ...written, key, contentType: given.contentType ?? '' };
}

function attributesFor(call: Call): (source: StoredObject) => ObjectAttributes {
  const { header } = call;
  const isReplaced = isReplacing(call, 'x-amz-metadata-directive');
  const areTagsReplaced = isReplacing(call, 'x-amz-tagging-directive');
  const own = attributesOf(call);
  const tagging = header('x-amz-tagging') ?? '';
  const storageClass = storageClassOf(call);
  const encryption = encryptionOf(call);
  return (source) => {
    checkCopying(call, source);
    if (source.size > largestPut) {
      throw refuse(
        'InvalidRequest',
        {},
        `The specified copy source is larger than the maximum allowable size for a copy source: ${largestPut}`,
      );
    }
    const { contentType, headers, userMetadata } = isReplaced ? own : source;
    const tags = areTagsReplaced ? tagsOfHeader(tagging) : source.tags;
    // A checksum of parts' checksums is none of the copy, which has no parts.
    const checksums = source.checksums?.type === 'COMPOSITE' ? undefined : source.checksums;
    return {
      ...(contentType !== undefined && contentType !== 'binary/octet-stream' && { contentType }),
      ...(headers && { headers }),
      ...(userMetadata && { userMetadata }),
      ...(tags && Object.keys(tags).length > 0 && { tags }),
      ...(checksums && { checksums }),
      ...(storageClass !== undefined && { storageClass }),
      ...(encryption && { encryption }),
    };
  };
}

const changes = (call: Call): boolean =>
  isReplacing(call, 'x-amz-metadata-directive') ||
  ['x-amz-storage-class', 'x-amz-server-side-encryption'].some((name) => call.header(name) !== undefined);

function isReplacing({ header }: Call, name: string): boolean {
  const directive = header(name) ?? 'COPY';
  if (directive === 'REPLACE' || directive === 'COPY') return directive === 'REPLACE';
  const what = name.includes('tagging') ? 'tagging' : 'metadata';
  throw refuse('InvalidArgument', { ArgumentName: name, ArgumentValue: directive }, `Unknown ${what} directive.`);
}
