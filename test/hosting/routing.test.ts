import assert from 'node:assert/strict';
import { pickByWeight, pickUpstream } from '../../src/hosting/routing.ts';
import { Upstream } from '../../src/hosting/upstream.ts';

const upstreams = (...running: readonly number[]): readonly Upstream[] =>
  running.map((held, index) => {
    const upstream = new Upstream({ host: '127.0.0.1', port: 1 }, { instance: `i-${index}`, accept: 1 });
    for (let times = 0; times < held; times += 1) upstream.hold();
    return upstream;
  });
/** What is picked for numbers spread evenly over the range. */
const spread = (pick: (random: () => number) => { readonly instance: string } | undefined): readonly (string | undefined)[] =>
  [...new Set([0, 0.2, 0.4, 0.6, 0.8, 0.999].map((number) => pick(() => number)?.instance))].sort();

describe('the instance that a request goes to', () => {
  it('is any of them at random', () => {
    const all = upstreams(5, 0, 2);
    assert.deepEqual(
      spread((random) => pickUpstream(all, 'RANDOM', random)),
      ['i-0', 'i-1', 'i-2'],
    );
    assert.equal(pickUpstream([], 'RANDOM', Math.random), undefined);
  });

  it('is one of those with the fewest requests', () => {
    const all = upstreams(1, 0, 2, 0);
    assert.deepEqual(
      spread((random) => pickUpstream(all, 'LEAST_OUTSTANDING_REQUESTS', random)),
      ['i-1', 'i-3'],
    );
  });

  it('is one in doubt only where there is no other', () => {
    const all = upstreams(0, 9);
    const [first, second] = all as [Upstream, Upstream];
    first.isSuspect = true;
    for (const strategy of ['RANDOM', 'LEAST_OUTSTANDING_REQUESTS'] as const) {
      assert.deepEqual(
        spread((random) => pickUpstream(all, strategy, random)),
        ['i-1'],
      );
    }
    second.isSuspect = true;
    assert.equal(
      pickUpstream(all, 'LEAST_OUTSTANDING_REQUESTS', () => 0),
      first,
    );
  });
});

describe('the variant that a request goes to', () => {
  it('is chosen by its share of the weights', () => {
    const variants = [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 0 },
      { name: 'c', weight: 3 },
    ];
    const at = (number: number): string | undefined => pickByWeight(variants, () => number)?.name;
    assert.deepEqual([at(0), at(0.249), at(0.25), at(0.999)], ['a', 'a', 'c', 'c']);
  });

  it('is none when all weigh nothing', () => {
    assert.equal(
      pickByWeight([{ weight: 0 }], () => 0),
      undefined,
    );
    assert.equal(
      pickByWeight([], () => 0),
      undefined,
    );
  });
});
