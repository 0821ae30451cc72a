import assert from 'node:assert/strict';
import { LineSplitter, longestLine } from '../../src/store/log-lines.ts';
import { Random } from './random.ts';

/** What comes out when `bytes` go in as pieces of these sizes. */
function split(bytes: Buffer, sizeOf: () => number): Buffer {
  const splitter = new LineSplitter();
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + sizeOf());
    at += piece.length;
    out.push(splitter.push(piece) ?? Buffer.alloc(0));
  }
  return Buffer.concat([...out, splitter.end() ?? Buffer.alloc(0)]);
}

describe('lines of a log', () => {
  it('are the same however the output was cut', () => {
    const text = Buffer.from('first\n\nzweite Größe\r\n模型\nlast without an end');
    for (let size = 1; size < 20; size += 1) assert.equal(split(text, () => size).toString(), `${text}\n`, `pieces of ${size}`);
  });

  it('are cut where CloudWatch would refuse them, and never within a character', () => {
    const long = '€'.repeat(300_000);
    for (const size of [1000, 100_000, longestLine, 2_000_000]) {
      const lines = split(Buffer.from(`a\n${long}\nb\n`), () => size).toString();
      assert.equal(lines.replaceAll('\n', ''), `a${long}b`);
      const parts = lines.split('\n').slice(1, -2);
      assert.deepEqual(
        parts.map((part) => Buffer.byteLength(part)),
        [262_143, 262_143, 262_143, 113_571],
      );
    }
  });

  it('of exactly the longest length are whole', () => {
    const line = `${'x'.repeat(longestLine)}\n`;
    for (const size of [longestLine, 1_000_000]) assert.equal(split(Buffer.from(line + line), () => size).toString(), line + line);
  });

  it('keep every byte, whatever it is', () => {
    const random = new Random(5);
    const bytes = random.bytes(2_000_000).map((byte) => (byte === 0x0a && random.below(50) > 1 ? 0 : byte));
    const lines = split(Buffer.from(bytes), () => 1 + random.integer(300_000));
    const withoutEnds = (buffer: Uint8Array): Buffer => Buffer.from(buffer.filter((byte) => byte !== 0x0a));
    assert.ok(withoutEnds(lines).equals(withoutEnds(bytes)));
  });

  it('do not hold on to more than what has no end yet', () => {
    const splitter = new LineSplitter();
    assert.equal(splitter.push(Buffer.from('abc')), undefined);
    assert.equal(splitter.push(Buffer.from('d\nef'))?.toString(), 'abcd\n');
    assert.equal(splitter.end()?.toString(), 'ef\n');
    assert.equal(splitter.end(), undefined);
  });
});
