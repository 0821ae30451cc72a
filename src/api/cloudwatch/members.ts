import { listOf, type Members, required, string, structure } from '../../contract/members.ts';
import type { Dimension } from '../../contract/metric-data.ts';
import { pattern, text } from '../../contract/rules.ts';
import { fail } from '../../errors.ts';
import { checkMembers } from '../check-members.ts';

/** What members of several operations must satisfy. Source: API Reference of CloudWatch. */
export const namespace = string(text(1, 255, pattern('[^:].*', 'not begin with a colon')));
export const metricName = string(text(1, 255));
export const dimensions = listOf(structure({ Name: required(string(text(1, 255))), Value: required(string(text(1, 1024))) }), text(0, 30));
export const alarmName = string(text(1, 255));
export const token = string(text(0, Number.POSITIVE_INFINITY));
export const states: readonly string[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** Errors: NotSerializable, QueryInvalid. */
export const check = (members: Members, request: object): void => checkMembers(members, request, 'QueryInvalid');

export const wrongValue = (message: string, remedy: string) => fail('MetricParameterInvalid', { message, remedy });
export const clash = (message: string, remedy: string) => fail('MetricParametersClash', { message, remedy });

export interface InTime {
  /** Seconds since 1970. */
  readonly StartTime: number;
  readonly EndTime: number;
}

/** The time that is asked about in whole periods, in milliseconds since 1970. `Period` in seconds. Errors: MetricParameterInvalid. */
export function periodsOf(
  { StartTime, EndTime }: InTime,
  Period: number,
): { readonly from: number; readonly to: number; readonly period: number } {
  if (StartTime >= EndTime)
    throw wrongValue('The parameter StartTime must be less than the parameter EndTime.', 'Exchange them, or move one.');
  if (![1, 5, 10, 20, 30].includes(Period) && (Period % 60 !== 0 || Period === 0))
    throw wrongValue(`The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60; it is ${Period}.`, 'Choose another period.');
  const period = Period * 1000;
  return { from: Math.floor((StartTime * 1000) / period) * period, to: Math.ceil(EndTime * 1000), period };
}

/** A page of things in an order that stays, after the one with the key in the token. Errors: MetricParameterInvalid. */
export function pageOf<T>(
  sorted: readonly T[],
  keyOf: (item: T) => string,
  { most, NextToken }: { readonly most: number; readonly NextToken: string | undefined },
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const after = NextToken === undefined || NextToken === '' ? undefined : Buffer.from(NextToken, 'base64url').toString();
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, most);
  const last = items.at(-1);
  return last !== undefined && rest.length > items.length
    ? { items, NextToken: Buffer.from(keyOf(last)).toString('base64url') }
    : { items };
}

export type Dimensions = readonly Dimension[];
