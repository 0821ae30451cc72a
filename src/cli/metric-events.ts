import type { Sample } from '../hosting/distribution.ts';
import type { Monitor } from '../hosting/monitor.ts';
import type { MetricName } from '../hosting/tally.ts';
import { every, type Ticker } from '../hosting/ticker.ts';

/** A metric of a variant since the last one of its name, named as CloudWatch names it. */
export interface MetricEvent {
  readonly event: 'metric';
  readonly endpoint: string;
  readonly variant: string;
  readonly name: MetricName;
  /** Counts: how many came to it. Latencies: their average, in microseconds. */
  readonly value: number;
}

/** Tells every ten seconds how the variants did that were invoked, and of the rest when it is disposed. */
export function tellMetrics(monitor: Monitor, tell: (event: MetricEvent) => void, ticker: Ticker = every(10)): Disposable {
  const told = new Map<Sample, Pick<Sample, 'count' | 'sum'>>();
  const tellOne = (endpoint: string, variant: string, name: MetricName, sample: Sample): void => {
    const before = told.get(sample) ?? { count: 0, sum: 0 };
    const [count, sum] = [sample.count - before.count, sample.sum - before.sum];
    if (count === 0) return;
    told.set(sample, { count: sample.count, sum: sample.sum });
    const value = name.endsWith('Latency') ? Math.round(sum / count) : sum;
    if (value > 0 || name.endsWith('Latency')) tell({ event: 'metric', endpoint, variant, name, value });
  };
  const tellAll = (): void => {
    for (const { endpoint, variant, metrics } of monitor.metrics.all) {
      for (const name of names) tellOne(endpoint, variant, name, metrics[name]);
    }
  };
  const ticks = ticker(tellAll);
  return {
    [Symbol.dispose]() {
      ticks[Symbol.dispose]();
      tellAll();
    },
  };
}

/** Errors that did not happen are not told. */
const names = [
  'Invocations',
  'Invocation4XXErrors',
  'Invocation5XXErrors',
  'InvocationModelErrors',
  'ModelLatency',
  'OverheadLatency',
] as const satisfies readonly MetricName[];
