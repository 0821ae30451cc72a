import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, utimes } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { digestOf } from '../../../src/store/body/digests.ts';
import { LocalUploads } from '../../../src/store/local-uploads.ts';
import { Random } from '../../store/random.ts';
import { type Asking, ask, codeIn, type Reply, textsOf } from './asking.ts';
import { type ServedS3, serveS3 } from './serving.ts';

describe('S3: objects in several parts', () => {
  const mebibyte = 1024 * 1024;
  const first = new Random(1).bytes(5 * mebibyte);
  const second = new Random(2).bytes(1000);
  const whole = Buffer.concat([first, second]);
  const md5 = (content: Uint8Array): Buffer => createHash('md5').update(content).digest();
  const wholeTag = `"${createHash('md5').update(md5(first)).update(md5(second)).digest('hex')}-2"`;

  let server: ServedS3;
  beforeEach(async () => {
    server = await serveS3();
    await ask(server, 'PUT', '/bucket');
  });
  afterEach(async () => {
    assert.deepEqual(server.failures, []);
    await server[Symbol.asyncDispose]();
  });

  const outcome = (reply: Reply) => [reply.status, codeIn(reply)];
  const begin = async (key = 'a', headers: Asking['headers'] = {}): Promise<string> => {
    const reply = await ask(server, 'POST', `/bucket/${key}?uploads`, { headers });
    assert.equal(reply.status, 200, reply.text);
    return textsOf(reply.text, 'UploadId')[0] ?? '';
  };
  const part = (id: string, number: number | string, body: Uint8Array, headers: Asking['headers'] = {}): Promise<Reply> =>
    ask(server, 'PUT', `/bucket/a?partNumber=${number}&uploadId=${id}`, { body, headers });
  const complete = (
    id: string,
    parts: readonly (readonly [number, string | undefined, string?])[],
    headers: Asking['headers'] = {},
  ): Promise<Reply> =>
    ask(server, 'POST', `/bucket/a?uploadId=${id}`, {
      headers,
      body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.map(([number, etag, more = '']) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag>${more}</Part>`).join('')}</CompleteMultipartUpload>`,
    });
  const get = (query = '', headers: Asking['headers'] = {}): Promise<Reply> => ask(server, 'GET', `/bucket/a${query}`, { headers });

  it('appear when all is there, with what was said at the beginning', async () => {
    const id = await begin('a', {
      'Content-Type': 'text/csv',
      'x-amz-meta-a': '1',
      'x-amz-tagging': 't=1',
      'x-amz-server-side-encryption': 'AES256',
    });
    const tags = [(await part(id, 1, first)).headers.etag, (await part(id, 7, second)).headers.etag];
    assert.deepEqual(tags, [`"${md5(first).toString('hex')}"`, `"${md5(second).toString('hex')}"`]);
    assert.equal((await get()).status, 404);
    const reply = await complete(id, [
      [1, tags[0]],
      [7, tags[1]?.replaceAll('"', '&quot;')],
    ]);
    assert.deepEqual([reply.status, textsOf(reply.text, 'ETag')[0]?.replaceAll('&quot;', '"')], [200, wholeTag]);
    const { bytes, headers } = await get();
    assert.ok(bytes.equals(whole));
    assert.deepEqual(
      [
        headers.etag,
        headers['content-type'],
        headers['x-amz-meta-a'],
        headers['x-amz-tagging-count'],
        headers['x-amz-server-side-encryption'],
      ],
      [wholeTag, 'text/csv', '1', '1', 'AES256'],
    );
    assert.deepEqual(outcome(await complete(id, [[1, tags[0]]])), [404, 'NoSuchUpload']);
    assert.deepEqual(await readdir(server.home.uploads), []);
  });

  it('can be read part by part, and copied as one', async () => {
    const id = await begin('a', { 'x-amz-checksum-algorithm': 'CRC32' });
    for (const [number, content] of [
      [1, first],
      [2, second],
    ] as const) {
      await part(id, number, content, { 'x-amz-checksum-crc32': digestOf('crc32', content).toString('base64') });
    }
    const crcs = [first, second].map((content) => digestOf('crc32', content));
    const reply = await complete(
      id,
      [first, second].map(
        (content, index) =>
          [index + 1, md5(content).toString('hex'), `<ChecksumCRC32>${crcs[index]?.toString('base64')}</ChecksumCRC32>`] as const,
      ),
    );
    const composite = `${digestOf('crc32', Buffer.concat(crcs)).toString('base64')}-2`;
    assert.deepEqual([textsOf(reply.text, 'ChecksumCRC32'), textsOf(reply.text, 'ChecksumType')], [[composite], ['COMPOSITE']], reply.text);
    const last = await get('?partNumber=2');
    assert.ok(last.bytes.equals(second));
    assert.deepEqual(
      [last.status, last.headers['content-range'], last.headers['x-amz-mp-parts-count']],
      [206, `bytes ${5 * mebibyte}-${whole.length - 1}/${whole.length}`, '2'],
    );
    assert.deepEqual(outcome(await get('?partNumber=3')), [416, 'InvalidPartNumber']);
    const attributes = await get('?attributes', { 'x-amz-object-attributes': 'ObjectParts,Checksum' });
    assert.deepEqual(
      [textsOf(attributes.text, 'TotalPartsCount'), textsOf(attributes.text, 'Size')],
      [['2'], [`${first.length}`, `${second.length}`]],
    );
    assert.deepEqual(textsOf(attributes.text, 'ChecksumCRC32'), [composite, ...crcs.map((crc) => crc.toString('base64'))]);
    await ask(server, 'PUT', '/bucket/b', { headers: { 'x-amz-copy-source': '/bucket/a' } });
    const copy = await ask(server, 'HEAD', '/bucket/b', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    assert.deepEqual([copy.headers.etag, copy.headers['x-amz-checksum-crc32']], [`"${md5(whole).toString('hex')}"`, undefined]);
  });

  for (const [name, algorithm] of [
    ['crc32', 'CRC32'],
    ['crc32c', 'CRC32C'],
    ['crc64nvme', 'CRC64NVME'],
  ] as const) {
    it(`can have one ${algorithm} of the whole content`, async () => {
      const id = await begin('a', { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': 'FULL_OBJECT' });
      const header = `x-amz-checksum-${name}`;
      for (const [number, content] of [
        [1, first],
        [2, second],
      ] as const)
        await part(id, number, content, { [header]: digestOf(name, content).toString('base64') });
      const parts = [
        [1, md5(first).toString('hex')],
        [2, md5(second).toString('hex')],
      ] as const;
      const value = digestOf(name, whole).toString('base64');
      assert.deepEqual(
        outcome(await complete(id, parts, { [header]: digestOf(name, second).toString('base64'), 'x-amz-checksum-type': 'FULL_OBJECT' })),
        [400, 'BadDigest'],
      );
      assert.equal((await complete(id, parts, { [header]: value, 'x-amz-mp-object-size': `${whole.length}` })).status, 200);
      const { headers } = await get('', { 'x-amz-checksum-mode': 'ENABLED' });
      assert.deepEqual([headers[header], headers['x-amz-checksum-type']], [value, 'FULL_OBJECT']);
    });
  }

  it('refuse what does not fit together', async () => {
    const id = await begin();
    const [one, two] = [(await part(id, 1, first)).headers.etag, (await part(id, 2, second)).headers.etag];
    await part(id, 3, second);
    for (const [parts, code, headers] of [
      [
        [
          [2, two],
          [1, one],
        ],
        'InvalidPartOrder',
      ],
      [
        [
          [1, one],
          [1, one],
        ],
        'InvalidPartOrder',
      ],
      [[[1, two]], 'InvalidPart'],
      [
        [
          [1, one],
          [9, two],
        ],
        'InvalidPart',
      ],
      [
        [
          [2, two],
          [3, two],
        ],
        'EntityTooSmall',
      ],
      [[], 'MalformedXML'],
      [[[10_001, one]], 'InvalidArgument'],
      [[[1, one]], 'InvalidRequest', { 'x-amz-mp-object-size': '1' }],
    ] as const) {
      assert.deepEqual(outcome(await complete(id, parts, headers)), [400, code]);
    }
    for (const body of ['', '<CompleteMultipartUpload>', '<Other/>']) {
      assert.deepEqual(outcome(await ask(server, 'POST', `/bucket/a?uploadId=${id}`, { body })), [400, 'MalformedXML']);
    }
    assert.equal((await get()).status, 404);
    assert.equal((await complete(id, [[1, one]])).status, 200);
  });

  it('refuse parts that are none', async () => {
    const id = await begin('a', { 'x-amz-checksum-algorithm': 'SHA256' });
    for (const number of ['0', '10001', 'x', '', '-1'])
      assert.deepEqual(outcome(await part(id, number, second)), [400, 'InvalidArgument'], number);
    assert.deepEqual(outcome(await part(id, 1, second)), [400, 'InvalidRequest'], 'no checksum');
    assert.deepEqual(outcome(await part(id, 1, second, { 'x-amz-checksum-sha256': digestOf('sha256', first).toString('base64') })), [
      400,
      'BadDigest',
    ]);
    assert.deepEqual(textsOf((await get(`?uploadId=${id}`)).text, 'PartNumber'), []);
    const directory = join(server.home.uploads, 'bucket', id);
    assert.deepEqual(await readdir(directory), ['upload.json'], 'nothing stays of them');
    for (const other of ['none', '../../bucket', `${id}x`, '']) {
      assert.deepEqual(outcome(await part(other, 1, second)), [404, 'NoSuchUpload'], other);
    }
    assert.deepEqual(
      outcome(await ask(server, 'PUT', `/bucket/b?partNumber=1&uploadId=${id}`, { body: 'x' })),
      [404, 'NoSuchUpload'],
      'of another key',
    );
    for (const [headers, code] of [
      [{ 'x-amz-checksum-algorithm': 'ROT13' }, 'InvalidRequest'],
      [{ 'x-amz-checksum-algorithm': 'SHA1', 'x-amz-checksum-type': 'FULL_OBJECT' }, 'InvalidRequest'],
      [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }, 'InvalidRequest'],
      [{ 'x-amz-checksum-type': 'COMPOSITE' }, 'InvalidRequest'],
    ] as const) {
      assert.deepEqual(outcome(await ask(server, 'POST', '/bucket/a?uploads', { headers })), [400, code]);
    }
  });

  it('take the last of several parts of one number', async () => {
    const id = await begin();
    const parts = Array.from({ length: 5 }, (_, index) => new Random(index).bytes(400_000));
    await Promise.all(parts.map((content) => part(id, 1, content)));
    const [tag] = textsOf((await get(`?uploadId=${id}`)).text, 'ETag').map((each) => each.replaceAll('&quot;', ''));
    assert.equal((await complete(id, [[1, tag]])).status, 200);
    const { bytes, headers } = await get();
    assert.equal(headers.etag, `"${createHash('md5').update(md5(bytes)).digest('hex')}-1"`);
    assert.ok(parts.some((content) => content.equals(bytes)));
  });

  it('have parts that are copies of objects, or of ranges of them', async () => {
    await ask(server, 'PUT', '/bucket/source', { body: first });
    const id = await begin('a', { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' });
    const copy = (number: number, headers: Asking['headers']) =>
      ask(server, 'PUT', `/bucket/a?partNumber=${number}&uploadId=${id}`, {
        headers: { 'x-amz-copy-source': 'bucket/source', ...headers },
      });
    const one = await copy(1, {});
    const two = await copy(2, { 'x-amz-copy-source-range': 'bytes=10-19' });
    assert.deepEqual(textsOf(two.text, 'ChecksumCRC32'), [digestOf('crc32', first.subarray(10, 20)).toString('base64')]);
    for (const range of ['bytes=0-', 'bytes=-5', `bytes=0-${first.length}`, 'x']) {
      assert.deepEqual(outcome(await copy(3, { 'x-amz-copy-source-range': range })), [400, 'InvalidArgument'], range);
    }
    assert.deepEqual(outcome(await copy(3, { 'x-amz-copy-source-if-match': '"x"' })), [412, 'PreconditionFailed']);
    const tags = [one, two].map(({ text }) => textsOf(text, 'ETag')[0]);
    assert.equal(
      (
        await complete(id, [
          [1, tags[0]],
          [2, tags[1]],
        ])
      ).status,
      200,
    );
    assert.ok((await get()).bytes.equals(Buffer.concat([first, first.subarray(10, 20)])));
  });

  it('are put under a condition', async () => {
    await ask(server, 'PUT', '/bucket/a', { body: 'x' });
    const id = await begin();
    const { etag } = (await part(id, 1, second)).headers;
    assert.deepEqual(outcome(await complete(id, [[1, etag]], { 'If-None-Match': '*' })), [412, 'PreconditionFailed']);
    await ask(server, 'DELETE', '/bucket/a');
    assert.equal((await complete(id, [[1, etag]], { 'If-None-Match': '*' })).status, 200);
  });

  it('are listed, with their parts, page by page', async () => {
    const ids = [await begin('a'), await begin('b/1'), await begin('b/2'), await begin('a')];
    const listed = async (query: string) => (await ask(server, 'GET', `/bucket?uploads${query}`)).text;
    const all = await listed('');
    assert.deepEqual(textsOf(all, 'Key'), ['a', 'a', 'b/1', 'b/2']);
    assert.deepEqual(textsOf(all, 'UploadId').sort(), [...ids].sort());
    const grouped = await listed('&delimiter=/');
    assert.deepEqual([textsOf(grouped, 'Key'), /<CommonPrefixes><Prefix>b\/</.test(grouped)], [['a', 'a'], true]);
    assert.deepEqual(textsOf(await listed('&prefix=b/&max-uploads=1'), 'Key'), ['b/1']);
    const found: string[] = [];
    for (let next = ''; ; ) {
      const page = await listed(`&max-uploads=1${next}`);
      found.push(...textsOf(page, 'UploadId'));
      if (textsOf(page, 'IsTruncated')[0] === 'false') break;
      next = `&key-marker=${textsOf(page, 'NextKeyMarker')[0]}&upload-id-marker=${textsOf(page, 'NextUploadIdMarker')[0]}`;
    }
    assert.deepEqual(found, textsOf(all, 'UploadId'));
    const [id = ''] = ids;
    for (const number of [2, 10, 1]) await part(id, number, second);
    const parts = (await get(`?uploadId=${id}&max-parts=2`)).text;
    assert.deepEqual(
      [textsOf(parts, 'PartNumber'), textsOf(parts, 'NextPartNumberMarker'), textsOf(parts, 'IsTruncated')],
      [['1', '2'], ['2'], ['true']],
    );
    assert.deepEqual(textsOf((await get(`?uploadId=${id}&part-number-marker=2`)).text, 'PartNumber'), ['10']);
  });

  it('are aborted, and nothing stays', async () => {
    const id = await begin();
    await part(id, 1, second);
    const abort = () => ask(server, 'DELETE', `/bucket/a?uploadId=${id}`);
    assert.deepEqual([(await abort()).status, outcome(await abort())], [204, [404, 'NoSuchUpload']]);
    assert.deepEqual(outcome(await part(id, 2, second)), [404, 'NoSuchUpload']);
    assert.deepEqual(await readdir(server.home.uploads), []);
  });

  it('that take long to be put together keep their client waiting with spaces', async () => {
    for (const isGoingWell of [true, false]) {
      let goOn: () => void = () => {};
      const heard = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      class SlowUploads extends LocalUploads {
        override async assemble(...given: Parameters<LocalUploads['assemble']>): ReturnType<LocalUploads['assemble']> {
          await heard;
          if (!isGoingWell) await this.remove(given[0]);
          return await super.assemble(...given);
        }
      }
      await using slow = await serveS3({ longestSilence: 5, uploads: new SlowUploads(server.home), objects: server.objects });
      const id = await begin();
      const { etag } = (await part(id, 1, second)).headers;
      const request = http.request({ port: slow.port, method: 'POST', path: `/bucket/a?uploadId=${id}`, agent: false });
      request.end(`<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.once('data', goOn);
      const document = await text(response);
      assert.equal(response.statusCode, 200);
      assert.match(
        document,
        isGoingWell ? /^<\?xml[^>]*>\s+<CompleteMultipartUploadResult .*-1&quot;/ : /^<\?xml[^>]*>\s+<Error><Code>NoSuchUpload</,
      );
    }
  });

  it('are known to another process, and swept when nothing was added for a week', async () => {
    const [old, young] = [await begin('old'), await begin('young')];
    const others = new LocalUploads(server.home);
    assert.equal((await others.find({ bucket: 'bucket', key: 'old' }, old)).id, old);
    await utimes(join(server.home.uploads, 'bucket', old), new Date(), new Date(Date.now() - 8 * 24 * 3_600_000));
    await others.sweep();
    assert.deepEqual(
      (await others.list('bucket')).map(({ id }) => id),
      [young],
    );
  });
});
