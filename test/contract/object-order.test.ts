import assert from 'node:assert/strict';
import { type Ordering, objectOrder } from '../../src/contract/object-order.ts';

const order = (count: number, ordering: Ordering): readonly number[] => Array.from(objectOrder(count, ordering));
const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((one, other) => one - other);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('objectOrder', () => {
  it('is the order of the keys without a seed, in every epoch', () => {
    assert.deepEqual(order(4, { epoch: 0 }), [0, 1, 2, 3]);
    assert.deepEqual(order(4, { epoch: 7 }), [0, 1, 2, 3]);
    assert.deepEqual(order(0, { epoch: 0, seed: 1 }), []);
  });

  it('is another with each epoch and each seed, and the same again for equal ones', () => {
    const orders = [0, 1, 2].flatMap((epoch) => [1, 2, 2 ** 33 + 1].map((seed) => order(100, { seed, epoch }).join()));
    assert.equal(new Set(orders).size, 9);
    assert.deepEqual(order(100, { seed: 2, epoch: 1 }), order(100, { seed: 2, epoch: 1 }));
    assert.deepEqual(sorted(order(100, { seed: 2, epoch: 1 })), upTo(100));
  });

  it('never changes from one release to the next', () => {
    // By another implementation, in Python.
    assert.deepEqual(order(10, { seed: 42, epoch: 0 }), [4, 1, 9, 7, 5, 3, 2, 0, 6, 8]);
    assert.deepEqual(order(10, { seed: 2 ** 33 + 5, epoch: 3 }), [8, 2, 6, 4, 0, 9, 7, 1, 3, 5]);
  });

  it('puts each object in each place equally often', () => {
    const counts = new Uint32Array(25);
    for (let seed = 0; seed < 5000; seed += 1)
      for (const [place, index] of order(5, { seed, epoch: 0 }).entries()) (counts[place * 5 + index] as number) += 1;
    assert.ok(Math.min(...counts) > 880 && Math.max(...counts) < 1120, `${counts}`);
  });

  it('shares out the sorted keys by their number modulo the hosts', () => {
    const shares = [0, 1, 2].map((index) => order(7, { epoch: 0, shard: { index, of: 3 } }));
    assert.deepEqual(shares, [
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ]);
    assert.deepEqual(order(2, { epoch: 0, shard: { index: 2, of: 3 } }), []);
  });

  it('shuffles across hosts: together they have everything once, and a share differs from epoch to epoch', () => {
    const shares = (epoch: number) => [0, 1, 2].map((index) => order(30, { seed: 9, epoch, shard: { index, of: 3 } }));
    assert.deepEqual(sorted(shares(0).flat()), upTo(30));
    assert.deepEqual(
      shares(0).map(({ length }) => length),
      [10, 10, 10],
    );
    assert.notDeepEqual(sorted(shares(0)[0] ?? []), sorted(shares(1)[0] ?? []));
  });
});
