import { keptByMinute, metricNames } from '../../contract/metric-alarm.ts';
import type { Metric, StatisticsQuery, StatisticsRow } from '../../contract/metric-data.ts';
import type { Account } from '../../contract/names.ts';
import type { EndpointMetrics, Statistic } from '../../hosting/metrics.ts';
import type { MetricFilter, MetricSource } from './metric-source.ts';

const Namespace = 'AWS/SageMaker';

export interface EndpointMetricsOptions {
  /** Undefined while nobody has an endpoint there. */
  readonly metrics: (caller: Account) => Pick<EndpointMetrics, 'all' | 'statistic'> | undefined;
  /** Milliseconds since 1970, the clock of the metrics. */
  readonly now?: () => number;
}

/**
 * The invocations of endpoints, of a variant each. They are known of the last three hours, and of this process. Source: "Monitor Amazon SageMaker AI
 * with Amazon CloudWatch".
 */
export class EndpointMetricSource implements MetricSource {
  readonly #options: Required<EndpointMetricsOptions>;

  constructor({ metrics, now = Date.now }: EndpointMetricsOptions) {
    this.#options = { metrics, now };
  }

  async list(caller: Account, filter: MetricFilter): Promise<readonly Metric[]> {
    if (filter.Namespace !== undefined && filter.Namespace !== Namespace) return [];
    const variants = this.#options.metrics(caller)?.all ?? [];
    return variants.flatMap(({ endpoint, variant }) =>
      metricNames.map((MetricName) => ({
        Namespace,
        MetricName,
        Dimensions: [
          { Name: 'EndpointName', Value: endpoint },
          { Name: 'VariantName', Value: variant },
        ],
      })),
    );
  }

  async read(caller: Account, metric: Metric, { from, to, period, statistics }: StatisticsQuery): Promise<readonly StatisticsRow[]> {
    const metrics = this.#options.metrics(caller);
    const name = metricNames.find((each) => each === metric.MetricName);
    const { endpoint, variant, ...others } = variantOf(metric);
    if (!metrics || metric.Namespace !== Namespace || !name || !endpoint || !variant || others.isMore) return [];
    const rows: StatisticsRow[] = [];
    const oldest = this.#options.now() - keptByMinute * 1000;
    const first = from + Math.max(0, Math.floor((oldest - from) / period)) * period;
    for (let time = first; time < to; time += period) {
      const values = statistics.flatMap((statistic) => {
        const value = metrics.statistic(endpoint, variant, name, statistic as Statistic, time, time + period);
        return value === undefined ? [] : [[statistic, value] as const];
      });
      if (values.length > 0) rows.push({ time, values: Object.fromEntries(values) });
    }
    return rows;
  }
}

function variantOf({ Dimensions }: Metric) {
  const dimension = (name: string): string | undefined => Dimensions.find(({ Name }) => Name === name)?.Value;
  return { endpoint: dimension('EndpointName'), variant: dimension('VariantName'), isMore: Dimensions.length > 2 };
}
