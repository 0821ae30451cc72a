import type { Listed } from '../../../store/objects.ts';
import { ownerElement } from '../access.ts';
import type { Answer, Call } from '../call.ts';
import { refuse } from '../errors.ts';
import { encoderOf, limitOf } from '../listing.ts';
import { document, element, elements, type Xml } from '../xml-writer.ts';

/** The first version, whose pages go on after a key. */
export async function listObjects(call: Call): Promise<Answer> {
  const { bucket, query } = call;
  const marker = query.get('marker') ?? '';
  const page = await pageAfter(call, marker);
  const encoded = encoderOf(query);
  const delimiter = query.get('delimiter') || undefined;
  return {
    body: document('ListBucketResult', [
      elements({ Name: bucket, Prefix: encoded(query.get('prefix') ?? ''), Marker: encoded(marker), MaxKeys: page.limit }),
      elements({
        Delimiter: delimiter && encoded(delimiter),
        EncodingType: query.get('encoding-type') || undefined,
        IsTruncated: page.isTruncated,
      }),
      // Without groups, the last key says it.
      element('NextMarker', page.isTruncated && delimiter !== undefined && page.last !== undefined ? encoded(page.last) : undefined),
      ...contents(page.entries, encoded, ownerElement(call.caller.account)),
    ]),
  };
}

/** The second one, whose pages go on with a token. */
export async function listObjectsV2(call: Call): Promise<Answer> {
  const { bucket, query } = call;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const page = await pageAfter(call, token === undefined ? (startAfter ?? '') : keyOf(token));
  const encoded = encoderOf(query);
  const delimiter = query.get('delimiter') || undefined;
  const owner = query.get('fetch-owner') === 'true' ? ownerElement(call.caller.account) : '';
  return {
    body: document('ListBucketResult', [
      elements({ Name: bucket, Prefix: encoded(query.get('prefix') ?? ''), MaxKeys: page.limit, KeyCount: page.entries.length }),
      elements({
        Delimiter: delimiter && encoded(delimiter),
        EncodingType: query.get('encoding-type') || undefined,
        IsTruncated: page.isTruncated,
      }),
      elements({ ContinuationToken: token, StartAfter: startAfter === undefined ? undefined : encoded(startAfter) }),
      element('NextContinuationToken', page.isTruncated && page.last !== undefined ? tokenOf(page.last) : undefined),
      ...contents(page.entries, encoded, owner),
    ]),
  };
}

interface Page {
  readonly limit: number;
  readonly entries: readonly Listed[];
  readonly isTruncated: boolean;
  /** Where the next one goes on. */
  readonly last: string | undefined;
}

async function pageAfter({ objects, bucket, query, signal }: Call, startAfter: string): Promise<Page> {
  const limit = limitOf(query, 'max-keys');
  const entries: Listed[] = [];
  const options = { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', startAfter, withDetails: true, signal };
  let isTruncated = false;
  if (limit > 0) {
    for await (const entry of objects.list(bucket, { ...options, limit: limit + 1 })) {
      isTruncated = entries.length === limit;
      if (!isTruncated) entries.push(entry);
    }
  }
  const last = entries.at(-1);
  return { limit, entries, isTruncated, last: last?.kind === 'group' ? last.prefix : last?.key };
}

/** Opaque to clients. */
const tokenOf = (last: string): string => `1${Buffer.from(last).toString('base64url')}`;

function keyOf(token: string): string {
  const key = Buffer.from(token.slice(1), 'base64url').toString();
  if (key !== '' && tokenOf(key) === token) return key;
  throw refuse('InvalidArgument', { ArgumentName: 'continuation-token' }, 'The continuation token provided is incorrect');
}

function contents(entries: readonly Listed[], encoded: (text: string) => string, owner: Xml): Xml[] {
  return entries.map((entry) => {
    if (entry.kind === 'group') return element('CommonPrefixes', [element('Prefix', encoded(entry.prefix))]);
    const { key, lastModified, etag = '', size, storageClass = 'STANDARD' } = entry;
    const fields = { Key: encoded(key), LastModified: lastModified, ETag: `"${etag}"`, Size: size };
    return element('Contents', [elements(fields), owner, element('StorageClass', storageClass)]);
  });
}
