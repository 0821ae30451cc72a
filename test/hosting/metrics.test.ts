import assert from 'node:assert/strict';
import { EndpointMetrics, type Statistic } from '../../src/hosting/metrics.ts';
import type { InvocationOver } from '../../src/hosting/reply.ts';
import type { MetricName } from '../../src/hosting/tally.ts';
import { over } from '../support/over.ts';

describe('the metrics of endpoints', () => {
  const minute = 60_000;
  /** The beginning of a minute. */
  const begin = Math.floor(Date.UTC(2026, 0, 31, 12) / minute) * minute;
  let now: number;
  let instances: number;
  let metrics: EndpointMetrics;
  beforeEach(() => {
    now = begin;
    instances = 1;
    metrics = new EndpointMetrics({ now: () => now, inRotation: () => instances });
  });
  const add = (changes: Partial<InvocationOver> = {}): void => metrics.add(over(changes));
  const inTheMinute = (metric: MetricName, statistic: Statistic, from = begin, variant: string | undefined = 'AllTraffic') =>
    metrics.statistic('demo', variant, metric, statistic, from, from + minute);

  it('send 1 or 0 to each count of errors, so that their average is the share that failed', () => {
    for (const status of [200, 400, 404, 500]) add({ status, answered: status === 200 ? 200 : 424 });
    const of = (metric: MetricName) =>
      (['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const).map((name) => inTheMinute(metric, name));
    assert.deepEqual(of('Invocations'), [4, 4, 1, 1, 1]);
    assert.deepEqual(of('Invocation4XXErrors'), [4, 2, 0.5, 0, 1]);
    assert.deepEqual(of('Invocation5XXErrors'), [4, 1, 0.25, 0, 1]);
    assert.deepEqual(of('InvocationModelErrors'), [4, 3, 0.75, 0, 1]);
  });

  for (const [what, changes, errors] of [
    ['a success', {}, [0, 0, 0]],
    ['any 2xx', { status: 204 }, [0, 0, 0]],
    ['a redirection', { status: 302, answered: 424 }, [0, 0, 1]],
    ['a 4xx', { status: 418, answered: 424 }, [1, 0, 1]],
    ['a 5xx', { status: 503, answered: 424 }, [0, 1, 1]],
    ['a 5xx passed through raw', { status: 500, answered: 500 }, [0, 1, 1]],
    ['no answer in time', { status: 0, answered: 424, trouble: 'no whole answer within 60 s' }, [0, 0, 1]],
    ['an answer that broke off in its middle', { status: 200, answered: 200, trouble: 'other side closed' }, [0, 0, 1]],
    ['a client that left before the answer', { status: 0, answered: 0, trouble: 'the client left' }, [0, 0, 0]],
    ['a client that left in the middle of the answer', { status: 200, answered: 0, trouble: 'the client left' }, [0, 0, 0]],
    ['a copy for a shadow that got no answer', { variant: 'AllTraffic', answered: 0, status: 0, trouble: 'other side closed' }, [0, 0, 1]],
    ['a body that turned out too long', { status: 0, answered: 413 }, [0, 0, 0]],
  ] as const) {
    it(`call ${what} what CloudWatch calls it`, () => {
      add(changes);
      const names = ['Invocation4XXErrors', 'Invocation5XXErrors', 'InvocationModelErrors'] as const;
      assert.deepEqual(
        names.map((name) => inTheMinute(name, 'Sum')),
        errors,
      );
    });
  }

  it('give latencies in microseconds, and what is not the model to the overhead', () => {
    add({ took: 5.25, modelLatency: 4 });
    add({ took: 10, modelLatency: 10.0001 }); // clocks that were read one after the other
    assert.deepEqual([inTheMinute('ModelLatency', 'Sum'), inTheMinute('ModelLatency', 'Maximum')], [14_000, 10_000]);
    assert.deepEqual([inTheMinute('OverheadLatency', 'Sum'), inTheMinute('OverheadLatency', 'Minimum')], [1250, 0]);
  });

  it('know percentiles of latencies, and none of counts', () => {
    for (let count = 1; count <= 100; count += 1) add({ took: count, modelLatency: count });
    const near = (value: number | undefined, milliseconds: number): void =>
      assert.ok(Math.abs((value ?? 0) - milliseconds * 1000) <= milliseconds * 32, `${value}`);
    near(inTheMinute('ModelLatency', 'p50'), 50);
    near(inTheMinute('ModelLatency', 'p90'), 90);
    near(inTheMinute('ModelLatency', 'p99.9'), 100);
    assert.equal(inTheMinute('Invocations', 'p50'), undefined);
  });

  it('divide an invocation by the instances there are at its time', () => {
    instances = 2;
    add();
    add();
    instances = 4;
    add();
    instances = 0; // the last one has died with it
    add();
    assert.equal(inTheMinute('InvocationsPerInstance', 'Sum'), 2.25);
  });

  it('have no data where nothing was invoked', () => {
    add();
    assert.equal(inTheMinute('Invocations', 'Sum', begin - minute), undefined);
    assert.equal(inTheMinute('Invocations', 'Sum', begin + minute), undefined);
    assert.equal(inTheMinute('ModelLatency', 'p99', begin, 'other'), undefined);
    assert.equal(metrics.statistic('other', undefined, 'Invocations', 'Sum', begin, begin + minute), undefined);
  });

  it('keep variants apart and put them together', () => {
    add({ variant: 'a', modelLatency: 1 });
    add({ variant: 'b', modelLatency: 3 });
    add({ endpoint: 'other', variant: 'a', modelLatency: 50 });
    assert.equal(inTheMinute('ModelLatency', 'Average', begin, 'a'), 1000);
    assert.equal(metrics.statistic('demo', undefined, 'ModelLatency', 'Average', begin, begin + minute), 2000);
    assert.equal(metrics.totals('other', 'a').metrics.Invocations.count, 1);
  });

  it('keep minutes for three hours', () => {
    for (let count = 0; count <= 200; count += 1) {
      now = begin + count * minute;
      for (let each = 0; each <= count % 3; each += 1) add();
    }
    const at = (count: number) => inTheMinute('Invocations', 'Sum', begin + count * minute);
    assert.deepEqual([at(20), at(21), at(22), at(200)], [3, 1, 2, 3]);
    assert.equal(at(10), undefined);
    assert.equal(metrics.statistic('demo', undefined, 'Invocations', 'Sum', begin + 198 * minute, begin + 201 * minute), 6);
  });

  it('tell the last minute by the second', () => {
    for (let second = 0; second < 30; second += 1) {
      now = begin + second * 1000;
      add({ status: second < 10 ? 500 : 200 });
    }
    const from = (second: number) =>
      metrics.statistic('demo', undefined, 'Invocation5XXErrors', 'Sum', begin + second * 1000, begin + 30_000);
    assert.deepEqual([from(0), from(5), from(10)], [10, 5, 0]);
    assert.equal(metrics.statistic('demo', undefined, 'Invocations', 'Sum', begin + 3000, begin + 4000), 1);
  });

  it('tell how the last seconds went', () => {
    assert.deepEqual(metrics.recently('demo', 'AllTraffic', 10), { invocations: 0, rate: 0, p50: undefined, p99: undefined });
    for (let count = 0; count < 40; count += 1) {
      now = begin + count * 500;
      add({ modelLatency: count < 20 ? 100 : 2 });
    }
    now = begin + 20_000;
    const { invocations, p99 } = metrics.recently('demo', 'AllTraffic', 10);
    assert.deepEqual([invocations, p99], [18, 2000]); // of nine whole seconds and the present one, which has just begun
    assert.equal(metrics.recently('demo', 'AllTraffic', 10).rate, 2);
  });

  it('do not take the beginning for a rush: a rate is over a second at least', () => {
    add();
    now += 100;
    add();
    assert.equal(metrics.recently('demo', 'AllTraffic', 10).rate, 2);
    now = begin + 4000;
    assert.equal(metrics.recently('demo', 'AllTraffic', 10).rate, 0.5);
  });

  it('count a request that reached no instance as refused only, whatever it named', () => {
    metrics.add(over({ endpoint: 'nonsense', variant: '', instance: '', answered: 400, status: 0, modelLatency: 0 }));
    metrics.add(over({ variant: '', instance: '', answered: 503, status: 0, modelLatency: 0 }));
    metrics.add(over({ variant: '', instance: '', answered: 503, status: 0, modelLatency: 0 }));
    assert.deepEqual(
      [...metrics.refused],
      [
        [400, 1],
        [503, 2],
      ],
    );
    assert.equal(inTheMinute('Invocations', 'Sum', begin, undefined), undefined);
  });

  it('of an endpoint that is gone are forgotten', () => {
    add();
    metrics.forget('demo');
    assert.equal(inTheMinute('Invocations', 'Sum'), undefined);
    assert.equal(metrics.totals('demo', 'AllTraffic').metrics.Invocations.count, 0);
  });

  it('survive a clock that is set back', () => {
    now = begin + 30_000;
    add();
    now = begin - 30_000;
    add();
    now = begin + 31_000;
    add();
    assert.equal(inTheMinute('Invocations', 'Sum'), 2);
    assert.equal(metrics.totals('demo', 'AllTraffic').metrics.Invocations.count, 3);
  });
});
