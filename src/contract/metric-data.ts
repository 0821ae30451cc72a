/** A metric as CloudWatch tells it from others. */
export interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly Dimension[];
}

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** One thing that was measured, or several of one moment. */
export interface MetricDatum {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly count: number;
  readonly sum: number;
  readonly least: number;
  readonly greatest: number;
  /** Each value and how often it was; unknown of statistics that somebody else has made. */
  readonly values?: readonly (readonly [value: number, count: number])[];
}

export const plainDatum = (time: number, value: number): MetricDatum => ({
  time,
  count: 1,
  sum: value,
  least: value,
  greatest: value,
  values: [[value, 1]],
});

/** What is asked of a metric, in milliseconds since 1970: periods of one length, the first from `from` on, the last before `to`. */
export interface StatisticsQuery {
  readonly from: number;
  readonly to: number;
  /** Milliseconds. */
  readonly period: number;
  readonly statistics: readonly string[];
}

/** The statistics of a period that has data. */
export interface StatisticsRow {
  /** When the period begins. */
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

export const plainStatistics: readonly string[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];

/** `p0` to `p100`; trimmed means and other statistics are not served. */
export const isPercentile = (statistic: string): boolean => /^p(100|\d{1,2}(\.\d{1,10})?)$/.test(statistic);

/** The same for the same metric: dimensions have no order. */
export const metricKey = ({ Namespace, MetricName, Dimensions }: Metric): string =>
  JSON.stringify([Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => [Name, Value]).sort()]);

/** The rows that data make, the oldest first. Periods without data have none. */
export function statisticsOf(data: Iterable<MetricDatum>, { from, to, period, statistics }: StatisticsQuery): readonly StatisticsRow[] {
  const periods = new Map<number, MetricDatum[]>();
  for (const datum of data) {
    if (datum.time < from || datum.time >= to) continue;
    const time = from + Math.floor((datum.time - from) / period) * period;
    const others = periods.get(time);
    if (others) others.push(datum);
    else periods.set(time, [datum]);
  }
  return [...periods]
    .sort(([one], [other]) => one - other)
    .map(([time, inPeriod]) => ({
      time,
      values: Object.fromEntries(
        statistics.flatMap((statistic) => {
          const value = statisticOf(inPeriod, statistic);
          return value === undefined ? [] : [[statistic, value] as const];
        }),
      ),
    }));
}

function statisticOf(data: readonly MetricDatum[], statistic: string): number | undefined {
  const count = total(data, (datum) => datum.count);
  const sum = total(data, (datum) => datum.sum);
  switch (statistic) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sum;
    case 'Average':
      return sum / count;
    case 'Minimum':
      return data.reduce((least, datum) => Math.min(least, datum.least), Number.POSITIVE_INFINITY);
    case 'Maximum':
      return data.reduce((greatest, datum) => Math.max(greatest, datum.greatest), Number.NEGATIVE_INFINITY);
    default:
      return percentile(data, count, Number(statistic.slice(1)));
  }
}

/** By nearest rank; undefined where not all values are known. */
function percentile(data: readonly MetricDatum[], count: number, percent: number): number | undefined {
  if (data.some(({ values }) => values === undefined)) return undefined;
  const rank = Math.max(1, Math.ceil((percent / 100) * count));
  let passed = 0;
  for (const [value, times] of data.flatMap(({ values }) => values ?? []).sort(([one], [other]) => one - other)) {
    passed += times;
    if (passed >= rank) return value;
  }
  return undefined;
}

const total = (data: readonly MetricDatum[], of: (datum: MetricDatum) => number): number => data.reduce((sum, datum) => sum + of(datum), 0);
