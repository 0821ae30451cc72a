import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { Listed, ListOptions } from '../objects.ts';
import { compareUtf8 } from '../utf8-order.ts';
import { unquoted, wholeSeconds } from './attributes.ts';
import type { S3Access } from './client.ts';

/** A bucket's objects and groups, page after page as they are taken. Errors: those of `S3Access.call`. */
export async function* listObjects(access: S3Access, bucket: string, options: ListOptions): AsyncGenerator<Listed, void> {
  const { prefix = '', startAfter = '', delimiter = '', limit = Number.POSITIVE_INFINITY, signal } = options;
  const asked = {
    Bucket: bucket,
    EncodingType: 'url', // XML knows no control characters
    ...(prefix !== '' && { Prefix: wellBegun(prefix) }),
    ...(startAfter !== '' && { StartAfter: wellFormed(startAfter) }),
    ...(delimiter !== '' && { Delimiter: delimiter }),
  } as const;
  let left = limit;
  let token: string | undefined;
  do {
    const request = {
      ...asked,
      MaxKeys: Math.min(largestPage, Math.max(left, 1) + 1), // a group to go on after may be among them
      ...(token !== undefined && { ContinuationToken: token }),
    };
    const action = { does: `list s3://${bucket}/${prefix}`, bucket };
    const page = await access.call(action, (s3, sending) => s3.listObjectsV2(request, sending), signal);
    for (const each of inOrder(page)) {
      const name = each.kind === 'object' ? each.key : each.prefix;
      if (!name.startsWith(prefix) || (each.kind === 'group' && name === startAfter)) continue;
      if (left <= 0) return;
      left -= 1;
      yield each;
      signal?.throwIfAborted();
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined && left > 0);
}

const largestPage = 1000;

/** A text that ends in the middle of a character begins others all the same. */
const wellBegun = (prefix: string): string => wellFormed(prefix.replace(/[\ud800-\udbff]$/, ''));

const wellFormed = (text: string): string => Buffer.from(text).toString();

/** S3 tells objects and groups apart. */
function inOrder({ Contents = [], CommonPrefixes = [] }: ListObjectsV2CommandOutput): readonly Listed[] {
  const objects = Contents.map(
    ({ Key = '', Size = 0, LastModified = new Date(0), ETag = '', StorageClass = 'STANDARD' }): Listed => ({
      kind: 'object',
      key: decoded(Key),
      size: Size,
      lastModified: wholeSeconds(LastModified),
      etag: unquoted(ETag),
      storageClass: StorageClass,
    }),
  );
  const groups = CommonPrefixes.map(({ Prefix = '' }): Listed => ({ kind: 'group', prefix: decoded(Prefix) }));
  if (groups.length === 0) return objects;
  return [...objects, ...groups].sort((one, other) => compareUtf8(nameOf(one), nameOf(other)));
}

const nameOf = (each: Listed): string => (each.kind === 'object' ? each.key : each.prefix);

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
