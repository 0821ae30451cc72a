import {
  type Metric,
  type MetricDatum,
  metricKey,
  type StatisticsQuery,
  type StatisticsRow,
  statisticsOf,
} from '../../contract/metric-data.ts';
import type { Account } from '../../contract/names.ts';
import type { MetricSource } from './metric-source.ts';

/** Data that all callers of an account and region have put; then the oldest go. */
const mostData = 100_000;

/** What people put themselves, kept as long as the process lives. */
export class CustomMetrics implements MetricSource {
  readonly #places = new Map<string, Place>();

  put(caller: Account, data: readonly { readonly metric: Metric; readonly datum: MetricDatum }[]): void {
    const place = this.#placeOf(caller);
    for (const { metric, datum } of data) {
      const key = metricKey(metric);
      place.metrics.set(key, metric);
      place.data.push({ key, datum });
    }
    if (place.data.length <= mostData) return;
    place.data.splice(0, place.data.length - mostData);
    const kept = new Set(place.data.map(({ key }) => key));
    for (const key of place.metrics.keys()) if (!kept.has(key)) place.metrics.delete(key);
  }

  async list(caller: Account): Promise<readonly Metric[]> {
    return [...this.#placeOf(caller).metrics.values()];
  }

  async read(caller: Account, metric: Metric, query: StatisticsQuery): Promise<readonly StatisticsRow[]> {
    const wanted = metricKey(metric);
    const data = this.#placeOf(caller).data.filter(({ key }) => key === wanted);
    return statisticsOf(
      data.map(({ datum }) => datum),
      query,
    );
  }

  #placeOf({ account, region }: Account): Place {
    const key = `${account} ${region}`;
    const place = this.#places.get(key) ?? { metrics: new Map(), data: [] };
    this.#places.set(key, place);
    return place;
  }
}

interface Place {
  readonly metrics: Map<string, Metric>;
  /** In the order of their coming. */
  readonly data: { readonly key: string; readonly datum: MetricDatum }[];
}
