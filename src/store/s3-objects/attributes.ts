import type { GetObjectCommandOutput, HeadObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectAttributes, StoredObject, Texts } from '../objects.ts';

type Sent = Pick<
  PutObjectCommandInput,
  | 'ContentType'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'Expires'
  | 'Metadata'
  | 'Tagging'
  | 'StorageClass'
>;

/** What S3 is told to keep with an object. Checksums and encryption are its own affair. */
export function sentAttributes({ contentType, headers = {}, userMetadata = {}, tags = {}, storageClass }: ObjectAttributes): Sent {
  const expires = new Date(headers.expires ?? Number.NaN);
  const sent: { [Name in keyof Sent]: Sent[Name] | undefined } = {
    ContentType: contentType ?? 'binary/octet-stream', // what S3 itself takes it for; the SDK would say something else
    CacheControl: headers['cache-control'],
    ContentDisposition: headers['content-disposition'],
    ContentEncoding: headers['content-encoding'],
    ContentLanguage: headers['content-language'],
    Expires: Number.isNaN(expires.getTime()) ? undefined : expires,
    Metadata: Object.fromEntries(Object.entries(userMetadata).map(([name, value]) => [name, encodeWord(value)])),
    Tagging: new URLSearchParams(tags).toString() || undefined,
    StorageClass: storageClass as Sent['StorageClass'],
  };
  return withoutUndefined(sent) as Sent;
}

/** An object as S3 tells of it. `tags` are asked for separately. */
export function storedObject(
  key: string,
  told: HeadObjectCommandOutput | GetObjectCommandOutput,
  size: number,
  tags?: Texts,
): StoredObject {
  const { ETag = '', LastModified = new Date(0), Metadata = {} } = told;
  const headers = withoutUndefined({
    'cache-control': told.CacheControl,
    'content-disposition': told.ContentDisposition,
    'content-encoding': told.ContentEncoding,
    'content-language': told.ContentLanguage,
    expires: told.ExpiresString,
  });
  const userMetadata = Object.fromEntries(Object.entries(Metadata).map(([name, value]) => [name, decodeWords(value)]));
  return {
    key,
    size,
    lastModified: wholeSeconds(LastModified),
    etag: unquoted(ETag),
    contentType: told.ContentType ?? 'binary/octet-stream',
    storageClass: told.StorageClass ?? 'STANDARD', // told of others only
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(userMetadata).length > 0 && { userMetadata }),
    ...(tags && { tags }),
  };
}

export const unquoted = (etag: string): string => etag.replace(/^(W\/)?"|"$/g, '');

/** Listings of some stores are more exact than their heads; of one object both shall say the same. */
export const wholeSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** A header is ASCII; S3 itself answers other text so. Source: Amazon S3 user guide, "User-defined object metadata"; RFC 2047. */
const encodeWord = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`);

function decodeWords(text: string): string {
  const decoded = text.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=(?:\s+(?==\?))?/gi, (_word, how: string, coded: string) =>
    how.toLowerCase() === 'b' ? Buffer.from(coded, 'base64').toString() : fromQuoted(coded),
  );
  return decoded;
}

const fromQuoted = (coded: string): string =>
  Buffer.from(
    coded.replaceAll('_', ' ').replaceAll(/=([0-9A-F]{2})/gi, (_hex, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();

const withoutUndefined = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Readonly<Record<string, string>>;
