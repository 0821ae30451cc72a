import assert from 'node:assert/strict';
import { parseFaults } from '../../src/contract/faults.ts';
import { type FaultPlan, Faults } from '../../src/hosting/faults.ts';

/** Numbers in turn, the last one for good. */
const drawing = (...numbers: number[]): (() => number) => {
  let next = 0;
  return () => {
    next += 1;
    return numbers[next - 1] ?? numbers.at(-1) ?? 0;
  };
};

describe('the faults of an endpoint', () => {
  const decided = (texts: readonly string[], times: number, random?: () => number): readonly (FaultPlan | undefined)[] => {
    using faults = new Faults(parseFaults(texts), { limit: 60, kill: () => {}, ...(random && { random }) });
    return Array.from({ length: times }, () => faults.before());
  };

  it('befall requests by the numbers that are drawn', () => {
    const plans = decided(['error=10%:ThrottlingException', 'timeout=10%', 'reset=10%'], 4, drawing(0.05, 0.15, 0.25, 0.35));
    assert.deepEqual(plans, [{ kind: 'error', error: 'ThrottlingException' }, { kind: 'timeout' }, { kind: 'reset' }, undefined]);
  });

  it('delay what the container is asked, by the distribution that is given', () => {
    const plans = decided(['latency=p50:100ms,p90:10s'], 2, drawing(0.9, 0.7, 0.9, 0.2));
    assert.deepEqual(
      plans.map((plan) => plan?.kind === 'ask' && Math.round(plan.delay * 1000)),
      [1000, 100],
    );
  });

  it('are a timeout where they would delay a request for as long as it may take', () =>
    assert.deepEqual(decided(['latency=60s'], 1), [{ kind: 'timeout' }]));

  it('break streams, and delay those too', () => {
    assert.deepEqual(decided(['stream-break=50%'], 2, drawing(0.1, 0.6)), [{ kind: 'ask', delay: 0, breaksStream: true }, undefined]);
    assert.deepEqual(
      decided(['stream-break=50%', 'latency=1s'], 1, () => 0),
      [{ kind: 'ask', delay: 1, breaksStream: true }],
    );
  });

  it('leave requests alone where none is asked for', () => assert.deepEqual(decided([], 1), [undefined]));

  it('are the same for the same seed, in about the share that was asked for', () => {
    const texts = ['error=30%', 'seed=7'];
    const plans = decided(texts, 1000);
    assert.deepEqual(decided(texts, 1000), plans);
    assert.notDeepEqual(decided(['error=30%', 'seed=8'], 1000), plans);
    const share = plans.filter((plan) => plan?.kind === 'error').length / 1000;
    assert.ok(Math.abs(share - 0.3) < 0.05, String(share));
  });

  it('kill an instance every so many requests, chosen by a number that is drawn', () => {
    const killed: number[] = [];
    const options = { limit: 60, random: drawing(0.1, 0.2, 0.3, 0.4), kill: (number: number) => void killed.push(number) };
    using faults = new Faults(parseFaults(['kill-instance-every=3requests']), options);
    for (let request = 1; request <= 2; request += 1) faults.before();
    assert.deepEqual(killed, []);
    faults.before();
    assert.deepEqual(killed, [0.3]);
  });

  it('kill an instance every so often, until they are disposed', async () => {
    let kills = 0;
    const twice = new Promise<void>((resolve) => {
      const faults = new Faults(parseFaults(['kill-instance-every=1ms']), {
        limit: 60,
        kill: () => {
          kills += 1;
          if (kills < 2) return;
          faults[Symbol.dispose]();
          resolve();
        },
      });
    });
    await twice;
    assert.equal(kills, 2);
  });
});
