import type { Metric, StatisticsQuery, StatisticsRow } from '../../contract/metric-data.ts';
import type { Account } from '../../contract/names.ts';

/** Where metrics come from. */
export interface MetricSource {
  /** The metrics there are in an account and region; at least those that the filter takes. */
  list(caller: Account, filter: MetricFilter): Promise<readonly Metric[]>;
  /** The rows of periods that have data, the oldest first; none for a metric of somewhere else. */
  read(caller: Account, metric: Metric, query: StatisticsQuery): Promise<readonly StatisticsRow[]>;
}

/** What ListMetrics asks for. */
export interface MetricFilter {
  readonly Namespace?: string;
  readonly MetricName?: string;
  /** A dimension without a value may have any. */
  readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string }[];
}
