import { boolean, required } from '../../contract/members.ts';
import { fail } from '../../errors.ts';
import { type EventQuery, readEvents } from '../../store/log-events.ts';
import { findStream, groupSummary } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { check, groupIdentifier, groupName, groupOf, pageOf, streamName, time, token } from './members.ts';
import type { LogsContext } from './options.ts';
import { invalidToken } from './page.ts';

interface Request {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamName: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

const members = {
  logGroupName: groupName,
  logGroupIdentifier: groupIdentifier,
  logStreamName: required(streamName),
  startTime: time,
  endTime: time,
  nextToken: token,
  limit: pageOf(10_000),
  startFromHead: boolean,
  unmask: boolean,
};

/** Bytes of messages in an answer. */
const mostBytes = 1024 * 1024;

/**
 * Events of one stream, startTime included, endTime not; the newest without startFromHead and without a token. Both tokens come with every
 * answer; at the end of the stream the forward one is that of the request, and later gives what has come since. Source: API Reference,
 * GetLogEvents; contract s3-and-logs §6.
 */
export async function getLogEvents(request: Request, caller: Caller, { logs }: LogsContext): Promise<object> {
  check(members, request);
  const { startTime: since, endTime: until, nextToken, limit = 10_000, startFromHead = false, logStreamName } = request;
  const group = groupOf(request);
  const from: Pick<EventQuery, 'direction' | 'from'> =
    nextToken === undefined ? { direction: startFromHead ? 'forward' : 'backward' } : queryOf(nextToken);
  const directory = logs(caller);
  const stream = await findStream(directory, group, logStreamName);
  if (!stream) throw fail('LogsNotFound', { what: groupSummary(directory, group) ? 'stream' : 'group' });
  const range = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const { events, start, end } = await readEvents(stream.path, { ...from, ...range, limit, bytes: mostBytes });
  return {
    events: events.map((event) => ({ timestamp: event.time, message: event.message, ingestionTime: event.time })),
    nextForwardToken: `f/${end}/s`,
    nextBackwardToken: `b/${start}/s`,
  };
}

function queryOf(nextToken: string): Pick<EventQuery, 'direction' | 'from'> {
  const [, letter, position] = /^([fb])\/(\d{1,15})\/s$/.exec(nextToken) ?? [];
  if (letter === undefined) throw invalidToken();
  return { direction: letter === 'f' ? 'forward' : 'backward', from: Number(position) };
}
