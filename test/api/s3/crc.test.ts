import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { combineCrcs } from '../../../src/api/s3/combine-crc.ts';
import { digestOf, newDigest } from '../../../src/store/body/digests.ts';
import { Random } from '../../store/random.ts';

describe('S3: CRCs', () => {
  const check = Buffer.from('123456789');

  it('are those that everybody computes', () => {
    // The check values of the catalogue of parametrised CRC algorithms.
    assert.equal(digestOf('crc32', check).toString('hex'), 'cbf43926');
    assert.equal(digestOf('crc32c', check).toString('hex'), 'e3069283');
    assert.equal(digestOf('crc64nvme', check).toString('hex'), 'ae8b14860a799888');
  });

  it('are the same however the content is cut', () => {
    const random = new Random(3);
    for (const name of ['crc32', 'crc32c', 'crc64nvme'] as const) {
      const content = random.bytes(1000);
      for (let round = 0; round < 50; round += 1) {
        const digest = newDigest(name);
        for (let at = 0; at < content.length; ) {
          const size = 1 + random.integer(40);
          digest.update(content.subarray(at, at + size));
          at += size;
        }
        assert.ok(digest.digest().equals(digestOf(name, content)), name);
      }
    }
    assert.equal(digestOf('crc32', check).readUInt32BE(), crc32(check));
  });

  it('of parts give that of the whole', () => {
    const random = new Random(4);
    for (const name of ['crc32', 'crc32c', 'crc64nvme'] as const) {
      for (let round = 0; round < 20; round += 1) {
        const parts = Array.from({ length: 1 + random.integer(5) }, () => random.bytes(random.integer(500)));
        const whole = combineCrcs(
          name,
          parts.map((part) => ({ crc: digestOf(name, part), size: part.length })),
        );
        assert.ok(whole.equals(digestOf(name, Buffer.concat(parts))), name);
      }
    }
  });
});
