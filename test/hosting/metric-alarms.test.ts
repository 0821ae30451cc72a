import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { MetricAlarm } from '../../src/contract/metric-alarm.ts';
import { isError } from '../../src/errors.ts';
import { MetricAlarms } from '../../src/hosting/metric-alarms.ts';
import { EndpointMetrics } from '../../src/hosting/metrics.ts';
import { alarm } from '../support/alarm.ts';
import { over } from '../support/over.ts';

describe('alarms on the metrics of an endpoint', () => {
  /** A whole minute. */
  const start = 1_800_000_000_000;
  let now: number;
  let ticks: Set<() => void>;
  let metrics: EndpointMetrics;
  beforeEach(() => {
    [now, ticks] = [start, new Set()];
    metrics = new EndpointMetrics({ now: () => now, inRotation: () => 1 });
  });

  const alarms = (...definitions: MetricAlarm[]): MetricAlarms =>
    new MetricAlarms(definitions, {
      metrics,
      now: () => now,
      ticker: (tick) => {
        ticks.add(tick);
        return { [Symbol.dispose]: () => void ticks.delete(tick) };
      },
    });
  const pass = (seconds: number): void => {
    now += seconds * 1000;
    for (const tick of [...ticks]) tick();
  };
  const fails = (variant = 'AllTraffic', endpoint = 'demo') => metrics.add(over({ variant, endpoint, status: 500, answered: 424 }));
  const succeeds = () => metrics.add(over());
  const never = new AbortController().signal;

  it('are unchecked, then without data, then what the data say', () => {
    const made = alarms(alarm());
    assert.equal(made.describe('errors').state, 'INSUFFICIENT_DATA');
    pass(1);
    succeeds();
    assert.equal(made.describe('errors').state, 'OK');
    pass(1);
    fails();
    assert.deepEqual(made.describe('errors'), {
      state: 'ALARM',
      reason: 'Threshold Crossed: 1 of the last 1 datapoints [1] was greater than or equal to the threshold (1).',
    });
    pass(60);
    assert.equal(made.describe('errors').state, 'INSUFFICIENT_DATA');
  });

  it('are about their variant, or all of the endpoint', () => {
    const whole = alarm({ AlarmName: 'whole', Dimensions: [{ Name: 'EndpointName', Value: 'demo' }] });
    const made = alarms(alarm(), whole);
    fails('AllTraffic', 'other');
    fails('b');
    assert.deepEqual(
      ['errors', 'whole'].map((name) => made.describe(name).state),
      ['INSUFFICIENT_DATA', 'ALARM'],
    );
  });

  it('know percentiles and averages of latencies in microseconds', () => {
    const latency = { MetricName: 'ModelLatency', ComparisonOperator: 'GreaterThanThreshold', Threshold: 50_000 };
    const made = alarms(
      alarm({ ...latency, AlarmName: 'p99', Statistic: undefined, ExtendedStatistic: 'p99' }),
      alarm({ ...latency, AlarmName: 'average', Statistic: 'Average' }),
    );
    for (let count = 0; count < 20; count += 1) metrics.add(over({ took: 101, modelLatency: count < 18 ? 1 : 100 }));
    assert.deepEqual(
      ['p99', 'average'].map((name) => made.describe(name).state),
      ['ALARM', 'OK'],
    );
  });

  it('take short periods up to the present second, exactly', () => {
    const made = alarms(alarm({ Period: 10, EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' }));
    fails();
    pass(9);
    assert.equal(made.describe('errors').state, 'OK'); // in the same period as the present second
    pass(1);
    fails();
    assert.equal(made.describe('errors').state, 'ALARM');
    pass(20);
    assert.equal(made.describe('errors').state, 'ALARM'); // the latest that are there, in a range of five
    pass(20);
    assert.equal(made.describe('errors').state, 'OK');
  });

  it('take long periods as whole minutes that have passed', () => {
    const made = alarms(alarm({ Period: 60, EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' }));
    const state = () => made.describe('errors').state;
    pass(30);
    fails();
    pass(29);
    assert.equal(state(), 'OK');
    pass(31);
    fails();
    pass(29);
    assert.equal(state(), 'OK');
    pass(1);
    assert.equal(state(), 'ALARM');
  });

  it('trip whoever waits for them, at the next second', async () => {
    const made = alarms(alarm(), alarm({ AlarmName: 'other', Dimensions: [{ Name: 'EndpointName', Value: 'other' }] }));
    let tripped: string | undefined;
    const waiting = made.tripped(['other', 'errors'], never).then((name) => {
      tripped = name;
    });
    pass(1);
    fails();
    await turn();
    assert.equal(tripped, undefined);
    pass(1);
    await waiting;
    assert.deepEqual([tripped, ticks.size], ['errors', 0]);
    assert.equal(await made.tripped(['errors'], never), 'errors'); // it is in ALARM already
  });

  it('are evaluated for those who wait only, and trip nobody who has gone', async () => {
    const made = alarms(alarm());
    const [one, two] = [new AbortController(), new AbortController()];
    let isTripped = false;
    for (const { signal } of [one, two]) {
      void made.tripped(['errors'], signal).then(() => {
        isTripped = true;
      });
    }
    assert.equal(ticks.size, 1);
    one.abort();
    assert.equal(ticks.size, 1);
    two.abort();
    assert.equal(ticks.size, 0);
    void made.tripped(['errors'], AbortSignal.abort());
    assert.equal(ticks.size, 0);
    fails();
    made.set('errors', 'ALARM');
    await turn();
    assert.equal(isTripped, false);
  });

  it('that are set by hand stay so until there are data', async () => {
    const made = alarms(alarm({ TreatMissingData: 'notBreaching' }));
    const waiting = made.tripped(['errors'], never);
    made.set('errors', 'ALARM');
    assert.equal(await waiting, 'errors');
    pass(5);
    assert.deepEqual(made.describe('errors'), { state: 'ALARM', reason: 'Set by hand.' });
    succeeds();
    pass(1);
    assert.equal(made.describe('errors').state, 'OK');
    made.set('errors', 'ALARM');
    assert.equal(made.describe('errors').state, 'ALARM');
    pass(1);
    assert.equal(made.describe('errors').state, 'OK');
  });

  it('are known by name', () => {
    const made = alarms(alarm());
    assert.deepEqual([made.has('errors'), made.has('error')], [true, false]);
    for (const ask of [() => made.describe('error'), () => made.set('error', 'OK')]) {
      assert.throws(ask, (error) => isError(error, 'InvalidRequest') && /There is no alarm error/.test(error.message));
    }
  });

  it('are refused when their definition is wrong', () => {
    assert.throws(
      () => alarms(alarm({ Period: 7 })),
      (error) => isError(error, 'InvalidRequest') && /Period: 7/.test(error.message),
    );
  });
});
