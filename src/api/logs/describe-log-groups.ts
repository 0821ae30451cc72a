import { boolean, string } from '../../contract/members.ts';
import { text } from '../../contract/rules.ts';
import { madeGroup } from '../../store/log-groups.ts';
import { groupSummary, listGroups } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { check, groupArn, groupName, pageOf, refused, token } from './members.ts';
import type { LogsContext } from './options.ts';
import { placeOf, tokenOf } from './page.ts';

interface Request {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

const members = {
  logGroupNamePrefix: groupName,
  logGroupNamePattern: string(text(0, 512)),
  limit: pageOf(50),
  nextToken: token,
  includeLinkedAccounts: boolean,
};

/** Groups by name. Source: API Reference, DescribeLogGroups. */
export async function describeLogGroups(request: Request, caller: Caller, { logs }: LogsContext): Promise<object> {
  check(members, request);
  const { logGroupNamePrefix: prefix, logGroupNamePattern: part, limit = 50, nextToken } = request;
  if (prefix !== undefined && part !== undefined)
    throw refused('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.', 'Leave out one of them.');
  const [after] = nextToken === undefined ? [''] : placeOf<[string]>(nextToken, ['string']);
  const directory = logs(caller);
  const wanted = listGroups(directory).filter((name) => name > after && name.startsWith(prefix ?? '') && name.includes(part ?? ''));
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  return {
    logGroups: page.flatMap((name) => describe(directory, name, caller) ?? []),
    ...(last !== undefined && wanted.length > page.length && { nextToken: tokenOf([last]) }),
  };
}

/** Undefined when it was removed meanwhile. */
function describe(directory: string, name: string, caller: Caller): object | undefined {
  const summary = groupSummary(directory, name);
  const { retentionInDays } = madeGroup(directory, name) ?? {};
  return (
    summary && {
      logGroupName: name,
      creationTime: summary.created,
      ...(retentionInDays !== undefined && { retentionInDays }),
      metricFilterCount: 0,
      arn: `${groupArn(caller, name)}:*`,
      storedBytes: summary.bytes,
      logGroupClass: 'STANDARD',
      logGroupArn: groupArn(caller, name),
    }
  );
}
