import assert from 'node:assert/strict';
import { BoundedCounts, Distribution, Sample } from '../../src/hosting/distribution.ts';

describe('a distribution', () => {
  const of = (...values: readonly number[]): Distribution => {
    const distribution = new Distribution();
    for (const value of values) distribution.add(value);
    return distribution;
  };

  it('has no percentile without values, and knows the least, the greatest, the sum and the count exactly', () => {
    assert.equal(of().percentile(50), undefined);
    const { count, sum, least, greatest } = of(7, 3, 4_000_000_000);
    assert.deepEqual([count, sum, least, greatest], [3, 4_000_000_010, 3, 4_000_000_000]);
  });

  it('knows every percentile of small numbers exactly', () => {
    const all = of(...Array.from({ length: 50 }, (_, index) => index + 1));
    assert.deepEqual(
      [1, 50, 90, 99, 100].map((percent) => all.percentile(percent)),
      [1, 25, 45, 50, 50],
    );
  });

  it('is within 1/32 of every percentile, however large the numbers are', () => {
    let seed = 1;
    const values = Array.from({ length: 5000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return Math.round(2 ** (32 * (seed / 2_147_483_647)));
    });
    const sorted = [...values].sort((one, other) => one - other);
    const all = of(...values);
    for (const percent of [0.1, 1, 10, 25, 50, 75, 90, 95, 99, 99.9]) {
      const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
      const told = all.percentile(percent) ?? 0;
      assert.ok(Math.abs(told - exact) <= exact / 32, `p${percent}: ${told} for ${exact}`);
    }
  });

  it('of one value has it for all percentiles', () => {
    for (const value of [0, 31, 32, 1000, 123_456, 2 ** 32 - 1]) assert.equal(of(value).percentile(99), value);
  });

  it('takes in another one, and can be emptied', () => {
    const all = of(1, 2);
    all.addAll(of(40, 50, 60));
    assert.deepEqual([all.count, all.sum, all.percentile(50), all.percentile(100)], [5, 153, 40, 60]);
    all.addAll(of());
    assert.deepEqual([all.least, all.greatest], [1, 60]);
    all.clear();
    assert.deepEqual([all.count, all.percentile(50)], [0, undefined]);
    all.add(9);
    assert.equal(all.percentile(50), 9);
  });
});

describe('a sample', () => {
  it('takes in another one', () => {
    const [one, other] = [new Sample(), new Sample()];
    one.add(1);
    other.add(0);
    one.addAll(other);
    assert.deepEqual([one.count, one.sum, one.least, one.greatest], [2, 1, 0, 1]);
  });
});

describe('bounded counts', () => {
  it('count a value that equals a bound, and none above the last', () => {
    const counts = new BoundedCounts([10, 100]);
    for (const value of [0, 10, 11, 100, 101]) counts.add(value);
    assert.deepEqual(counts.cumulated(), [2, 4]);
  });
});
