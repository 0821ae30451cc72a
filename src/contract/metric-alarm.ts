import * as advice from './advice.ts';

/** An alarm on a metric of an endpoint, as CloudWatch's PutMetricAlarm defines it. Source: API Reference of CloudWatch, PutMetricAlarm. */
export interface MetricAlarm {
  readonly AlarmName: string;
  readonly Namespace?: 'AWS/SageMaker';
  readonly MetricName: (typeof metricNames)[number];
  /** EndpointName, and VariantName for one variant. */
  readonly Dimensions: readonly { readonly Name: 'EndpointName' | 'VariantName'; readonly Value: string }[];
  /** Either this or ExtendedStatistic. */
  readonly Statistic?: (typeof statistics)[number];
  /** `p50`, `p99.9`, …: of latencies only. */
  readonly ExtendedStatistic?: `p${number}`;
  /** Seconds: 10, 20, 30, or whole minutes. */
  readonly Period: number;
  readonly EvaluationPeriods: number;
  /** Default: EvaluationPeriods. */
  readonly DatapointsToAlarm?: number;
  /** Of latencies in microseconds. */
  readonly Threshold: number;
  readonly ComparisonOperator: (typeof comparisons)[number];
  /** Default: missing. */
  readonly TreatMissingData?: (typeof treatments)[number];
}

export const metricNames = [
  'Invocation5XXErrors',
  'Invocation4XXErrors',
  'InvocationModelErrors',
  'ModelLatency',
  'OverheadLatency',
  'Invocations',
] as const;

const statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
const treatments = ['missing', 'notBreaching', 'breaching', 'ignore'] as const;
const comparisons = ['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'] as const;

/** Seconds for which metrics are kept second by second, and minute by minute. */
export const keptBySecond = 60;
export const keptByMinute = 180 * 60;

/** The value of a dimension; undefined for one that is not there. */
export const dimensionOf = ({ Dimensions }: MetricAlarm, name: 'EndpointName' | 'VariantName'): string | undefined =>
  Dimensions.find(({ Name }) => Name === name)?.Value;

/** Something in a definition that is not taken here. */
export interface AlarmRefusal {
  /** From the definition down to what is wrong: `['Dimensions', 0, 'Name']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What to do, one sentence. */
  readonly advice: string;
}

/** Everything that is wrong with a definition; one without is a `MetricAlarm`. */
export const metricAlarmRefusals = (request: unknown): readonly AlarmRefusal[] => {
  if (!isObject(request)) return [refusal([], 'The request', request, 'is no map of members', 'Write the members of PutMetricAlarm.')];
  const alone = [...inMembers(request)];
  return alone.length > 0 ? alone : [...betweenMembers(request as unknown as MetricAlarm)];
};

/** What is taken and has no effect here, or another one than in the cloud; each a sentence. `endpoints`: those there are. */
export function metricAlarmWarnings(alarm: MetricAlarm, endpoints: readonly string[]): readonly string[] {
  const idle = Object.keys(alarm).filter((member) => withoutEffect.includes(member));
  const endpoint = dimensionOf(alarm, 'EndpointName') ?? '';
  return [
    ...(idle.length > 0 ? [`Stored, but without effect here (PutMetricAlarm of ${alarm.AlarmName}): ${idle.join(', ')}.`] : []),
    ...(endpoints.includes(endpoint) ? [] : [`The alarm ${alarm.AlarmName} is about the endpoint ${endpoint}, which is not there yet.`]),
    ...(dimensionOf(alarm, 'VariantName') === undefined
      ? [`The alarm ${alarm.AlarmName} names no VariantName: here it is about all variants, in the cloud its metric would have no data.`]
      : []),
  ];
}

type Path = AlarmRefusal['path'];
type Found = Generator<AlarmRefusal, void>;
/** What is wrong with a value and what to do about it; undefined when nothing is. */
type Check = (value: unknown, field: string) => readonly [wrong: string, advice: string] | undefined;

function* inMembers(request: Readonly<Record<string, unknown>>): Found {
  for (const [member, value] of Object.entries(request)) {
    const check = Object.hasOwn(checks, member) ? checks[member] : undefined;
    const isMath = maths.includes(member);
    if (isMath) yield refusal([member], member, value, 'is not emulated', 'Watch one metric with a Threshold.');
    else if (check) yield* inValue(check, [member], value);
    else if (!withoutEffect.includes(member)) {
      const names = [...Object.keys(checks), ...withoutEffect];
      yield { path: [member], message: `${member} is no member of PutMetricAlarm.`, advice: advice.unknown(member, member, names) };
    }
  }
  for (const member of required) if (request[member] === undefined) yield missing([], member);
  yield* inDimensions(request.Dimensions);
}

function* inDimensions(dimensions: unknown): Found {
  if (!Array.isArray(dimensions)) return;
  const names: unknown[] = [];
  for (const [index, dimension] of (dimensions as readonly unknown[]).entries()) {
    const path = ['Dimensions', index];
    const field = nameOf(path);
    if (!isObject(dimension)) {
      yield refusal(path, field, dimension, 'is no dimension', `Give ${field} a Name and a Value.`);
      continue;
    }
    yield* inValue(oneOf(dimensionNames), [...path, 'Name'], dimension.Name);
    yield* inValue(text, [...path, 'Value'], dimension.Value);
    if (names.includes(dimension.Name))
      yield refusal([...path, 'Name'], `${field}.Name`, dimension.Name, 'is there twice', 'Remove one of them.');
    names.push(dimension.Name);
  }
  if (!names.includes('EndpointName')) {
    yield {
      path: ['Dimensions'],
      message: 'Dimensions has no EndpointName.',
      advice: 'Add {Name: EndpointName, Value: the name of the endpoint}.',
    };
  }
}

function* betweenMembers(alarm: MetricAlarm): Found {
  const { Statistic, ExtendedStatistic, MetricName, Period, EvaluationPeriods, DatapointsToAlarm = 1 } = alarm;
  if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
    const message = `The alarm ${alarm.AlarmName} has ${Statistic === undefined ? 'neither Statistic nor' : 'both Statistic and'} ExtendedStatistic.`;
    yield { path: [], message, advice: 'Give it one of the two.' };
  }
  if (ExtendedStatistic !== undefined && !MetricName.endsWith('Latency')) {
    const wrong = `is a percentile, and ${MetricName} counts`;
    yield refusal(
      ['ExtendedStatistic'],
      'ExtendedStatistic',
      ExtendedStatistic,
      wrong,
      'Use Statistic: Sum, or Average for the share of requests.',
    );
  }
  if (DatapointsToAlarm > EvaluationPeriods) {
    const wrong = `is more than EvaluationPeriods, ${EvaluationPeriods}`;
    yield refusal(
      ['DatapointsToAlarm'],
      'DatapointsToAlarm',
      DatapointsToAlarm,
      wrong,
      `Set DatapointsToAlarm to at most ${EvaluationPeriods}.`,
    );
  }
  const kept = Period < 60 ? keptBySecond : keptByMinute;
  if (Period * EvaluationPeriods > kept) {
    const wrong = `periods of ${Period} s are longer than metrics are kept here ${Period < 60 ? 'by the second, a minute' : 'by the minute, three hours'}`;
    const most = Math.floor(kept / Period);
    const remedy =
      most < 1 ? `Set Period to at most ${kept}.` : `Set EvaluationPeriods to at most ${most}${Period < 60 ? ', or Period to 60' : ''}.`;
    yield refusal(['EvaluationPeriods'], 'EvaluationPeriods', EvaluationPeriods, wrong, remedy);
  }
}

function* inValue(check: Check, path: Path, value: unknown): Found {
  const field = nameOf(path);
  if (value === undefined) return yield missing(path.slice(0, -1), String(path.at(-1)));
  const [wrong, remedy] = check(value, field) ?? [];
  if (wrong !== undefined) yield refusal(path, field, value, wrong, remedy ?? '');
}

const refusal = (path: Path, field: string, value: unknown, wrong: string, remedy: string): AlarmRefusal => ({
  path,
  message: `${field}: ${advice.shown(value)} ${wrong}.`,
  advice: remedy,
});

const missing = (path: Path, member: string): AlarmRefusal => {
  const field = nameOf([...path, member]);
  return { path, message: `${field} is missing.`, advice: advice.missing(field) };
};

/** `Dimensions[0].Name` */
const nameOf = (path: Path): string =>
  path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}${name && '.'}${part}`), '');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Check = (value, field) =>
  typeof value === 'string' && value.length >= 1 && value.length <= 255
    ? undefined
    : ['is no text of 1 to 255 characters', `Make ${field} such a text.`];

const oneOf =
  (values: readonly string[]): Check =>
  (value, field) =>
    values.includes(value as string) ? undefined : ['is not taken here', advice.notInEnum(field, String(value), values)];

const whole: Check = (value, field) =>
  Number.isSafeInteger(value) && (value as number) >= 1
    ? undefined
    : ['is no whole number from 1 on', `Make ${field} a whole number from 1 on.`];

const period: Check = (value) =>
  value === 10 || value === 20 || value === 30 || (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) % 60 === 0)
    ? undefined
    : ['is no period', 'Set Period to 10, 20, 30, or a multiple of 60.'];

const finite: Check = (value) => (Number.isFinite(value) ? undefined : ['is no number', 'Make Threshold a number, without quotes.']);

const percentile: Check = (value) =>
  typeof value === 'string' && /^p(100|\d{1,2}(\.\d{1,10})?)$/.test(value)
    ? undefined
    : ['is no percentile', 'Set ExtendedStatistic to one between p0 and p100, such as p99.'];

const list: Check = (value) => (Array.isArray(value) ? undefined : ['is no list', 'Make Dimensions a list of {Name, Value}.']);

const dimensionNames = ['EndpointName', 'VariantName'] as const;

const checks: Readonly<Record<string, Check>> = {
  AlarmName: text,
  Namespace: oneOf(['AWS/SageMaker']),
  MetricName: oneOf(metricNames),
  Dimensions: list,
  Statistic: oneOf(statistics),
  ExtendedStatistic: percentile,
  Period: period,
  EvaluationPeriods: whole,
  DatapointsToAlarm: whole,
  Threshold: finite,
  ComparisonOperator: oneOf(comparisons),
  TreatMissingData: oneOf(treatments),
};

const required = ['AlarmName', 'MetricName', 'Dimensions', 'Period', 'EvaluationPeriods', 'Threshold', 'ComparisonOperator'];

const withoutEffect: readonly string[] = [
  ...['AlarmDescription', 'ActionsEnabled', 'OKActions', 'AlarmActions', 'InsufficientDataActions'],
  ...['Unit', 'EvaluateLowSampleCountPercentile', 'Tags'],
];

const maths: readonly string[] = ['Metrics', 'ThresholdMetricId', 'EvaluationCriteria', 'EvaluationInterval'];
