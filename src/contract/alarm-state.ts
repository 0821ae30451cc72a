import type { MetricAlarm } from './metric-alarm.ts';

/** As CloudWatch calls them. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** What the data points of one evaluation make of an alarm. */
export interface Judgement {
  readonly state: AlarmState;
  readonly reason: string;
}

/** What decides of an alarm besides its data. */
export type AlarmRule = Pick<
  MetricAlarm,
  'Threshold' | 'ComparisonOperator' | 'EvaluationPeriods' | 'DatapointsToAlarm' | 'TreatMissingData'
>;

/**
 * The state that data points give an alarm. `points`: of the evaluation range, which is longer than EvaluationPeriods, the oldest first;
 * undefined where there are no data. `before`: what the alarm was, which it stays where the rules say so. Source: CloudWatch user guide,
 * "Configuring how CloudWatch alarms treat missing data". Inferred: an alarm that waits for its breaching points to become old enough stays
 * what it was.
 */
export function judgeAlarm(points: readonly (number | undefined)[], rule: AlarmRule, before: Judgement): Judgement {
  const { EvaluationPeriods: periods, DatapointsToAlarm: enough = periods, TreatMissingData: treatment = 'missing' } = rule;
  const present = points.filter((point) => point !== undefined).slice(-periods);
  const breaching = present.filter((point) => isBreaching(point, rule)).length;
  const missing = periods - present.length;
  if (present.length === 0) return ofNothing(treatment, rule, before);
  const told = (state: AlarmState): Judgement => ({ state, reason: reasonOf(state, present, breaching, rule) });
  if (breaching + (treatment === 'breaching' ? missing : 0) >= enough) return told('ALARM');
  const isOpen = missing > 0 && breaching === present.length && (treatment === 'missing' || treatment === 'ignore');
  if (!isOpen) return told('OK');
  // All that is there breaches, and the rest may have: in periods to come the oldest point can only have been followed by such.
  const age = points.length - points.findIndex((point) => point !== undefined);
  return treatment === 'missing' && age >= enough ? told('ALARM') : before;
}

function ofNothing(treatment: NonNullable<AlarmRule['TreatMissingData']>, rule: AlarmRule, before: Judgement): Judgement {
  const unknown = `no datapoints were received for ${rule.EvaluationPeriods} periods`;
  switch (treatment) {
    case 'ignore':
      return before;
    case 'breaching':
      return { state: 'ALARM', reason: `Threshold Crossed: ${unknown}, which are treated as breaching.` };
    case 'notBreaching':
      return { state: 'OK', reason: `Threshold not crossed: ${unknown}, which are treated as not breaching.` };
    default:
      return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${unknown}.` };
  }
}

/** Much as CloudWatch words it. */
function reasonOf(state: AlarmState, present: readonly number[], breaching: number, { Threshold, ComparisonOperator }: AlarmRule): string {
  const [wasNot, count] = state === 'ALARM' ? ['was', breaching] : ['was not', present.length - breaching];
  return `Threshold ${state === 'ALARM' ? 'Crossed' : 'not crossed'}: ${count} of the last ${present.length} datapoints [${present.join(', ')}] ${wasNot} ${words[ComparisonOperator]} the threshold (${Threshold}).`;
}

function isBreaching(point: number, { Threshold, ComparisonOperator }: AlarmRule): boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return point >= Threshold;
    case 'GreaterThanThreshold':
      return point > Threshold;
    case 'LessThanThreshold':
      return point < Threshold;
    default:
      return point <= Threshold;
  }
}

const words: Readonly<Record<AlarmRule['ComparisonOperator'], string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};
