import assert from 'node:assert/strict';
import { natureOf } from '../../src/store/nature.ts';
import { Random } from './random.ts';

describe('natureOf', () => {
  const random = new Random(2);
  const noise = random.bytes(16_384);
  const again = (bytes: Uint8Array, times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => bytes));

  it('tells noise', () => {
    assert.equal(natureOf(noise), 'noise');
  });

  it('does not take noise that comes again for noise', () => {
    assert.notEqual(natureOf(again(noise.subarray(0, 4096), 4)), 'noise');
    assert.notEqual(natureOf(Buffer.concat([noise.subarray(0, 8192), again(noise.subarray(0, 64), 128)])), 'noise');
  });

  it('tells what shrinks by the bytes alone that are frequent in it', () => {
    assert.equal(natureOf(Buffer.from('12.5,0.25,class-1\n'.repeat(1000))), 'plain');
    assert.equal(natureOf(new Uint8Array(16_384)), 'plain');
  });

  it('leaves the rest to a trial: weights, text of many letters, what is short', () => {
    const weights = Float32Array.from({ length: 4096 }, () => random.below(0.1) - random.below(0.1));
    assert.equal(natureOf(new Uint8Array(weights.buffer)), 'unclear');
    assert.equal(natureOf(noise.map((byte) => byte & 0x7f)), 'unclear');
    assert.equal(natureOf(noise.subarray(0, 1000)), 'unclear');
  });
});
