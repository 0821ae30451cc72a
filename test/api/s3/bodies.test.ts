import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DigestName } from '../../../src/store/body/digests.ts';
import { digestOf } from '../../../src/store/body/digests.ts';
import { Random } from '../../store/random.ts';
import { type Asking, ask, codeIn, type Reply, textsOf } from './asking.ts';
import { awsChunked } from './aws-chunked-body.ts';
import { type ServedS3, serveS3 } from './serving.ts';

describe('S3: bodies', () => {
  let server: ServedS3;
  beforeEach(async () => {
    server = await serveS3({ patience: 200 });
    await ask(server, 'PUT', '/bucket');
  });
  afterEach(async () => {
    assert.deepEqual(server.failures, []);
    assert.deepEqual(await readdir(server.home.tmp), [], 'nothing temporary is left');
    await server[Symbol.asyncDispose]();
  });

  const put = (headers: Asking['headers'], body: string | Uint8Array = 'abc'): Promise<Reply> =>
    ask(server, 'PUT', '/bucket/a', { headers, body });
  const outcome = (reply: Reply) => [reply.status, codeIn(reply)];
  const base64 = (name: DigestName, content: string | Uint8Array): string => digestOf(name, Buffer.from(content)).toString('base64');
  const isThere = async (): Promise<boolean> => (await ask(server, 'HEAD', '/bucket/a')).status === 200;

  const algorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
  for (const name of algorithms) {
    it(`are proved by ${name}, which is kept and told`, async () => {
      for (const size of [0, 3, 300_000, 3_000_000]) {
        const body = new Random(size).bytes(size);
        const value = base64(name, body);
        assert.deepEqual(outcome(await put({ [`x-amz-checksum-${name}`]: base64(name, 'other') }, body)), [400, 'BadDigest'], `${size}`);
        assert.equal(await isThere(), false);
        const answer = await put({ [`x-amz-checksum-${name}`]: value, 'x-amz-sdk-checksum-algorithm': name.toUpperCase() }, body);
        assert.deepEqual([answer.status, answer.headers[`x-amz-checksum-${name}`]], [200, value], `${size}`);
        const reply = await ask(server, 'GET', '/bucket/a', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
        assert.ok(reply.bytes.equals(body));
        assert.deepEqual([reply.headers[`x-amz-checksum-${name}`], reply.headers['x-amz-checksum-type']], [value, 'FULL_OBJECT']);
        assert.equal((await ask(server, 'HEAD', '/bucket/a')).headers[`x-amz-checksum-${name}`], undefined);
        if (size > 3) {
          const part = await ask(server, 'GET', '/bucket/a', { headers: { 'x-amz-checksum-mode': 'ENABLED', Range: 'bytes=0-1' } });
          assert.equal(part.headers[`x-amz-checksum-${name}`], undefined, 'a range has none');
        }
        await ask(server, 'DELETE', '/bucket/a');
      }
    });
  }

  it('are proved by Content-MD5 and by the hash that is signed', async () => {
    const sha256 = createHash('sha256').update('abc').digest('hex');
    assert.equal((await put({ 'Content-MD5': base64('md5', 'abc'), 'x-amz-content-sha256': sha256 })).status, 200);
    await ask(server, 'DELETE', '/bucket/a');
    for (const [headers, code] of [
      [{ 'Content-MD5': base64('md5', 'abd') }, 'BadDigest'],
      [{ 'Content-MD5': 'abc' }, 'InvalidDigest'],
      [{ 'x-amz-content-sha256': sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }, 'XAmzContentSHA256Mismatch'],
      [{ 'x-amz-content-sha256': 'STREAMING-SOMETHING' }, 'InvalidArgument'],
      [{ 'x-amz-checksum-crc32': 'abc' }, 'InvalidRequest'],
      [{ 'x-amz-checksum-crc32': base64('crc32', 'abc'), 'x-amz-checksum-sha1': base64('sha1', 'abc') }, 'InvalidRequest'],
      [{ 'x-amz-checksum-rot13': 'abc' }, 'InvalidRequest'],
      [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
    ] as const) {
      assert.deepEqual(outcome(await put(headers)), [400, code], JSON.stringify(headers));
    }
    assert.equal(await isThere(), false);
  });

  it('say how long they are', async () => {
    assert.deepEqual(outcome(await put({ 'Transfer-Encoding': 'chunked' })), [501, 'NotImplemented']);
    assert.deepEqual(outcome(await put({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })), [411, 'MissingContentLength']);
    const replies = await raw('PUT /bucket/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(replies, /^HTTP\/1\.1 411 .*<Code>MissingContentLength</s);
    const huge = await raw(`PUT /bucket/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${6 * 1024 ** 3}\r\n\r\nabc`);
    assert.match(huge, /^HTTP\/1\.1 400 .*<Code>EntityTooLarge</s);
  });

  describe('that are aws-chunked', () => {
    const body = new Random(7).bytes(200_000);
    const streaming = (form: string, more: Asking['headers'] = {}): Asking['headers'] => ({
      'Content-Encoding': 'aws-chunked',
      'x-amz-content-sha256': form,
      'x-amz-decoded-content-length': `${body.length}`,
      ...more,
    });
    const unsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

    it('are stored without their framing, in all their forms', async () => {
      const trailer = { 'x-amz-checksum-crc32c': base64('crc32c', body) };
      const named = { 'x-amz-trailer': 'x-amz-checksum-crc32c' };
      for (const [form, framed, more] of [
        [unsigned, awsChunked(body, { trailer }), named],
        ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', awsChunked(body, { isSigned: true }), {}],
        [
          'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
          awsChunked(body, { isSigned: true, trailer: { ...trailer, 'x-amz-trailer-signature': '00' } }),
          named,
        ],
      ] as const) {
        const answer = await put(streaming(form, { ...more, 'Content-Encoding': 'gzip,aws-chunked' }), framed);
        assert.equal(answer.status, 200, answer.text);
        const reply = await ask(server, 'GET', '/bucket/a', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
        assert.ok(reply.bytes.equals(body), form);
        assert.deepEqual(
          [reply.headers['content-encoding'], reply.headers['x-amz-checksum-crc32c']],
          ['gzip', 'x-amz-trailer' in more ? trailer['x-amz-checksum-crc32c'] : undefined],
        );
      }
      const chunked = await put(streaming(unsigned, { ...named, 'Transfer-Encoding': 'chunked' }), awsChunked(body, { trailer }));
      assert.equal(chunked.status, 200);
      assert.equal((await ask(server, 'HEAD', '/bucket/a')).headers['content-encoding'], undefined);
    });

    it('are refused when something of them is wrong', async () => {
      const named = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
      const right = { 'x-amz-checksum-crc32': base64('crc32', body) };
      const framed = Buffer.from(awsChunked(body, { trailer: right }));
      for (const [code, bytes, more] of [
        ['BadDigest', awsChunked(body, { trailer: { 'x-amz-checksum-crc32': base64('crc32', 'x') } }), named],
        ['MalformedTrailerError', awsChunked(body, {}), named],
        ['InvalidRequest', awsChunked(body, { trailer: { 'x-amz-checksum-crc32': 'x' } }), named],
        ['InvalidRequest', framed, { 'x-amz-trailer': 'x-amz-other' }],
        ['IncompleteBody', framed, { ...named, 'x-amz-decoded-content-length': '199999' }],
        ['IncompleteBody', framed, { ...named, 'x-amz-decoded-content-length': '200001' }],
        ['IncompleteBody', framed.subarray(0, 150_000), named],
        ['InvalidRequest', Buffer.concat([framed, Buffer.from('x')]), named],
        ['InvalidRequest', body, named],
        ['InvalidRequest', 'ffffffffffffff\r\n', named],
        ['InvalidArgument', framed, { ...named, 'x-amz-decoded-content-length': 'x' }],
      ] as const) {
        assert.deepEqual(outcome(await put(streaming(unsigned, more), bytes)), [400, code]);
        assert.equal(await isThere(), false);
      }
    });
  });

  describe('that do not come', () => {
    it('are given up, and nothing stays', async () => {
      const answer = await raw('PUT /bucket/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
      assert.match(answer, /^HTTP\/1\.1 400 .*Connection: close.*<Code>RequestTimeout</s);
      assert.equal(await isThere(), false);
    });

    it('leave the object as it was when their client leaves', async () => {
      await put({}, 'before');
      for (const size of [3, 600_000]) {
        const socket = net.connect(server.port, '127.0.0.1');
        socket.write(`PUT /bucket/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(size)}`);
        await once(socket, 'connect');
        if (size > 3) while ((await readdir(server.home.tmp)).length === 0) await setImmediate();
        socket.destroy();
        while ((await readdir(server.home.tmp)).length > 0) await setImmediate();
        assert.equal((await ask(server, 'GET', '/bucket/a')).text, 'before');
      }
      assert.deepEqual(await readdir(join(server.home.buckets, 'bucket')), ['a']);
    });

    it('of documents are given up as well', async () => {
      const answer = await raw('POST /bucket?delete HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n<De');
      assert.match(answer, /<Code>RequestTimeout</);
    });
  });

  it('are read to their end when they are refused, so that the client sees why', async () => {
    const reply = await ask(server, 'PUT', '/none-such/a', { body: new Random(1).bytes(5_000_000) });
    assert.deepEqual([reply.status, textsOf(reply.text, 'Code')], [404, ['NoSuchBucket']]);
  });

  it('of several at once do not mix, large ones neither', async () => {
    const contents = Array.from({ length: 6 }, (_, index) => new Random(index).bytes(1_500_000 + index));
    const answers = await Promise.all(contents.map((body, index) => ask(server, 'PUT', `/bucket/${index}`, { body })));
    for (const [index, body] of contents.entries()) {
      assert.equal(answers[index]?.headers.etag, `"${createHash('md5').update(body).digest('hex')}"`);
      assert.ok((await ask(server, 'GET', `/bucket/${index}`)).bytes.equals(body));
    }
  });

  const raw = async (request: string): Promise<string> => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(request);
    let answer = '';
    for await (const piece of socket) {
      answer += piece;
      if (answer.includes('</Error>')) break; // a client that was refused may go on sending, so that the connection stays for a while
    }
    return answer;
  };
});
