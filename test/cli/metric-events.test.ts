import assert from 'node:assert/strict';
import { type MetricEvent, tellMetrics } from '../../src/cli/metric-events.ts';
import { metricsSummary } from '../../src/cli/metrics-summary.ts';
import { humanServePrinter } from '../../src/cli/serve-printer.ts';
import type { Sink } from '../../src/cli/sink.ts';
import { Monitor } from '../../src/hosting/monitor.ts';
import { instance, variantOf } from '../support/fleet.ts';
import { over } from '../support/over.ts';

describe('what is told of the metrics of an endpoint', () => {
  const variants = [variantOf([instance()], { variant: 'a' }), variantOf([instance('i-2')], { variant: 'b' })];
  let monitor: Monitor;
  beforeEach(() => {
    monitor = new Monitor({ variants: () => variants, inRotation: () => 1 });
  });

  it('as events is what came since the last ones, of the variants that were invoked, and the rest at the end', () => {
    const events: MetricEvent[] = [];
    let tick = (): void => {};
    const telling = tellMetrics(
      monitor,
      (event) => events.push(event),
      (each) => {
        tick = each;
        return { [Symbol.dispose]() {} };
      },
    );
    const told = (): unknown[] => events.splice(0).map(({ variant, name, value }) => [variant, name, value]);
    tick();
    assert.deepEqual(told(), []);
    monitor.add(over({ variant: 'a', took: 5, modelLatency: 4 }));
    monitor.add(over({ variant: 'a', took: 7, modelLatency: 6, status: 500, answered: 424 }));
    tick();
    assert.deepEqual(told(), [
      ['a', 'Invocations', 2],
      ['a', 'Invocation5XXErrors', 1],
      ['a', 'InvocationModelErrors', 1],
      ['a', 'ModelLatency', 5000],
      ['a', 'OverheadLatency', 1000],
    ]);
    tick();
    assert.deepEqual(told(), []);
    monitor.add(over({ variant: 'a', modelLatency: 1 }));
    monitor.add(over({ variant: 'b', modelLatency: 3, took: 3 }));
    telling[Symbol.dispose]();
    assert.deepEqual(told(), [
      ['a', 'Invocations', 1],
      ['a', 'ModelLatency', 1000],
      ['a', 'OverheadLatency', 4000],
      ['b', 'Invocations', 1],
      ['b', 'ModelLatency', 3000],
      ['b', 'OverheadLatency', 0],
    ]);
  });

  it('to people on a terminal is live until it is stopped, when the seconds until SIGKILL are shown in its place, and a summary at the end', () => {
    const shown: (string | undefined)[] = [];
    const texts: string[] = [];
    const err: Sink = {
      write: async (text) => void texts.push(String(text)),
      isTerminal: true,
      width: 80,
      showLast: (lines) => void shown.push(lines),
    };
    const printer = humanServePrinter({ out: err, err, env: {}, cwd: '/', color: false, now: () => new Date() }, 30);
    for (const endpoint of ['demo', 'other']) printer.event({ event: 'status', endpoint, status: 'InService' });
    const watched = printer.watch(monitor);
    assert.match(shown.at(-1) ?? '', /^demo\/a {2}0\.0\/s.*\ndemo\/b {2}0\.0\/s/);
    printer.event({ event: 'status', endpoint: 'other', status: 'Deleting' });
    assert.match(shown.at(-1) ?? '', /^demo\/a/);
    printer.event({ event: 'status', endpoint: 'demo', status: 'Deleting' });
    assert.equal(shown.at(-1), undefined);
    err.showLast?.('SIGKILL in 30 s');
    watched[Symbol.dispose]();
    assert.equal(shown.at(-1), 'SIGKILL in 30 s');
    assert.equal(texts.at(-1), 'Nothing was invoked.\n');
  });

  it('at the end is a line for each variant, and what was refused', () => {
    monitor.add(over({ variant: 'a', modelLatency: 4 }));
    monitor.add(over({ variant: 'a', modelLatency: 4, status: 400, answered: 424 }));
    monitor.add(over({ variant: 'a', modelLatency: 4, status: 0, answered: 424, trouble: 'timed out' }));
    monitor.add(over({ variant: '', instance: '', answered: 400 }));
    assert.equal(
      metricsSummary(monitor),
      'demo/a: 3 invocations, 2 errors (4xx 1, 5xx 0), model latency p50 4 ms, p99 4 ms\n' +
        'Refused before they reached an instance: 1 with 400\n',
    );
  });
});
