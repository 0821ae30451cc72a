import assert from 'node:assert/strict';
import { withoutNulls } from '../../src/contract/nulls.ts';

describe('withoutNulls', () => {
  it('drops null members at any depth, keeps items of lists and dates', () => {
    const at = new Date(0);
    assert.deepEqual(withoutNulls({ a: null, b: { c: null, d: 0 }, e: [null, { f: null, g: '' }], at, h: undefined, i: false }), {
      b: { d: 0 },
      e: [null, { g: '' }],
      at,
      i: false,
    });
    assert.equal(withoutNulls(null), null);
    assert.equal(withoutNulls('x'), 'x');
  });
});
