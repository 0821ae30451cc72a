import assert from 'node:assert/strict';
import { compareUtf8 } from '../../src/store/utf8-order.ts';
import { Random } from './random.ts';

describe('the order of UTF-8 bytes', () => {
  it('is that of the bytes, for any text', () => {
    const random = new Random(5);
    const characters = [
      '',
      'a',
      'b',
      'Z',
      '/',
      '-',
      '\u007f',
      '\u0080',
      'é',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ];
    const text = (): string => Array.from({ length: random.integer(5) }, () => random.pick(characters)).join('');
    for (let round = 0; round < 5000; round += 1) {
      const [one, other] = [text(), text()];
      assert.equal(Math.sign(compareUtf8(one, other)), Buffer.compare(Buffer.from(one), Buffer.from(other)), JSON.stringify([one, other]));
    }
  });
});
