import assert from 'node:assert/strict';
import { type AlarmRule, judgeAlarm } from '../../src/contract/alarm-state.ts';

const before = { state: 'OK', reason: 'before' } as const;
const rule = (changes: Partial<AlarmRule> = {}): AlarmRule => ({
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  EvaluationPeriods: 3,
  ...changes,
});
/** `0 - X`: not breaching, missing, breaching; the oldest first. */
const points = (text: string) => text.split(' ').map((each) => (each === '-' ? undefined : each === 'X' ? 1 : 0));
const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const judged = (text: string, changes: Partial<AlarmRule>) =>
  treatments.map((TreatMissingData) => {
    const { state, reason } = judgeAlarm(points(text), rule({ ...changes, TreatMissingData }), before);
    return reason === 'before' ? 'retained' : state;
  });

describe('the state of an alarm', () => {
  // The tables of CloudWatch's user guide, "How alarm state is evaluated when data is missing": missing, ignore, breaching, notBreaching.
  for (const [text, ...expected] of [
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'retained', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'retained', 'ALARM', 'OK'],
    // Text of the guide: "avoiding premature transitions".
    ['- - - - X', 'retained', 'retained', 'ALARM', 'OK'],
    ['- - - X -', 'retained', 'retained', 'ALARM', 'OK'],
  ] as const) {
    it(`of 3 out of 3 follows the guide for ${text}`, () => assert.deepEqual(judged(text, {}), expected));
  }
  for (const [text, ...expected] of [
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'retained', 'ALARM', 'OK'],
  ] as const) {
    it(`of 2 out of 3 follows the guide for ${text}`, () => assert.deepEqual(judged(text, { DatapointsToAlarm: 2 }), expected));
  }

  it('compares as the operator says', () => {
    const state = (ComparisonOperator: AlarmRule['ComparisonOperator'], value: number) =>
      judgeAlarm([value], rule({ ComparisonOperator, Threshold: 5, EvaluationPeriods: 1 }), before).state;
    for (const [operator, ...breaching] of [
      ['GreaterThanOrEqualToThreshold', false, true, true],
      ['GreaterThanThreshold', false, false, true],
      ['LessThanThreshold', true, false, false],
      ['LessThanOrEqualToThreshold', true, true, false],
    ] as const) {
      assert.deepEqual(
        [4, 5, 6].map((value) => state(operator, value) === 'ALARM'),
        breaching,
        operator,
      );
    }
  });

  it('has a reason with the data points', () => {
    const of = (values: readonly (number | undefined)[], changes: Partial<AlarmRule> = {}) =>
      judgeAlarm(values, rule(changes), before).reason;
    assert.equal(
      of([0, 2, 3], { DatapointsToAlarm: 2 }),
      'Threshold Crossed: 2 of the last 3 datapoints [0, 2, 3] was greater than or equal to the threshold (1).',
    );
    assert.match(of([0, 2, 3]), /^Threshold not crossed: 1 of the last 3 datapoints \[0, 2, 3\] was not greater/);
    assert.equal(of([undefined]), 'Insufficient Data: no datapoints were received for 3 periods.');
  });
});
