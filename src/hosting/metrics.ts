import { BoundedCounts, Distribution, Sample } from './distribution.ts';
import type { InvocationOver } from './reply.ts';
import { type MetricName, microseconds, overhead, Tally, TallyRing } from './tally.ts';

/** `p50`, `p99.9`, …: of latencies only. */
export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | `p${number}`;

export interface MetricsOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How many instances of a variant take requests now; 0 for one that is not there. */
  readonly inRotation: (endpoint: string, variant: string) => number;
}

/** All that was counted of a variant. */
export interface VariantTotals {
  readonly endpoint: string;
  readonly variant: string;
  /** Latencies in microseconds. */
  readonly metrics: Readonly<Tally['metrics']>;
  /** How many latencies do not exceed each of `latencyBounds`. */
  readonly upTo: { readonly ModelLatency: BoundedCounts; readonly OverheadLatency: BoundedCounts };
}

/** How a variant did in the last seconds. */
export interface Recently {
  readonly invocations: number;
  /** Invocations a second. */
  readonly rate: number;
  /** Of the latency of the model, in microseconds; undefined without invocations. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/**
 * The metrics of endpoints, fed with each invocation as it ends: all that was counted since the beginning, the last minute by the second and
 * the last three hours by the minute. A request that never reached an instance was not sent to a model: it is counted as refused only.
 */
export class EndpointMetrics {
  readonly #options: MetricsOptions;
  readonly #endpoints = new Map<string, Map<string, Series>>();
  /** Status -> how many requests were answered with it for want of an instance. */
  readonly #refused = new Map<number, number>();

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  /** Takes note of an invocation. On the hot path. */
  add(over: InvocationOver): void {
    if (over.instance === '') {
      this.#refused.set(over.answered, (this.#refused.get(over.answered) ?? 0) + 1);
      return;
    }
    const { endpoint, variant } = over;
    this.#seriesOf(endpoint, variant).add(over, this.#options.inRotation(endpoint, variant), this.#options.now());
  }

  /** Of every variant that somebody has looked at or invoked, also of those that are gone. */
  get all(): readonly VariantTotals[] {
    return [...this.#endpoints.values()].flatMap((variants) => [...variants.values()]);
  }

  /** Goes on to be counted up. */
  totals(endpoint: string, variant: string): VariantTotals {
    return this.#seriesOf(endpoint, variant);
  }

  /** Status -> requests that reached no instance, whatever endpoint they named. */
  get refused(): ReadonlyMap<number, number> {
    return this.#refused;
  }

  /** `seconds`: at most 60. */
  recently(endpoint: string, variant: string, seconds: number): Recently {
    const now = this.#options.now();
    const series = this.#endpoints.get(endpoint)?.get(variant);
    // The present second and whole ones before it.
    const from = (Math.floor(now / 1000) - seconds + 1) * 1000;
    const latencies = new Distribution();
    for (const { metrics } of series?.seconds.between(from, now + 1) ?? []) latencies.addAll(metrics.ModelLatency);
    const span = Math.max(1, (now - Math.max(from, series?.begun ?? now)) / 1000);
    return {
      invocations: latencies.count,
      rate: latencies.count / span,
      p50: latencies.percentile(50),
      p99: latencies.percentile(99),
    };
  }

  /**
   * A statistic of the invocations that ended from `from` up to `to`, in milliseconds since 1970: of one variant, or of all of an endpoint.
   * To the second where `from` lies in the last minute, else all minutes count that have a part in it. Undefined where CloudWatch would have
   * no data.
   */
  statistic(
    endpoint: string,
    variant: string | undefined,
    metric: MetricName,
    statistic: Statistic,
    from: number,
    to: number,
  ): number | undefined {
    const now = this.#options.now();
    const variants = this.#endpoints.get(endpoint);
    const series = variant === undefined ? [...(variants?.values() ?? [])] : [variants?.get(variant)];
    const tallies = series.flatMap((each) => each?.between(from, to, now) ?? []);
    return statisticOf(
      tallies.map(({ metrics }) => metrics[metric]),
      statistic,
    );
  }

  /** Of an endpoint that is gone nothing is kept. */
  forget(endpoint: string): void {
    this.#endpoints.delete(endpoint);
  }

  #seriesOf(endpoint: string, variant: string): Series {
    let variants = this.#endpoints.get(endpoint);
    if (variants === undefined) {
      variants = new Map();
      this.#endpoints.set(endpoint, variants);
    }
    let series = variants.get(variant);
    if (series === undefined) {
      series = new Series(endpoint, variant);
      variants.set(variant, series);
    }
    return series;
  }
}

/** Upper bounds of the buckets of latencies, in microseconds; the longest is the limit of an invocation. */
export const latencyBounds: readonly number[] = [
  100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
  30_000_000, 60_000_000,
];

class Series implements VariantTotals {
  readonly endpoint: string;
  readonly variant: string;
  /** When it was first invoked, in milliseconds since 1970. */
  begun: number | undefined;
  readonly upTo = { ModelLatency: new BoundedCounts(latencyBounds), OverheadLatency: new BoundedCounts(latencyBounds) };
  readonly seconds = new TallyRing(1000, 64);
  readonly #all = new Tally();
  readonly #minutes = new TallyRing(60_000, 181);

  constructor(endpoint: string, variant: string) {
    this.endpoint = endpoint;
    this.variant = variant;
  }

  get metrics(): Tally['metrics'] {
    return this.#all.metrics;
  }

  add(over: InvocationOver, instances: number, now: number): void {
    this.begun ??= now;
    this.#all.add(over, instances);
    this.seconds.at(now).add(over, instances);
    this.#minutes.at(now).add(over, instances);
    this.upTo.ModelLatency.add(microseconds(over.modelLatency));
    this.upTo.OverheadLatency.add(overhead(over));
  }

  between(from: number, to: number, now: number): readonly Tally[] {
    return from < this.seconds.beginAt(now) ? this.#minutes.between(from, to) : this.seconds.between(from, to);
  }
}

function statisticOf(samples: readonly Sample[], statistic: Statistic): number | undefined {
  if (statistic.startsWith('p')) {
    const latencies = new Distribution();
    for (const sample of samples) if (sample instanceof Distribution) latencies.addAll(sample);
    return latencies.percentile(Number(statistic.slice(1)));
  }
  const all = new Sample();
  for (const sample of samples) all.addAll(sample);
  if (all.count === 0) return undefined;
  switch (statistic) {
    case 'SampleCount':
      return all.count;
    case 'Sum':
      return all.sum;
    case 'Average':
      return all.sum / all.count;
    case 'Minimum':
      return all.least;
    default:
      return all.greatest;
  }
}
