import { createHash } from 'node:crypto';
import { boolean, string } from '../../contract/members.ts';
import { text } from '../../contract/rules.ts';
import { fail } from '../../errors.ts';
import { compareEvents, mergedEvents, type StreamEvent } from '../../store/log-merge.ts';
import { findStream, type LogStreamSummary, listStreams } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { filterOf } from './filter-pattern.ts';
import { check, groupIdentifier, groupName, groupOf, pageOf, refused, streamName, streamNames, time, token } from './members.ts';
import type { LogsContext } from './options.ts';
import { placeOf, tokenOf } from './page.ts';

interface Request {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

const members = {
  logGroupName: groupName,
  logGroupIdentifier: groupIdentifier,
  logStreamNames: streamNames,
  logStreamNamePrefix: streamName,
  startTime: time,
  endTime: time,
  filterPattern: string(text(0, 1024)),
  nextToken: token,
  limit: pageOf(10_000),
  interleaved: boolean,
  unmask: boolean,
};

/** Bytes of messages in an answer. */
const mostBytes = 1024 * 1024;

/** Events looked at for one answer; then it may come with a token and without events, as the service's own do. */
const mostLookedAt = 200_000;

/** Events of all streams of a group, or of some, in the order of their times. Source: API Reference, FilterLogEvents; contract s3-and-logs §6. */
export async function filterLogEvents(request: Request, caller: Caller, { logs }: LogsContext, signal: AbortSignal): Promise<object> {
  check(members, request);
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, filterPattern = '', nextToken, limit = 10_000 } = request;
  const isWanted = filterOf(filterPattern);
  const group = groupOf(request);
  const streams = await streamsOf(request, logs(caller), group);
  const after = nextToken === undefined ? undefined : placeIn(nextToken);
  const events: StreamEvent[] = [];
  let [bytes, looked] = [0, 0];
  let last: StreamEvent | undefined;
  for await (const event of mergedEvents(streams, Math.max(startTime, after?.time ?? 0), endTime)) {
    if (after && compareEvents(event, after) <= 0) continue;
    const isNext = isWanted(event.message);
    bytes += isNext ? Buffer.byteLength(event.message) : 0;
    const isFull = events.length >= limit || looked >= mostLookedAt || (bytes > mostBytes && events.length > 0) || signal.aborted;
    if (isFull && last) return { ...answer(events, group), nextToken: tokenOf([last.time, last.stream, last.position]) };
    if (isNext) events.push(event);
    looked += 1;
    last = event;
  }
  return answer(events, group);
}

async function streamsOf(request: Request, directory: string, group: string): Promise<readonly LogStreamSummary[]> {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = request;
  if (names !== undefined && prefix !== undefined)
    throw refused('logStreamNames and logStreamNamePrefix cannot both be specified.', 'Leave out one of them.');
  if (names === undefined) {
    const all = await listStreams(directory, group, prefix);
    if (!all) throw fail('LogsNotFound', { what: 'group' });
    return all;
  }
  if (!(await listStreams(directory, group, names[0]))) throw fail('LogsNotFound', { what: 'group' });
  const found = await Promise.all([...new Set(names)].map((name) => findStream(directory, group, name)));
  return found.map((stream) => {
    if (!stream) throw fail('LogsNotFound', { what: 'stream' });
    return stream;
  });
}

function placeIn(nextToken: string): { readonly time: number; readonly stream: string; readonly position: number } {
  const [at, stream, position] = placeOf<[number, string, number]>(nextToken, ['number', 'string', 'number']);
  return { time: at, stream, position };
}

/** `searchedLogStreams` has been empty since 2020. */
const answer = (events: readonly StreamEvent[], group: string): object => ({
  events: events.map((event) => ({
    logStreamName: event.stream,
    timestamp: event.time,
    message: event.message,
    ingestionTime: event.time,
    eventId: idOf(event, group),
  })),
  searchedLogStreams: [],
});

/** Digits, as the service's own; the same for the same event, always. */
function idOf({ stream, position, time: at }: StreamEvent, group: string): string {
  const hash = createHash('sha256').update(`${group}:${stream}:${position}:${at}`).digest('hex');
  return BigInt(`0x${hash}`).toString().padStart(78, '0').slice(-56);
}
