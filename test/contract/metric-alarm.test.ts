import assert from 'node:assert/strict';
import { metricAlarmRefusals, metricAlarmWarnings } from '../../src/contract/metric-alarm.ts';
import { alarm } from '../support/alarm.ts';

const endpoint = { Name: 'EndpointName', Value: 'demo' };

describe('the definition of an alarm', () => {
  it("is CloudWatch's", () => {
    for (const changes of [
      {},
      { Namespace: 'AWS/SageMaker', AlarmDescription: 'd', AlarmActions: ['arn'], TreatMissingData: 'notBreaching' },
      { MetricName: 'ModelLatency', Statistic: undefined, ExtendedStatistic: 'p99.9', Threshold: 0.5, Period: 300, EvaluationPeriods: 36 },
      { Dimensions: [endpoint], Period: 10, EvaluationPeriods: 6, DatapointsToAlarm: 6 },
    ]) {
      assert.deepEqual(metricAlarmRefusals(alarm(changes)), []);
    }
  });

  for (const [changes, path, message, advice] of [
    [{ AlarmNam: 'x' }, ['AlarmNam'], /^AlarmNam is no member/, /AlarmName/],
    [{ AlarmName: undefined }, [], /^AlarmName is missing/, /Add AlarmName/],
    [{ AlarmName: 7 }, ['AlarmName'], /^AlarmName: 7 is no text/, /./],
    [{ Namespace: 'AWS/EC2' }, ['Namespace'], /^Namespace: "AWS\/EC2" is not taken/, /AWS\/SageMaker/],
    [{ MetricName: 'Invocation5xxErrors' }, ['MetricName'], /^MetricName: "Invocation5xxErrors" is not taken/, /"Invocation5XXErrors"/],
    [{ Metrics: [] }, ['Metrics'], /^Metrics: \[\] is not emulated/, /one metric/],
    [{ Dimensions: {} }, ['Dimensions'], /^Dimensions: \{\} is no list/, /./],
    [{ Dimensions: [] }, ['Dimensions'], /^Dimensions has no EndpointName/, /Add/],
    [{ Dimensions: [endpoint, endpoint] }, ['Dimensions', 1, 'Name'], /^Dimensions\[1\].Name: "EndpointName" is there twice/, /./],
    [{ Dimensions: [endpoint, 'x'] }, ['Dimensions', 1], /^Dimensions\[1\]: "x" is no dimension/, /./],
    [{ Dimensions: [endpoint, { Name: 'Variant', Value: 'v' }] }, ['Dimensions', 1, 'Name'], /"Variant" is not taken/, /VariantName/],
    [{ Dimensions: [{ Name: 'EndpointName' }] }, ['Dimensions', 0], /^Dimensions\[0\].Value is missing/, /Add/],
    [{ Statistic: undefined }, [], /neither Statistic nor/, /one of the two/],
    [{ MetricName: 'ModelLatency', ExtendedStatistic: 'p99' }, [], /both Statistic and/, /one of the two/],
    [{ Statistic: 'sum' }, ['Statistic'], /^Statistic: "sum"/, /"Sum"/],
    [{ Statistic: undefined, ExtendedStatistic: '99' }, ['ExtendedStatistic'], /"99" is no percentile/, /p99/],
    [{ Statistic: undefined, ExtendedStatistic: 'p99' }, ['ExtendedStatistic'], /Invocation5XXErrors counts/, /Sum/],
    [{ Period: 45 }, ['Period'], /^Period: 45 is no period/, /10, 20, 30/],
    [{ EvaluationPeriods: 0 }, ['EvaluationPeriods'], /^EvaluationPeriods: 0/, /./],
    [{ Period: 10, EvaluationPeriods: 7 }, ['EvaluationPeriods'], /^EvaluationPeriods: 7 periods of 10 s/, /at most 6, or Period to 60/],
    [{ Period: 3600, EvaluationPeriods: 4 }, ['EvaluationPeriods'], /three hours/, /at most 3\./],
    [{ Period: 86_400 }, ['EvaluationPeriods'], /three hours/, /Set Period to at most 10800/],
    [{ DatapointsToAlarm: 2 }, ['DatapointsToAlarm'], /^DatapointsToAlarm: 2 is more than EvaluationPeriods, 1/, /at most 1/],
    [{ Threshold: '1' }, ['Threshold'], /^Threshold: "1" is no number/, /without quotes/],
    [{ ComparisonOperator: '>' }, ['ComparisonOperator'], /^ComparisonOperator: ">"/, /GreaterThanThreshold/],
    [{ TreatMissingData: 'notbreaching' }, ['TreatMissingData'], /"notbreaching"/, /"notBreaching"/],
  ] as const) {
    it(`is refused with ${JSON.stringify(changes)}`, () => {
      const [refusal, ...others] = metricAlarmRefusals(alarm(changes));
      assert.deepEqual([refusal?.path, others], [path, []]);
      assert.match(refusal?.message ?? '', message);
      assert.match(refusal?.advice ?? '', advice);
    });
  }

  it('is a map', () => {
    for (const value of [null, [], 'x']) assert.match(metricAlarmRefusals(value)[0]?.message ?? '', /is no map of members/);
  });

  it('says what has no effect here, or another one than in the cloud', () => {
    assert.deepEqual(metricAlarmWarnings(alarm(), ['demo']), []);
    const told = metricAlarmWarnings(alarm({ AlarmActions: [], Dimensions: [endpoint] }), ['other']);
    assert.deepEqual(
      [/without effect here .*AlarmActions/, /demo, which is not there yet/, /names no VariantName/].map((words, index) =>
        words.test(told[index] ?? ''),
      ),
      [true, true, true],
    );
  });
});
