import type { ObjectAttributes, StoredObject, Texts } from '../../store/objects.ts';
import type { Call } from './call.ts';
import { checksumHeaders } from './checksums.ts';
import { refuse } from './errors.ts';
import { tagsOfHeader } from './tags.ts';

/** What an object is to be kept with, as the headers say. Errors: InvalidStorageClass, MetadataTooLarge, InvalidArgument, NotImplemented, … */
export function attributesOf(call: Call): ObjectAttributes {
  refuseUnserved(call);
  const { header } = call;
  const contentType = header('content-type');
  const headers = texts([
    ...kept.map((name) => [name, header(name)] as const),
    ['content-encoding', encodingOf(header('content-encoding'))],
  ]);
  const userMetadata = metadataOf(call);
  const tagging = header('x-amz-tagging');
  const storageClass = storageClassOf(call);
  const encryption = encryptionOf(call);
  return {
    ...(contentType !== undefined && contentType !== 'binary/octet-stream' && { contentType }),
    ...(headers && { headers }),
    ...(userMetadata && { userMetadata }),
    ...(tagging !== undefined && tagging !== '' && { tags: tagsOfHeader(tagging) }),
    ...(storageClass !== undefined && { storageClass }),
    ...(encryption && { encryption }),
  };
}

/** What tells of encryption, which is echoed. Errors: InvalidArgument. */
export function encryptionOf({ header, headersAfter }: Call): Texts | undefined {
  const method = header('x-amz-server-side-encryption');
  if (method === undefined) return undefined;
  if (!encryptions.has(method)) {
    const message = 'The encryption method specified is not supported';
    throw refuse('InvalidArgument', { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue: method }, message);
  }
  return {
    'x-amz-server-side-encryption': method,
    ...texts(
      [...headersAfter('x-amz-server-side-encryption-')]
        .filter(([name]) => name !== 'context')
        .map(([name, value]) => [`x-amz-server-side-encryption-${name}`, value]),
    ),
  };
}

/** Errors: InvalidStorageClass. */
export function storageClassOf({ header }: Call): string | undefined {
  const given = header('x-amz-storage-class');
  if (given === undefined || given === 'STANDARD') return undefined;
  if (!storageClasses.has(given)) throw refuse('InvalidStorageClass', { StorageClassRequested: given });
  return given;
}

/** Everything that an object is answered with besides its content. */
export function objectHeaders(object: StoredObject, { header, query }: Call): Record<string, string | number | undefined> {
  const { etag, lastModified, contentType, headers, userMetadata, tags, storageClass, encryption, checksums } = object;
  const overrides = Object.fromEntries(
    [...query].flatMap(([name, value]) => (overridable.has(name) ? [[name.slice('response-'.length), headerText(name, value)]] : [])),
  );
  return {
    'Last-Modified': lastModified.toUTCString(),
    ETag: `"${etag}"`,
    'Accept-Ranges': 'bytes',
    'content-type': contentType,
    ...headers,
    ...overrides,
    ...Object.fromEntries(Object.entries(userMetadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    'x-amz-tagging-count': tags && Object.keys(tags).length > 0 ? Object.keys(tags).length : undefined,
    'x-amz-storage-class': storageClass,
    ...encryption,
    ...(header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && checksumHeaders(checksums)),
  };
}

/** Bytes of all names and values. Source: Amazon S3 user guide, "Working with object metadata". */
const largestMetadata = 2048;

function metadataOf({ headersAfter }: Call): Texts | undefined {
  const metadata = [...headersAfter('x-amz-meta-')];
  const size = metadata.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  if (size > largestMetadata) throw refuse('MetadataTooLarge', { Size: size, MaxSizeAllowed: largestMetadata });
  return texts(metadata);
}

/** `aws-chunked` is about the way here alone. */
const encodingOf = (header: string | undefined): string | undefined =>
  header
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== 'aws-chunked' && each !== '')
    .join(',') || undefined;

const texts = (pairs: readonly (readonly [string, string | undefined])[]): Texts | undefined => {
  const given = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
};

const kept = ['cache-control', 'content-disposition', 'content-language', 'expires'] as const;

const overridable: ReadonlySet<string> = new Set(['content-type', 'content-encoding', ...kept].map((name) => `response-${name}`));

/** As it can stand in a header: the bytes of its UTF-8 form. Errors: InvalidArgument. */
function headerText(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value))
    throw refuse('InvalidArgument', { ArgumentName: name, ArgumentValue: value }, `Header value cannot be represented: ${name}`);
  return Buffer.from(value).toString('latin1');
}

const encryptions: ReadonlySet<string> = new Set(['AES256', 'aws:kms', 'aws:kms:dsse', 'aws:fsx']);

/** Source: Amazon S3 API reference, PutObject, `x-amz-storage-class`. */
const storageClasses: ReadonlySet<string> = new Set([
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]);

/** What would be lost without a word. Errors: NotImplemented, AccessControlListNotSupported. */
export function refuseUnserved({ header, headersAfter }: Call): void {
  for (const name of unserved) {
    if (header(name) !== undefined)
      throw refuse('NotImplemented', { Header: name }, `The header ${name} implies functionality that sm-local does not implement`);
  }
  const acl = header('x-amz-acl');
  const isOwners = acl === undefined || acl === 'private' || acl === 'bucket-owner-full-control';
  if (!isOwners || headersAfter('x-amz-grant-').size > 0) throw refuse('AccessControlListNotSupported');
}

const unserved = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
];
