import assert from 'node:assert/strict';
import { AwsChunkedDecoder } from '../../../src/api/s3/aws-chunked.ts';
import { S3Error } from '../../../src/api/s3/errors.ts';
import { Random } from '../../store/random.ts';
import { awsChunked } from './aws-chunked-body.ts';

describe('S3: aws-chunked', () => {
  const decode = (pieces: readonly Buffer[]): { readonly content: Buffer; readonly trailers: ReadonlyMap<string, string> } => {
    const decoder = new AwsChunkedDecoder();
    const content = Buffer.concat(pieces.flatMap((piece) => [...decoder.decode(piece)]));
    decoder.end();
    return { content, trailers: decoder.trailers };
  };
  const cut = (bytes: Buffer, random: Random): Buffer[] => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.integer(random.integer(3) === 0 ? 3 : 200);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return pieces;
  };

  it('is decoded wherever its pieces begin and end', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Random(seed);
      const content = random.bytes(random.integer(2000));
      const trailer = { 'X-Amz-Checksum-Crc32': 'AAAAAA==', 'x-amz-trailer-signature': '00' };
      const framed = awsChunked(content, { size: 1 + random.integer(300), isSigned: seed % 2 === 0, ...(seed % 3 > 0 && { trailer }) });
      const { content: decoded, trailers } = decode(cut(framed, random));
      assert.ok(decoded.equals(content), `seed ${seed}`);
      assert.equal(trailers.get('x-amz-checksum-crc32'), seed % 3 > 0 ? 'AAAAAA==' : undefined);
    }
    const framed = awsChunked(Buffer.from('abc'), { trailer: { a: 'b' } });
    assert.equal(decode([...framed].map((byte) => Buffer.from([byte]))).content.toString(), 'abc');
  });

  it('may end without the last empty line, and with bare line feeds', () => {
    assert.deepEqual([...decode([Buffer.from('3\r\nabc\r\n0\r\na:b')]).trailers], [['a', 'b']]);
    assert.deepEqual([...decode([Buffer.from('3\r\nabc\r\n0\r\na:b\n\r\n')]).trailers], [['a', 'b']]);
    assert.equal(decode([Buffer.from('0\r\n')]).content.length, 0);
  });

  it('is refused when it is damaged, and never taken for less or more', () => {
    const framed = awsChunked(Buffer.from('a'.repeat(100)), { size: 40, isSigned: true });
    for (let seed = 0; seed < 300; seed += 1) {
      const random = new Random(seed);
      const damaged = Buffer.from(framed);
      damaged[random.integer(damaged.length)] = random.integer(256);
      try {
        assert.equal(decode(cut(damaged, random)).content.length, 100, `seed ${seed}`);
      } catch (error) {
        assert.ok(error instanceof S3Error && error.status === 400, `${error}`);
      }
    }
    for (let end = 0; end < framed.length - 90; end += 1) {
      assert.throws(() => decode([framed.subarray(0, end)]), /terminated unexpectedly/, `${end}`);
    }
  });

  it('is given up when a line does not end', () => {
    assert.throws(() => decode(Array.from({ length: 10 }, () => Buffer.alloc(1000, '1'))), /too long/);
  });
});
