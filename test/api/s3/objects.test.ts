import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Asking, ask, codeIn, type Reply, textsOf } from './asking.ts';
import { type ServedS3, serveS3 } from './serving.ts';

describe('S3: objects', () => {
  let server: ServedS3;
  beforeEach(async () => {
    server = await serveS3();
    await ask(server, 'PUT', '/bucket');
  });
  afterEach(async () => {
    assert.deepEqual(server.failures, []);
    assert.deepEqual(await readdir(server.home.tmp), [], 'nothing temporary is left');
    await server[Symbol.asyncDispose]();
  });

  const put = (key: string, body: string | Uint8Array = 'x', headers: Asking['headers'] = {}): Promise<Reply> =>
    ask(server, 'PUT', `/bucket/${key}`, { body, headers });
  const get = (key: string, headers: Asking['headers'] = {}): Promise<Reply> => ask(server, 'GET', `/bucket/${key}`, { headers });
  const head = (key: string, headers: Asking['headers'] = {}): Promise<Reply> => ask(server, 'HEAD', `/bucket/${key}`, { headers });
  const outcome = (reply: Reply) => [reply.status, codeIn(reply)];
  const md5 = (content: string): string => createHash('md5').update(content).digest('hex');

  describe('put and got', () => {
    it('come back with what was said of them', async () => {
      const headers = {
        'Content-Type': 'text/csv; charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Disposition': 'attachment; filename="a.csv"',
        'Content-Encoding': 'gzip',
        'Content-Language': 'de',
        Expires: 'Thu, 01 Dec 2033 16:00:00 GMT',
        'x-amz-meta-Colour': 'Rot',
        'x-amz-storage-class': 'STANDARD_IA',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
        'x-amz-tagging': 'a=1&b%20c=2+3',
      };
      const answer = await put('a.csv', '1,2\n', headers);
      assert.deepEqual(
        [answer.status, answer.headers.etag, answer.headers['x-amz-server-side-encryption']],
        [200, `"${md5('1,2\n')}"`, 'aws:kms'],
      );
      for (const reply of [await get('a.csv'), await head('a.csv')]) {
        const { 'x-amz-tagging': _tags, 'x-amz-meta-Colour': colour, ...others } = headers;
        for (const [name, value] of Object.entries(others)) assert.equal(reply.headers[name.toLowerCase()], value, name);
        assert.equal(reply.headers['x-amz-meta-colour'], colour);
        assert.deepEqual(
          [reply.headers['x-amz-tagging-count'], reply.headers['content-length'], reply.headers['accept-ranges']],
          ['2', '4', 'bytes'],
        );
        assert.match(reply.headers['last-modified'] ?? '', / GMT$/);
      }
      assert.equal((await get('a.csv')).text, '1,2\n');
      assert.equal((await head('a.csv')).text, '');
      assert.equal(await readFile(join(server.home.buckets, 'bucket/a.csv'), 'utf8'), '1,2\n');
    });

    it('have a type of their own when nothing was said', async () => {
      await put('a', '');
      const { headers, text } = await get('a');
      assert.deepEqual([headers['content-type'], headers['content-length'], text], ['binary/octet-stream', '0', '']);
      await writeFile(join(server.home.buckets, 'bucket/by-hand'), 'abc');
      assert.deepEqual([(await get('by-hand')).text, (await head('by-hand')).headers.etag], ['abc', `"${md5('abc')}"`]);
    });

    it('have keys of any text, of which every character counts', async () => {
      const keys = [
        'a',
        'a/',
        'a/b',
        'a//b',
        '/a',
        'a+b',
        'a b',
        'a%252Fb',
        '..',
        '../x',
        './a',
        'ü/🙂',
        '%00',
        '%0A',
        'x%3Fy%23z',
        '%25',
        'A',
        'con',
        "!'()*",
      ];
      const paths = keys.map((key) => key.replaceAll(/[ ü🙂]/gu, encodeURIComponent));
      for (const path of paths) assert.equal((await put(path, path)).status, 200, path);
      for (const path of paths) assert.equal((await get(path)).text, path);
      const { text } = await ask(server, 'GET', '/bucket?list-type=2&encoding-type=url');
      const expected = paths
        .map((path) => decodeURIComponent(path))
        .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      assert.deepEqual(textsOf(text, 'Key').map(decodeURIComponent), expected);
      assert.deepEqual((await readdir(server.home.path)).includes('x'), false);
    });

    it('have keys of 1024 bytes at most', async () => {
      assert.equal((await put('k'.repeat(1024))).status, 200);
      assert.equal((await get('k'.repeat(1024))).text, 'x');
      for (const method of ['PUT', 'GET', 'DELETE']) {
        assert.deepEqual(outcome(await ask(server, method, `/bucket/${'k'.repeat(1025)}`)), [400, 'KeyTooLongError']);
      }
    });

    it('refuse an address that is no text', async () => {
      for (const path of ['/bucket/%zz', '/bucket/%', '/bucket/%ff', '/bucket/a?list-type=%f', '/%c3/a']) {
        assert.deepEqual(outcome(await ask(server, 'GET', path)), [400, 'InvalidURI'], path);
      }
    });

    it('are told as missing', async () => {
      const reply = await get('none');
      assert.deepEqual([reply.status, codeIn(reply), textsOf(reply.text, 'Key')], [404, 'NoSuchKey', ['none']]);
      assert.deepEqual([(await head('none')).status, (await head('none')).text], [404, '']);
    });

    it('are removed once and again', async () => {
      await put('a');
      assert.deepEqual([(await ask(server, 'DELETE', '/bucket/a')).status, (await ask(server, 'DELETE', '/bucket/a')).status], [204, 204]);
      assert.equal((await get('a')).status, 404);
    });

    it('can be answered with other headers', async () => {
      await put('a', 'x', { 'Content-Type': 'text/plain' });
      const { headers } = await get(
        'a?response-content-type=text%2Fcsv&response-content-disposition=attachment%3B%20filename%3D%22%C3%BC%22&response-expires=0',
      );
      assert.deepEqual([headers['content-type'], headers.expires], ['text/csv', '0']);
      assert.equal(Buffer.from(headers['content-disposition'] ?? '', 'latin1').toString(), 'attachment; filename="ü"');
      assert.deepEqual(outcome(await get('a?response-content-type=a%0d%0ab:c')), [400, 'InvalidArgument']);
    });

    it('are told of as they were kept by others than clients', async () => {
      await server.objects.put({ bucket: 'bucket', key: 'a' }, Readable.from([]), { attributes: { userMetadata: { a: '🙂 ü' } } });
      assert.equal(Buffer.from(String((await get('a')).headers['x-amz-meta-a']), 'latin1').toString(), '🙂 ü');
    });

    it('have no versions but null', async () => {
      await put('a');
      assert.equal((await get('a?versionId=null')).status, 200);
      assert.deepEqual(outcome(await get('a?versionId=abc')), [400, 'InvalidArgument']);
    });

    it('refuse what would be lost without a word', async () => {
      for (const [headers, expected] of [
        [{ 'x-amz-storage-class': 'NONE' }, [400, 'InvalidStorageClass']],
        [{ 'x-amz-server-side-encryption': 'rot13' }, [400, 'InvalidArgument']],
        [{ 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, [501, 'NotImplemented']],
        [{ 'x-amz-acl': 'public-read' }, [400, 'AccessControlListNotSupported']],
        [{ 'x-amz-object-lock-mode': 'GOVERNANCE' }, [501, 'NotImplemented']],
        [{ 'x-amz-meta-a': 'x'.repeat(2049) }, [400, 'MetadataTooLarge']],
        [{ 'x-amz-tagging': 'a=1&a=2' }, [400, 'InvalidTag']],
        [{ 'x-amz-tagging': 'a=%zz' }, [400, 'InvalidArgument']],
      ] as const) {
        assert.deepEqual(outcome(await put('a', 'x', headers)), expected, JSON.stringify(headers));
      }
      assert.equal((await put('a', 'x', { 'x-amz-acl': 'bucket-owner-full-control' })).status, 200);
    });
  });

  describe('a range', () => {
    const content = '0123456789';
    beforeEach(() => put('a', content));

    it('is of first and last byte, of the rest, or of the end', async () => {
      for (const [range, expected, told] of [
        ['bytes=0-3', '0123', 'bytes 0-3/10'],
        ['bytes=9-9', '9', 'bytes 9-9/10'],
        ['bytes=4-', '456789', 'bytes 4-9/10'],
        ['bytes=-3', '789', 'bytes 7-9/10'],
        ['bytes=-30', content, 'bytes 0-9/10'],
        ['bytes=5-500', '56789', 'bytes 5-9/10'],
      ] as const) {
        const reply = await get('a', { Range: range });
        assert.deepEqual(
          [reply.status, reply.text, reply.headers['content-range'], reply.headers['content-length']],
          [206, expected, told, `${expected.length}`],
          range,
        );
        const heading = await head('a', { Range: range });
        assert.deepEqual(
          [heading.status, heading.headers['content-range'], heading.headers['content-length']],
          [206, told, `${expected.length}`],
          range,
        );
      }
    });

    it('outside of the object is an error', async () => {
      for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) {
        const reply = await get('a', { Range: range });
        assert.deepEqual([...outcome(reply), reply.headers['content-range']], [416, 'InvalidRange', 'bytes */10'], range);
      }
      await put('empty', '');
      assert.deepEqual(outcome(await get('empty', { Range: 'bytes=-1' })), [416, 'InvalidRange']);
    });

    it('that is none, or several, is passed over', async () => {
      for (const range of ['bytes=3-1', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=', 'bytes=-']) {
        assert.deepEqual([(await get('a', { Range: range })).status, (await get('a', { Range: range })).text], [200, content], range);
      }
    });

    it('can be wanted only of the object that one knows', async () => {
      const { etag = '', 'last-modified': modified = '' } = (await head('a')).headers;
      for (const [condition, status] of [
        [etag, 206],
        ['"other"', 200],
        [modified, 206],
        ['Thu, 01 Jan 1970 00:00:00 GMT', 200],
      ] as const) {
        assert.equal((await get('a', { Range: 'bytes=0-1', 'If-Range': condition })).status, status, condition);
      }
    });
  });

  describe('conditions', () => {
    let etag: string;
    const [before, after] = ['Thu, 01 Jan 2015 00:00:00 GMT', 'Fri, 01 Jan 2100 00:00:00 GMT'];
    beforeEach(async () => {
      etag = (await put('a', 'x', { 'Cache-Control': 'no-cache' })).headers.etag ?? '';
    });

    it('of reading are tags and times, and tags say more', async () => {
      for (const [headers, status] of [
        [{ 'If-Match': etag }, 200],
        [{ 'If-Match': etag.replaceAll('"', '') }, 200],
        [{ 'If-Match': '"b", *' }, 200],
        [{ 'If-Match': '"b"' }, 412],
        [{ 'If-None-Match': etag }, 304],
        [{ 'If-None-Match': `"b", W/${etag}` }, 304],
        [{ 'If-None-Match': '*' }, 304],
        [{ 'If-None-Match': '"b"' }, 200],
        [{ 'If-Modified-Since': after }, 304],
        [{ 'If-Modified-Since': before }, 200],
        [{ 'If-Unmodified-Since': before }, 412],
        [{ 'If-Unmodified-Since': after }, 200],
        [{ 'If-Match': etag, 'If-Unmodified-Since': before }, 200],
        [{ 'If-None-Match': '"b"', 'If-Modified-Since': after }, 200],
        [{ 'If-Modified-Since': 'yesterday' }, 200],
      ] as const) {
        const reply = await get('a', headers);
        assert.equal(reply.status, status, JSON.stringify(headers));
        assert.equal((await head('a', headers)).status, status, JSON.stringify(headers));
        if (status === 304) assert.deepEqual([reply.text, reply.headers.etag, reply.headers['cache-control']], ['', etag, 'no-cache']);
        if (status === 412) assert.equal(codeIn(reply), 'PreconditionFailed');
      }
    });

    it('of reading come before a range', async () => {
      assert.equal((await get('a', { Range: 'bytes=50-', 'If-None-Match': etag })).status, 304);
      assert.equal((await get('a', { Range: 'bytes=50-', 'If-Match': '"b"' })).status, 412);
    });

    it('of writing let one of several win', async () => {
      const replies = await Promise.all(Array.from({ length: 5 }, (_, index) => put('new', `${index}`, { 'If-None-Match': '*' })));
      assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 412, 412, 412, 412]);
      assert.deepEqual(outcome(await put('a', 'y', { 'If-Match': '"b"' })), [412, 'PreconditionFailed']);
      assert.equal((await put('a', 'y', { 'If-Match': etag })).status, 200);
      assert.deepEqual(outcome(await put('none', 'y', { 'If-Match': etag })), [404, 'NoSuchKey']);
      assert.deepEqual(outcome(await put('a', 'y', { 'If-None-Match': etag })), [501, 'NotImplemented']);
    });

    it('of removing keep what has become another object', async () => {
      const remove = (tag: string) => ask(server, 'DELETE', '/bucket/a', { headers: { 'If-Match': tag } });
      assert.deepEqual(outcome(await remove('"b"')), [412, 'PreconditionFailed']);
      assert.equal((await remove(etag)).status, 204);
    });
  });

  describe('several removed at once', () => {
    const remove = (body: string, headers: Asking['headers'] = { 'Content-MD5': createHash('md5').update(body).digest('base64') }) =>
      ask(server, 'POST', '/bucket?delete', { body, headers });
    const object = (key: string): string => `<Object><Key>${key}</Key></Object>`;

    it('have a result each', async () => {
      for (const key of ['a', 'b', '%3C%26%3E']) await put(key);
      const reply = await remove(
        `<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${object('a')}${object('none')}${object('&lt;&amp;&gt;')}</Delete>`,
      );
      assert.equal(reply.status, 200);
      assert.deepEqual(textsOf(reply.text, 'Key'), ['a', 'none', '&lt;&amp;&gt;']);
      assert.deepEqual(textsOf((await ask(server, 'GET', '/bucket')).text, 'Key'), ['b']);
      const quiet = await remove(`<Delete><Quiet>true</Quiet>${object('b')}<Object><Key>c</Key><VersionId>1</VersionId></Object></Delete>`);
      assert.deepEqual([textsOf(quiet.text, 'Deleted'), textsOf(quiet.text, 'Code')], [[], ['NoSuchVersion']]);
    });

    it('need a proof of what is wanted, and a document that is one', async () => {
      assert.deepEqual(outcome(await remove(`<Delete>${object('a')}</Delete>`, {})), [400, 'InvalidRequest']);
      assert.deepEqual(outcome(await remove('<Delete/>', { 'Content-MD5': createHash('md5').update('other').digest('base64') })), [
        400,
        'BadDigest',
      ]);
      for (const body of [
        '',
        'Delete',
        '<Delete>',
        '<Delete></Delete>',
        '<Other/>',
        '<Delete><Object/></Delete>',
        `<Delete>${object('a')}</Delet>`,
        `<!DOCTYPE x [<!ENTITY a "b">]><Delete>${object('&a;')}</Delete>`,
        `<Delete>${object('&a;')}</Delete>`,
        `<Delete>${object('a').repeat(1001)}</Delete>`,
        '<a>'.repeat(10_000),
      ]) {
        assert.deepEqual(outcome(await remove(body)), [400, 'MalformedXML'], body.slice(0, 60));
      }
      assert.deepEqual(outcome(await remove('x'.repeat(9_000_000))), [400, 'MaxMessageLengthExceeded']);
    });
  });

  describe('a copy', () => {
    const copy = (to: string, from: string, headers: Asking['headers'] = {}): Promise<Reply> =>
      ask(server, 'PUT', `/bucket/${to}`, { headers: { 'x-amz-copy-source': from, ...headers } });

    it('has the source’s metadata and tags, unless it is given its own', async () => {
      const given = { 'Content-Type': 'text/csv', 'x-amz-meta-a': '1', 'x-amz-tagging': 't=1', 'x-amz-storage-class': 'STANDARD_IA' };
      await put('a', 'abc', given);
      const reply = await copy('b', '/bucket/a', { 'Content-Type': 'text/plain', 'x-amz-tagging': 't=1&u=2' });
      assert.deepEqual([reply.status, textsOf(reply.text, 'ETag')], [200, [`&quot;${md5('abc')}&quot;`]]);
      const copied = (await get('b')).headers;
      assert.deepEqual(
        [copied['content-type'], copied['x-amz-meta-a'], copied['x-amz-tagging-count'], copied['x-amz-storage-class']],
        ['text/csv', '1', '1', undefined],
      );
      await copy('c', 'bucket/a', {
        'x-amz-metadata-directive': 'REPLACE',
        'x-amz-meta-b': '2',
        'x-amz-tagging-directive': 'REPLACE',
        'x-amz-tagging': 't=1&u=2',
      });
      const replaced = (await get('c')).headers;
      assert.deepEqual(
        [replaced['content-type'], replaced['x-amz-meta-a'], replaced['x-amz-meta-b'], replaced['x-amz-tagging-count']],
        ['binary/octet-stream', undefined, '2', '2'],
      );
    });

    it('is of any key, however its source is written', async () => {
      for (const key of ['a b+c', 'ü', 'x/y//z', '%41']) {
        await put(encodeURIComponent(key), key);
        for (const source of [
          `/bucket/${encodeURIComponent(key)}`,
          `bucket/${encodeURIComponent(key)}`,
          encodeURIComponent(`/bucket/${key}`),
          `/bucket/${encodeURIComponent(key)}?versionId=null`,
        ]) {
          assert.equal((await copy('copy', source)).status, 200, source);
          assert.equal((await get('copy')).text, key);
        }
      }
      await put('a+b', 'plus');
      await copy('copy', 'bucket/a+b');
      assert.equal((await get('copy')).text, 'plus');
    });

    it('is made under conditions of its source', async () => {
      const { etag = '' } = (await put('a')).headers;
      const time = 'Thu, 01 Jan 2015 00:00:00 GMT';
      for (const [headers, status] of [
        [{ 'x-amz-copy-source-if-match': etag }, 200],
        [{ 'x-amz-copy-source-if-match': '"b"' }, 412],
        [{ 'x-amz-copy-source-if-none-match': etag }, 412],
        [{ 'x-amz-copy-source-if-modified-since': time }, 200],
        [{ 'x-amz-copy-source-if-unmodified-since': time }, 412],
      ] as const) {
        assert.equal((await copy('b', 'bucket/a', headers)).status, status, JSON.stringify(headers));
      }
    });

    it('of nothing, or onto itself unchanged, is an error', async () => {
      await put('a');
      for (const [from, expected] of [
        ['bucket/none', [404, 'NoSuchKey']],
        ['none-such/a', [404, 'NoSuchBucket']],
        ['bucket', [400, 'InvalidArgument']],
        ['bucket/a', [400, 'InvalidRequest']],
        ['bucket/a?versionId=1', [404, 'NoSuchVersion']],
      ] as const) {
        assert.deepEqual(outcome(await copy('a', from)), expected, from);
      }
      assert.equal((await copy('a', 'bucket/a', { 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-a': '1' })).status, 200);
      assert.equal((await head('a')).headers['x-amz-meta-a'], '1');
      assert.deepEqual(outcome(await copy('b', 'bucket/a', { 'x-amz-metadata-directive': 'MERGE' })), [400, 'InvalidArgument']);
    });

    it('gets a checksum that its source has not', async () => {
      await put('a', 'abc');
      const reply = await copy('b', 'bucket/a', { 'x-amz-checksum-algorithm': 'SHA256' });
      const expected = createHash('sha256').update('abc').digest('base64');
      assert.deepEqual(textsOf(reply.text, 'ChecksumSHA256'), [expected]);
      assert.equal((await head('b', { 'x-amz-checksum-mode': 'ENABLED' })).headers['x-amz-checksum-sha256'], expected);
    });
  });

  describe('tags', () => {
    const tagging = (tags: Readonly<Record<string, string>>): string =>
      `<Tagging><TagSet>${Object.entries(tags)
        .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
        .join('')}</TagSet></Tagging>`;

    it('are set, read and removed', async () => {
      await put('a');
      assert.deepEqual(textsOf((await get('a?tagging')).text, 'Key'), []);
      assert.equal((await ask(server, 'PUT', '/bucket/a?tagging', { body: tagging({ a: '1', 'b&lt;': '' }) })).status, 200);
      const { text } = await get('a?tagging');
      assert.deepEqual(
        [textsOf(text, 'Key'), textsOf(text, 'Value')],
        [
          ['a', 'b&lt;'],
          ['1', ''],
        ],
      );
      assert.equal((await ask(server, 'DELETE', '/bucket/a?tagging')).status, 204);
      assert.deepEqual(textsOf((await get('a?tagging')).text, 'Key'), []);
      assert.deepEqual(outcome(await get('none?tagging')), [404, 'NoSuchKey']);
    });

    it('are ten at most, of names and values that S3 takes', async () => {
      await put('a');
      const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, '']));
      for (const [body, code] of [
        [tagging(eleven), 'InvalidTag'],
        [tagging({ ['k'.repeat(129)]: '' }), 'InvalidTag'],
        [tagging({ a: 'v'.repeat(257) }), 'InvalidTag'],
        ['<Tagging/>', 'MalformedXML'],
        ['<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>', 'MalformedXML'],
        [Buffer.from('3c54616767696e673eff', 'hex'), 'MalformedXML'],
      ] as const) {
        assert.deepEqual(outcome(await ask(server, 'PUT', '/bucket/a?tagging', { body })), [400, code]);
      }
    });
  });

  it('tell what is asked of them', async () => {
    await put('a', 'abc');
    const reply = await get('a?attributes', { 'x-amz-object-attributes': 'ETag,ObjectSize,StorageClass' });
    assert.deepEqual(
      ['ETag', 'ObjectSize', 'StorageClass'].map((name) => textsOf(reply.text, name)[0]),
      [md5('abc'), '3', 'STANDARD'],
    );
    assert.deepEqual(outcome(await get('a?attributes', { 'x-amz-object-attributes': 'Colour' })), [400, 'InvalidArgument']);
  });

  describe('presigned addresses', () => {
    const signed = (age: number, life: number | string): string => {
      const date = new Date(Date.now() - age * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
      return `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${life}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;
    };

    it('are good until their time is over', async () => {
      await put('a', 'abc');
      assert.equal((await get(`a?${signed(10, 60)}`)).text, 'abc');
      const late = await get(`a?${signed(61, 60)}`);
      assert.deepEqual([...outcome(late), textsOf(late.text, 'Message')], [403, 'AccessDenied', ['Request has expired']]);
      assert.deepEqual(outcome(await get(`a?${signed(-3600, 60)}`)), [403, 'AccessDenied']);
      for (const life of ['604801', '-1', 'x', '']) {
        assert.deepEqual(outcome(await get(`a?${signed(0, life)}`)), [400, 'AuthorizationQueryParametersError'], life);
      }
      assert.deepEqual(outcome(await get('a?X-Amz-Signature=00')), [400, 'AuthorizationQueryParametersError']);
    });

    it('of the second version are too', async () => {
      await put('a', 'abc');
      const at = (seconds: number): string => `a?AWSAccessKeyId=AKIA&Signature=x&Expires=${Math.floor(Date.now() / 1000) + seconds}`;
      assert.equal((await get(at(60))).text, 'abc');
      assert.deepEqual(outcome(await get(at(-60))), [403, 'AccessDenied']);
      assert.deepEqual(outcome(await get('a?AWSAccessKeyId=AKIA&Signature=x')), [403, 'AccessDenied']);
    });

    it('may hold headers', async () => {
      assert.equal((await put(`a?${signed(0, 60)}&x-amz-meta-colour=red&x-amz-storage-class=STANDARD_IA`)).status, 200);
      const { headers } = await head('a');
      assert.deepEqual([headers['x-amz-meta-colour'], headers['x-amz-storage-class']], ['red', 'STANDARD_IA']);
      await put('b?x-amz-meta-colour=red');
      assert.equal((await head('b')).headers['x-amz-meta-colour'], undefined);
    });
  });
});
