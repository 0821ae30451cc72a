import assert from 'node:assert/strict';
import { containerMetricsText, type InstanceMetrics } from '../../src/hosting/container-metrics.ts';
import { parseExposition } from '../../src/hosting/exposition.ts';
import { parsePrometheus } from '../support/prometheus-grammar.ts';

describe('the metrics of containers in one text', () => {
  const of = (instance: string, text: string): InstanceMetrics => ({
    endpoint: 'demo',
    variant: 'AllTraffic',
    instance,
    families: parseExposition(text).families,
  });
  const labels = (instance: string) => ({ endpoint: 'demo', variant: 'AllTraffic', instance });

  it('say of which instance each sample is, and name each family once', () => {
    const [one, two] = [1, 2].map((count) =>
      of(
        `i-${count}`,
        `# HELP r How many.\n# TYPE r counter\nr{code="200"} ${count}\n# TYPE t summary\nt{quantile="0.9"} 1 1395066363000\nt_count 3\n`,
      ),
    );
    assert.ok(one && two);
    const families = parsePrometheus(containerMetricsText([one, two]));
    assert.deepEqual(families.get('r'), {
      type: 'counter',
      help: 'How many.',
      samples: [
        { name: 'r', labels: { ...labels('i-1'), code: '200' }, value: 1 },
        { name: 'r', labels: { ...labels('i-2'), code: '200' }, value: 2 },
      ],
    });
    assert.deepEqual(
      families.get('t')?.samples.map(({ name, labels: { instance } }) => [name, instance]),
      [
        ['t', 'i-1'],
        ['t_count', 'i-1'],
        ['t', 'i-2'],
        ['t_count', 'i-2'],
      ],
    );
  });

  it('keep labels of the names that are added as exported_…', () => {
    const families = parsePrometheus(containerMetricsText([of('i-1', 'a{instance="x",variant="y",exported_variant="z"} 1\n')]));
    assert.deepEqual(families.get('a')?.samples[0]?.labels, {
      ...labels('i-1'),
      exported_instance: 'x',
      exported_exported_variant: 'y',
      exported_variant: 'z',
    });
  });

  it('keep escapes as they are', () => {
    const families = parsePrometheus(containerMetricsText([of('i-1', '# HELP a b\\\\c\\nd\na{x="\\"\\\\\\n"} 1\n')]));
    assert.deepEqual([families.get('a')?.help, families.get('a')?.samples[0]?.labels.x], ['b\\\\c\\nd', '"\\\n']);
  });

  it('leave out a family where its type is another, and tell so', () => {
    const left: string[] = [];
    const text = containerMetricsText([of('i-1', '# TYPE a gauge\na 1\n'), of('i-2', '# TYPE a counter\na 2\n')], (message) =>
      left.push(message),
    );
    assert.deepEqual(
      parsePrometheus(text)
        .get('a')
        ?.samples.map(({ value }) => value),
      [1],
    );
    assert.deepEqual(left, [
      'The metric a of demo/AllTraffic is left out where it is a counter: other containers have a gauge of that name.',
    ]);
  });

  it('of nobody are nothing', () => {
    assert.equal(containerMetricsText([]), '');
    assert.equal(containerMetricsText([of('i-1', '# TYPE a gauge\n')]), '');
  });
});
