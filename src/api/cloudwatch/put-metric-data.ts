import { integer, listOf, number, required, string, structure, timestamp } from '../../contract/members.ts';
import { type MetricDatum, plainDatum } from '../../contract/metric-data.ts';
import { text, whole } from '../../contract/rules.ts';
import type { Caller } from '../service.ts';
import { check, clash, type Dimensions, dimensions, metricName, namespace, wrongValue } from './members.ts';
import type { CloudWatchContext } from './options.ts';

interface Datum {
  readonly MetricName: string;
  readonly Dimensions?: Dimensions;
  /** Seconds since 1970. */
  readonly Timestamp?: number;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: { readonly SampleCount: number; readonly Sum: number; readonly Minimum: number; readonly Maximum: number };
}

const members = {
  Namespace: required(namespace),
  MetricData: required(
    listOf(
      structure({
        MetricName: required(metricName),
        Dimensions: dimensions,
        Timestamp: timestamp,
        Value: number(),
        Values: listOf(number(), text(0, 150)),
        Counts: listOf(number(), text(0, 150)),
        StatisticValues: structure({
          SampleCount: required(number()),
          Sum: required(number()),
          Minimum: required(number()),
          Maximum: required(number()),
        }),
        Unit: string(),
        StorageResolution: integer(whole(1, 60)),
      }),
      text(1, 1000),
    ),
  ),
};

/** Metrics of one's own, kept as long as this process lives. Source: API Reference, PutMetricData. */
export async function putMetricData(
  request: { readonly Namespace: string; readonly MetricData: readonly Datum[] },
  caller: Caller,
  { custom, now }: CloudWatchContext,
): Promise<undefined> {
  check(members, request);
  const { Namespace, MetricData: data } = request;
  if (Namespace.startsWith('AWS/'))
    throw wrongValue('The value AWS/ for parameter Namespace is invalid.', 'Choose a namespace of your own.');
  const taken = data.map(({ MetricName, Dimensions = [], ...each }) => ({
    metric: { Namespace, MetricName, Dimensions },
    datum: datumOf(each, now(), MetricName),
  }));
  custom.put(caller, taken);
}

function datumOf(
  { Timestamp, Value, Values, Counts, StatisticValues: set }: Omit<Datum, 'MetricName'>,
  now: number,
  name: string,
): MetricDatum {
  const time = Timestamp === undefined ? now : Timestamp * 1000;
  const given = [Value, Values, set].filter((each) => each !== undefined).length;
  if (given !== 1) throw clash(`The metric ${name} must have either Value, or Values, or StatisticValues.`, 'Give it one of the three.');
  if (Value !== undefined) return plainDatum(time, Value);
  if (set) return { time, count: set.SampleCount, sum: set.Sum, least: set.Minimum, greatest: set.Maximum };
  const values = (Values ?? []).map((value, index) => [value, Counts?.[index] ?? 1] as const);
  if (values.length === 0 || (Counts && Counts.length !== values.length))
    throw clash(`The metric ${name} must have as many Counts as Values, and one at least.`, 'Give each value a count.');
  return {
    time,
    count: values.reduce((sum, [, count]) => sum + count, 0),
    sum: values.reduce((sum, [value, count]) => sum + value * count, 0),
    least: Math.min(...values.map(([value]) => value)),
    greatest: Math.max(...values.map(([value]) => value)),
    values,
  };
}
