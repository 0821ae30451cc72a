import { boolean, integer, listOf, required, string, structure, timestamp } from '../../contract/members.ts';
import {
  isPercentile,
  type Metric,
  metricKey,
  plainStatistics,
  type StatisticsQuery,
  type StatisticsRow,
} from '../../contract/metric-data.ts';
import { text, whole } from '../../contract/rules.ts';
import type { Caller } from '../service.ts';
import {
  check,
  clash,
  type Dimensions,
  dimensions,
  type InTime,
  metricName,
  namespace,
  pageOf,
  periodsOf,
  token,
  wrongValue,
} from './members.ts';
import type { MetricFilter } from './metric-source.ts';
import type { CloudWatchContext } from './options.ts';

/** The metrics there are, 500 on a page. Source: API Reference, ListMetrics. */
export async function listMetrics(
  request: MetricFilter & { readonly NextToken?: string },
  caller: Caller,
  { sources }: CloudWatchContext,
): Promise<object> {
  const filter = listOf(structure({ Name: required(string(text(1, 255))), Value: string(text(1, 1024)) }), text(0, 10));
  check({ Namespace: namespace, MetricName: metricName, Dimensions: filter, NextToken: token, IncludeLinkedAccounts: boolean }, request);
  const found = new Map<string, Metric>();
  for (const source of sources)
    for (const metric of await source.list(caller, request)) if (isWanted(metric, request)) found.set(metricKey(metric), metric);
  const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
  const { items, ...next } = pageOf(sorted, ([key]) => key, { most: 500, NextToken: request.NextToken });
  return { Metrics: items.map(([, metric]) => metric), ...next };
}

const isWanted = (metric: Metric, { Namespace, MetricName, Dimensions = [] }: MetricFilter): boolean =>
  (Namespace === undefined || metric.Namespace === Namespace) &&
  (MetricName === undefined || metric.MetricName === MetricName) &&
  Dimensions.every(({ Name, Value }) =>
    metric.Dimensions.some((each) => each.Name === Name && (Value === undefined || each.Value === Value)),
  );

interface StatisticsRequest extends InTime {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: Dimensions;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
  readonly Unit?: string;
}

const statisticsMembers = {
  Namespace: required(namespace),
  MetricName: required(metricName),
  Dimensions: dimensions,
  StartTime: required(timestamp),
  EndTime: required(timestamp),
  Period: required(integer(whole(1))),
  Statistics: listOf(string(undefined, plainStatistics), text(0, 5)),
  ExtendedStatistics: listOf(string(), text(0, 10)),
  Unit: string(),
};

/** Of one metric. Source: API Reference, GetMetricStatistics. */
export async function getMetricStatistics(request: StatisticsRequest, caller: Caller, context: CloudWatchContext): Promise<object> {
  check(statisticsMembers, request);
  const { Namespace, MetricName, Dimensions = [], Period, Statistics = [], ExtendedStatistics = [], Unit } = request;
  if (Statistics.length + ExtendedStatistics.length === 0)
    throw clash('At least one of the parameters Statistics and ExtendedStatistics must be specified.', 'Name a statistic.');
  for (const statistic of ExtendedStatistics) if (!isPercentile(statistic)) throw notServed(statistic);
  const periods = periodsOf(request, Period);
  const count = Math.ceil((periods.to - periods.from) / periods.period);
  if (count > mostPoints) {
    const message = `You have requested up to ${grouped(count)} datapoints, which exceeds the limit of ${grouped(mostPoints)}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`;
    throw clash(message, 'Increase Period, or decrease the time range.');
  }
  const query = { ...periods, statistics: [...Statistics, ...ExtendedStatistics] };
  const rows = await read({ Namespace, MetricName, Dimensions }, caller, context, query);
  const unit = unitOf(MetricName);
  return {
    Label: MetricName,
    Datapoints: (Unit === undefined || Unit === unit ? rows : []).map(({ time, values }) => ({
      Timestamp: new Date(time),
      ...pick(values, Statistics),
      ...(ExtendedStatistics.length > 0 && { ExtendedStatistics: pick(values, ExtendedStatistics) }),
      Unit: unit,
    })),
  };
}

/** Datapoints of one answer: "The maximum number of data points returned from a single call is 1,440". */
const mostPoints = 1440;
const grouped = (count: number): string => count.toLocaleString('en-US');

interface DataRequest extends InTime {
  readonly MetricDataQueries: readonly DataQuery[];
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
}

interface DataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string; readonly Dimensions?: Dimensions };
    readonly Period: number;
    readonly Stat: string;
  };
}

const dataMembers = {
  MetricDataQueries: required(
    listOf(
      structure({
        Id: required(string(text(1, 255))),
        MetricStat: structure({
          Metric: required(structure({ Namespace: required(namespace), MetricName: required(metricName), Dimensions: dimensions })),
          Period: required(integer(whole(1))),
          Stat: required(string()),
          Unit: string(),
        }),
        Expression: string(),
        Label: string(),
        ReturnData: boolean,
      }),
      text(0, 500),
    ),
  ),
  StartTime: required(timestamp),
  EndTime: required(timestamp),
  ScanBy: string(undefined, ['TimestampDescending', 'TimestampAscending']),
  MaxDatapoints: integer(whole(1)),
  NextToken: token,
};

/** Of several metrics at once, without metric math. All data come in one answer. Source: API Reference, GetMetricData. */
export async function getMetricData(request: DataRequest, caller: Caller, context: CloudWatchContext): Promise<object> {
  check(dataMembers, request);
  const { MetricDataQueries: queries, ScanBy } = request;
  const results: object[] = [];
  for (const { Id, Label, Expression, MetricStat, ReturnData = true } of queries) {
    if (Expression !== undefined) throw wrongValue(`sm-local serves no metric math: ${Expression}`, 'Ask for the metrics themselves.');
    if (!MetricStat) throw clash(`The query ${Id} has no MetricStat.`, 'Add one.');
    const { Metric, Period, Stat } = MetricStat;
    if (!plainStatistics.includes(Stat) && !isPercentile(Stat)) throw notServed(Stat);
    const query = { ...periodsOf(request, Period), statistics: [Stat] };
    if ((query.to - query.from) / query.period > mostData)
      throw clash(`The query ${Id} asks for more than ${grouped(mostData)} datapoints.`, 'Increase Period, or decrease the time range.');
    const rows = await read({ Dimensions: [], ...Metric }, caller, context, query);
    const sorted = ScanBy === 'TimestampAscending' ? rows : rows.toReversed();
    const points = sorted.flatMap(({ time, values }) => (values[Stat] === undefined ? [] : [{ time, value: values[Stat] }]));
    if (!ReturnData) continue;
    results.push({
      Id,
      Label: Label ?? Metric.MetricName,
      Timestamps: points.map(({ time }) => new Date(time)),
      Values: points.map(({ value }) => value),
      StatusCode: 'Complete',
    });
  }
  return { MetricDataResults: results, Messages: [] };
}

/** API Reference: "MaxDatapoints … the default of 100,800". */
const mostData = 100_800;

/** From the source that has data of it. */
async function read(
  metric: Metric,
  caller: Caller,
  { sources }: CloudWatchContext,
  query: StatisticsQuery,
): Promise<readonly StatisticsRow[]> {
  for (const source of sources) {
    const rows = await source.read(caller, metric, query);
    if (rows.length > 0) return rows;
  }
  return [];
}

const notServed = (statistic: string) =>
  wrongValue(`The value ${statistic} for parameter Stat is not served by sm-local.`, 'Use a plain statistic, or a percentile such as p99.');

const pick = (values: Readonly<Record<string, number>>, names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));

/** Of metrics that are SageMaker's own. */
function unitOf(name: string): string {
  if (name.endsWith('Latency')) return 'Microseconds';
  return name.endsWith('Utilization') ? 'Percent' : 'None';
}
