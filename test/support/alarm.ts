import type { MetricAlarm } from '../../src/contract/metric-alarm.ts';

/** An alarm on the first 5xx of a minute, but for what is said. */
export const alarm = (changes: object = {}): MetricAlarm => {
  const definition: MetricAlarm = {
    AlarmName: 'errors',
    MetricName: 'Invocation5XXErrors',
    Dimensions: [
      { Name: 'EndpointName', Value: 'demo' },
      { Name: 'VariantName', Value: 'AllTraffic' },
    ],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  };
  const entries = Object.entries({ ...definition, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as MetricAlarm;
};
