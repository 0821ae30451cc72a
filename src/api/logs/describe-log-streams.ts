import { boolean, string } from '../../contract/members.ts';
import { fail } from '../../errors.ts';
import { type LogStreamSummary, listStreams } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { check, groupArn, groupIdentifier, groupName, groupOf, pageOf, refused, streamName, token } from './members.ts';
import type { LogsContext } from './options.ts';
import { placeOf, tokenOf } from './page.ts';

interface Request {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: 'LogStreamName' | 'LastEventTime';
  readonly descending?: boolean;
  readonly limit?: number;
  readonly nextToken?: string;
}

const members = {
  logGroupName: groupName,
  logGroupIdentifier: groupIdentifier,
  logStreamNamePrefix: streamName,
  orderBy: string(undefined, ['LogStreamName', 'LastEventTime']),
  descending: boolean,
  nextToken: token,
  limit: pageOf(50),
};

/**
 * Streams of a group. There is a nextToken only where more follow: the SageMaker Python SDK asks for a job's streams again and again, without the
 * token, as long as there is one. Source: API Reference, DescribeLogStreams; contract s3-and-logs §6.
 */
export async function describeLogStreams(request: Request, caller: Caller, { logs }: LogsContext): Promise<object> {
  check(members, request);
  const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false, limit = 50, nextToken } = request;
  if (orderBy === 'LastEventTime' && prefix !== undefined)
    throw refused('Cannot order by LastEventTime with a logStreamNamePrefix.', 'Leave out one of them.');
  const group = groupOf(request);
  const streams = await listStreams(logs(caller), group, prefix);
  if (!streams) throw fail('LogsNotFound', { what: 'group' });
  const keyOf = ({ lastEvent = 0 }: LogStreamSummary): number => (orderBy === 'LastEventTime' ? lastEvent : 0);
  const compare = (one: Sorted, other: Sorted): number =>
    (descending ? -1 : 1) * (one.key - other.key || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  const after = nextToken === undefined ? undefined : sortedIn(nextToken);
  const rest = streams
    .map((stream) => ({ stream, name: stream.name, key: keyOf(stream) }))
    .filter((each) => after === undefined || compare(each, after) > 0)
    .sort(compare);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    logStreams: page.map(({ stream }) => describe(stream, group, caller)),
    ...(last && rest.length > page.length && { nextToken: tokenOf([last.key, last.name]) }),
  };
}

interface Sorted {
  readonly key: number;
  readonly name: string;
}

function sortedIn(nextToken: string): Sorted {
  const [key, name] = placeOf<[number, string]>(nextToken, ['number', 'string']);
  return { key, name };
}

/** Lines are there for readers when they are written, so that the last one's time is that of its coming too. */
const describe = ({ name, created, firstEvent, lastEvent }: LogStreamSummary, group: string, caller: Caller): object => ({
  logStreamName: name,
  creationTime: created,
  ...(firstEvent !== undefined && { firstEventTimestamp: firstEvent, lastEventTimestamp: lastEvent, lastIngestionTime: lastEvent }),
  arn: `${groupArn(caller, group)}:log-stream:${name}`,
  storedBytes: 0, // so since 2019, whatever there is
});
