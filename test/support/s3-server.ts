import { createHash, randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { awsErrorOf } from '../../src/api/aws-error.ts';
import { fail } from '../../src/errors.ts';
import type { Listed, ObjectAttributes, ObjectStore, PutCondition, StoredObject } from '../../src/store/objects.ts';

export interface S3Server extends AsyncDisposable {
  readonly url: string;
  /** `PUT /bucket/key` of each request so far, queries left out. */
  readonly requests: readonly string[];
  /** Uploads in parts that were begun and neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, unknown>;
}

/** As much of S3's protocol as a client needs that has to be shown to speak it, on any store; signatures are not looked at. */
export async function startS3Server(store: ObjectStore): Promise<S3Server> {
  const requests: string[] = [];
  const uploads = new Map<string, Upload>();
  const server = http.createServer((request, response) => {
    const asked = askedOf(request);
    requests.push(`${request.method} ${asked.path}`);
    answer(store, uploads, asked, request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const { type, status, message } = awsErrorOf(error);
      const { size } = ((error as { detail?: { size?: number } }).detail ?? {}) as { size?: number };
      if (size !== undefined) response.setHeader('content-range', `bytes */${size}`);
      send(response, xml('Error', { Code: type, Message: message }), status);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    uploads,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Upload {
  readonly attributes: ObjectAttributes;
  readonly parts: Map<number, Buffer>;
}

interface Asked {
  readonly path: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

function askedOf({ url = '' }: IncomingMessage): Asked {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const [bucket = '', ...key] = path.slice(1).split('/');
  return { path, bucket, key: decodeURIComponent(key.join('/')), query: new URLSearchParams(query) };
}

async function answer(
  store: ObjectStore,
  uploads: Map<string, Upload>,
  { bucket, key, query }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, headers } = request;
  const what = `${method} ${bucket === '' ? 'service' : key === '' ? 'bucket' : 'object'}`;
  const address = { bucket, key };
  const id = query.get('uploadId');
  switch (what) {
    case 'GET service': {
      const buckets = await store.buckets();
      const told = buckets.map(({ name, created }) => xml('Bucket', { Name: name, CreationDate: created.toISOString() }));
      return send(response, `<ListAllMyBucketsResult><Buckets>${told.join('')}</Buckets></ListAllMyBucketsResult>`);
    }
    case 'HEAD bucket':
      return send(response, '', (await store.bucket(bucket)) ? 200 : 404);
    case 'PUT bucket':
      await store.createBucket(bucket);
      return send(response, '');
    case 'DELETE bucket':
      await store.removeBucket(bucket);
      return send(response, '', 204);
    case 'GET bucket':
      return send(response, await listing(store, bucket, query));
    case 'HEAD object':
    case 'GET object': {
      if (query.has('tagging')) return send(response, tagging((await headOf(store, address)).tags ?? {}));
      const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
      const range = first === '' ? { suffix: Number(last) } : { first: Number(first), ...(last !== '' && { last: Number(last) }) };
      if (method === 'HEAD' && (await store.bucket(bucket)) && !(await store.head(address))) return send(response, '', 404);
      const reading = await store.get(address, headers.range === undefined ? {} : { range });
      const { object } = reading;
      const { first: from, last: to } = reading.range ?? { first: 0, last: object.size - 1 };
      if (reading.range) response.setHeader('content-range', `bytes ${from}-${to}/${object.size}`);
      response.writeHead(reading.range ? 206 : 200, { ...toldHeaders(object), 'content-length': to - from + 1 });
      if (method === 'GET') return await pipeline(reading.body, response);
      reading.body.destroy();
      return void response.end();
    }
    case 'PUT object':
      if (query.has('tagging')) {
        const tags = [...(await whole(request)).toString().matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g)];
        await store.setTags(address, Object.fromEntries(tags.map(([, name = '', value = '']) => [name, value])));
        return send(response, '');
      }
      if (id !== null) {
        const body = await whole(request);
        uploads.get(id)?.parts.set(Number(query.get('partNumber')), body);
        response.setHeader('etag', `"${md5(body)}"`);
        return send(response, '');
      }
      if (headers['x-amz-copy-source'] !== undefined) {
        const [, from = '', rest = ''] = /^\/?([^/]*)\/(.*)$/s.exec(String(headers['x-amz-copy-source'])) ?? [];
        const isReplaced = headers['x-amz-metadata-directive'] === 'REPLACE';
        const source = { bucket: from, key: decodeURIComponent(rest) };
        if (!isReplaced && from === bucket && source.key === key) {
          return send(response, xml('Error', { Code: 'InvalidRequest', Message: 'This copy request is illegal' }), 400);
        }
        const copied = await store.copy(source, address, isReplaced ? { attributes: sentAttributes(headers) } : {});
        return send(response, xml('CopyObjectResult', { ETag: `"${copied.etag}"`, LastModified: copied.lastModified.toISOString() }));
      }
      return sendEtag(response, (await store.put(address, request, { attributes: sentAttributes(headers), ...conditionOf(headers) })).etag);
    case 'POST object': {
      if (query.has('uploads')) {
        if (!(await store.bucket(bucket))) throw fail('NoSuchBucket', { bucket });
        const made = randomUUID();
        uploads.set(made, { attributes: sentAttributes(headers), parts: new Map() });
        return send(response, xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: made }));
      }
      const upload = uploads.get(id ?? '');
      const named = [...(await whole(request)).toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
      const content = async function* () {
        for (const number of named) yield upload?.parts.get(number) ?? Buffer.alloc(0);
      };
      const written = await store.put(address, content(), { attributes: upload?.attributes ?? {}, ...conditionOf(headers) });
      uploads.delete(id ?? '');
      return send(response, xml('CompleteMultipartUploadResult', { ETag: `"${written.etag}"` }));
    }
    case 'DELETE object':
      if (id !== null) uploads.delete(id);
      else await store.remove(address);
      return send(response, '', 204);
    default:
      return send(response, xml('Error', { Code: 'NotImplemented', Message: what }), 501);
  }
}

async function listing(store: ObjectStore, bucket: string, query: URLSearchParams): Promise<string> {
  const limit = Number(query.get('max-keys') ?? 1000);
  const found: Listed[] = [];
  const options = {
    prefix: query.get('prefix') ?? '',
    startAfter: query.get('continuation-token') ?? query.get('start-after') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: limit + 1,
    withDetails: true,
  };
  for await (const each of store.list(bucket, options)) found.push(each);
  const page = found.slice(0, limit);
  const coded = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  const members = page.map((each) =>
    each.kind === 'group'
      ? `<CommonPrefixes>${xml('Prefix', coded(each.prefix))}</CommonPrefixes>`
      : xml('Contents', {
          Key: coded(each.key),
          Size: String(each.size),
          LastModified: each.lastModified.toISOString(),
          ETag: `"${each.etag}"`,
          StorageClass: each.storageClass ?? '',
        }),
  );
  const last = page.at(-1);
  const next = found.length > limit && last ? xml('NextContinuationToken', last.kind === 'object' ? last.key : last.prefix) : '';
  return `<ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>${members.join('')}${next}</ListBucketResult>`;
}

async function headOf(store: ObjectStore, address: { bucket: string; key: string }): Promise<StoredObject> {
  const found = await store.head(address);
  if (!found) throw fail('NoSuchKey', address);
  return found;
}

const kept = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'];

function sentAttributes(headers: http.IncomingHttpHeaders): ObjectAttributes {
  const chosen = (pick: (name: string) => string | undefined): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (pick(name) === undefined ? [] : [[pick(name), String(value)]])));
  const tags = headers['x-amz-tagging'];
  const storageClass = headers['x-amz-storage-class'];
  const userMetadata = chosen((name) => /^x-amz-meta-(.*)$/.exec(name)?.[1]);
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    headers: chosen((name) => (kept.includes(name) ? name : undefined)),
    ...(Object.keys(userMetadata).length > 0 && { userMetadata }),
    ...(tags !== undefined && tags !== '' && { tags: Object.fromEntries(new URLSearchParams(String(tags))) }),
    ...(storageClass !== undefined && { storageClass: String(storageClass) }),
  };
}

function toldHeaders({ contentType, headers = {}, userMetadata = {}, tags = {}, etag, lastModified, storageClass }: StoredObject) {
  const count = Object.keys(tags).length;
  return {
    'content-type': contentType,
    ...headers,
    ...Object.fromEntries(Object.entries(userMetadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    ...(count > 0 && { 'x-amz-tagging-count': count }),
    ...(storageClass !== undefined && storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
    etag: `"${etag}"`,
    'last-modified': lastModified.toUTCString(),
  };
}

function conditionOf(headers: http.IncomingHttpHeaders): { readonly condition?: PutCondition } {
  if (headers['if-none-match'] === '*') return { condition: { ifAbsent: true } };
  return headers['if-match'] === undefined ? {} : { condition: { ifMatch: headers['if-match'].replaceAll('"', '') } };
}

async function whole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

function tagging(tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags).map(([Key, Value]) => xml('Tag', { Key, Value }));
  return `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
}

function xml(name: string, content: string | Readonly<Record<string, string>>): string {
  const escaped = (text: string): string => text.replaceAll(/[&<>"\r\n\t\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`);
  const inside =
    typeof content === 'string'
      ? escaped(content)
      : Object.entries(content)
          .map(([member, text]) => xml(member, text))
          .join('');
  return `<${name}>${inside}</${name}>`;
}

function sendEtag(response: ServerResponse, etag: string): void {
  response.setHeader('etag', `"${etag}"`);
  send(response, '');
}

function send(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(text);
}
