import assert from 'node:assert/strict';
import { Monitor } from '../../src/hosting/monitor.ts';
import type { RunningVariant } from '../../src/hosting/running-variant.ts';
import { instance, variantOf } from '../support/fleet.ts';
import { over } from '../support/over.ts';
import { parsePrometheus } from '../support/prometheus-grammar.ts';

describe('the metrics for Prometheus', () => {
  const monitorOf = (...variants: RunningVariant[]): Monitor => new Monitor({ variants: () => variants, inRotation: () => 1 });
  const labels = { endpoint: 'demo', variant: 'AllTraffic' };

  it('are text in its format, families of one kind together, of what was counted and of what there is', async () => {
    const monitor = monitorOf(variantOf([instance('i-1', {}, 3), instance('i-2', { memory: 5 }, 1)], { wanted: 3 }));
    monitor.add(over({ took: 5, modelLatency: 4 }));
    monitor.add(over({ status: 404, answered: 424, took: 60, modelLatency: 50 }));
    monitor.add(over({ status: 500, answered: 424, took: 70_000, modelLatency: 70_000 }));
    monitor.add(over({ instance: '', answered: 503 }));
    const families = parsePrometheus(await monitor.prometheus());
    const value = (family: string, wanted: Record<string, string> = labels, name = family) =>
      families.get(family)?.samples.find((sample) => sample.name === name && isEqual(sample.labels, wanted))?.value;
    assert.deepEqual(
      [
        value('sm_local_invocations_total'),
        value('sm_local_invocation_4xx_errors_total'),
        value('sm_local_invocation_5xx_errors_total'),
        value('sm_local_invocation_model_errors_total'),
        value('sm_local_refused_requests_total', { status: '503' }),
      ],
      [3, 1, 1, 2, 1],
    );
    assert.deepEqual(
      [value('sm_local_outstanding_requests'), value('sm_local_instances_in_rotation'), value('sm_local_instances_desired')],
      [4, 2, 3],
    );
    const first = { ...labels, instance: 'i-1' };
    assert.deepEqual(
      [
        value('sm_local_instance_cpu_utilization_percent', first),
        value('sm_local_instance_cpu_seconds_total', first),
        value('sm_local_instance_memory_bytes', first),
        value('sm_local_instance_memory_limit_bytes', first),
        value('sm_local_instance_memory_bytes', { ...labels, instance: 'i-2' }),
      ],
      [25, 0.5, 100_000_000, 400_000_000, 5],
    );
    assert.equal(families.get('sm_local_invocations_total')?.type, 'counter');
    assert.equal(families.get('sm_local_instance_memory_bytes')?.type, 'gauge');
  });

  it('give latencies in seconds, in buckets that each hold the ones below', async () => {
    const monitor = monitorOf(variantOf([instance()]));
    for (const milliseconds of [1, 4, 50, 70_000]) monitor.add(over({ took: milliseconds + 0.5, modelLatency: milliseconds }));
    const families = parsePrometheus(await monitor.prometheus());
    const family = families.get('sm_local_model_latency_seconds');
    const named = (name: string) => family?.samples.filter((sample) => sample.name === `sm_local_model_latency_seconds_${name}`) ?? [];
    const upTo = new Map(named('bucket').map(({ labels: { le = '' }, value }) => [le, value]));
    assert.equal(family?.type, 'histogram');
    assert.deepEqual(
      ['0.0005', '0.001', '0.0025', '0.005', '0.05', '60', '+Inf'].map((le) => upTo.get(le)),
      [0, 1, 1, 2, 3, 3, 4],
    );
    assert.deepEqual([named('count')[0]?.value, named('sum')[0]?.value], [4, 70.055]);
    const overhead = families.get('sm_local_overhead_latency_seconds')?.samples.find(({ name }) => name.endsWith('_sum'));
    assert.equal(overhead?.value, 0.002);
  });

  it('of a variant that was never invoked are zero, not missing', async () => {
    const families = parsePrometheus(await monitorOf(variantOf([])).prometheus());
    assert.deepEqual(families.get('sm_local_invocations_total')?.samples, [{ name: 'sm_local_invocations_total', labels, value: 0 }]);
    assert.equal(families.has('sm_local_instance_memory_bytes'), false);
  });

  it('of no endpoint at all are empty', async () => {
    assert.equal(await monitorOf().prometheus(), '');
  });

  it('leave out the gauges of instances that the engine does not tell about', async () => {
    const silent = { ...instance('i-2'), usage: () => Promise.reject(new Error('no engine')) };
    const families = parsePrometheus(await monitorOf(variantOf([instance(), silent])).prometheus());
    const told = families.get('sm_local_instance_memory_bytes')?.samples.map((sample) => sample.labels.instance);
    assert.deepEqual(told, ['i-1']);
    assert.equal(families.get('sm_local_instances_in_rotation')?.samples[0]?.value, 2);
  });

  it('escape what a label may not hold as it is', async () => {
    const variant = 'a "b" \\ c\nd';
    const families = parsePrometheus(await monitorOf(variantOf([], { variant })).prometheus());
    assert.equal(families.get('sm_local_invocations_total')?.samples[0]?.labels.variant, variant);
  });
});

const isEqual = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([name, value]) => other[name] === value);
