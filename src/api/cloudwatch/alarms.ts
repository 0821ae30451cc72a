import type { AlarmState } from '../../contract/alarm-state.ts';
import { integer, listOf, required, string } from '../../contract/members.ts';
import { dimensionOf, type MetricAlarm, metricAlarmWarnings } from '../../contract/metric-alarm.ts';
import type { Account } from '../../contract/names.ts';
import { text, whole } from '../../contract/rules.ts';
import { fail, isError } from '../../errors.ts';
import type { AlarmDescription } from '../../hosting/metric-alarms.ts';
import type { Caller } from '../service.ts';
import { alarmName, check, clash, pageOf, states, token } from './members.ts';
import type { CloudWatchContext } from './options.ts';

/** An alarm on a metric of an endpoint, which deployments may name. Source: API Reference, PutMetricAlarm. Errors: QueryInvalid. */
export async function putMetricAlarm(
  request: MetricAlarm,
  caller: Caller,
  { alarms, keepAlarm, onWarning }: CloudWatchContext,
): Promise<undefined> {
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)) as unknown as MetricAlarm;
  try {
    alarms(caller).put(given);
  } catch (error) {
    if (isError(error, 'InvalidRequest')) throw fail('QueryInvalid', { message: error.message, remedy: error.remedy }, error);
    throw error;
  }
  for (const message of metricAlarmWarnings(given, [dimensionOf(given, 'EndpointName') ?? ''])) onWarning(message); // which need not be there yet
  await keepAlarm(caller, given.AlarmName, given);
}

interface DescribeRequest {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly StateValue?: AlarmState;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

/** Source: API Reference, DescribeAlarms. */
export async function describeAlarms(request: DescribeRequest, caller: Caller, { alarms }: CloudWatchContext): Promise<object> {
  check(
    {
      AlarmNames: listOf(alarmName, text(0, 100)),
      AlarmNamePrefix: alarmName,
      StateValue: string(undefined, states),
      MaxRecords: integer(whole(1, 100)),
      NextToken: token,
    },
    request,
  );
  const { AlarmNames: names = [], AlarmNamePrefix: prefix, StateValue, MaxRecords = 50, NextToken } = request;
  if (names.length > 0 && prefix !== undefined)
    throw clash('AlarmNamePrefix and AlarmNames cannot both be specified.', 'Leave out one of them.');
  const found = alarms(caller)
    .all.filter(({ definition: { AlarmName: name } }) => (names.length > 0 ? names.includes(name) : name.startsWith(prefix ?? '')))
    .filter(({ judgement }) => StateValue === undefined || judgement.state === StateValue)
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const { items, ...next } = pageOf(found, nameOf, { most: MaxRecords, NextToken });
  return { CompositeAlarms: [], MetricAlarms: items.map((alarm) => describe(alarm, caller)), ...next };
}

const nameOf = ({ definition }: AlarmDescription): string => definition.AlarmName;

/** All of them, or none when one is not there. Source: API Reference, DeleteAlarms. Errors: AlarmNotFound. */
export async function deleteAlarms(
  request: { readonly AlarmNames: readonly string[] },
  caller: Caller,
  { alarms, keepAlarm }: CloudWatchContext,
): Promise<undefined> {
  check({ AlarmNames: required(listOf(alarmName, text(0, 100))) }, request);
  const { AlarmNames: names } = request;
  const missing = names.filter((name) => !alarms(caller).has(name));
  if (missing.length > 0) throw fail('AlarmNotFound', { name: missing.join(', ') });
  for (const name of names) {
    alarms(caller).remove(name);
    await keepAlarm(caller, name, undefined);
  }
}

/** Until the next evaluation that has data. Source: API Reference, SetAlarmState. Errors: AlarmNotFound. */
export async function setAlarmState(
  request: { readonly AlarmName: string; readonly StateValue: AlarmState; readonly StateReason: string },
  caller: Caller,
  { alarms }: CloudWatchContext,
): Promise<undefined> {
  check(
    {
      AlarmName: required(alarmName),
      StateValue: required(string(undefined, states)),
      StateReason: required(string(text(0, 1023))),
      StateReasonData: string(text(0, 4000)),
    },
    request,
  );
  const { AlarmName: name, StateValue, StateReason } = request;
  if (!alarms(caller).has(name)) throw fail('AlarmNotFound', { name });
  alarms(caller).set(name, StateValue, StateReason);
}

function describe({ definition, judgement, defined, changed }: AlarmDescription, { region, account }: Account): object {
  return {
    Namespace: 'AWS/SageMaker',
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    ...definition,
    AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${definition.AlarmName}`,
    AlarmConfigurationUpdatedTimestamp: new Date(defined),
    StateValue: judgement.state,
    StateReason: judgement.reason,
    StateUpdatedTimestamp: new Date(changed),
  };
}
