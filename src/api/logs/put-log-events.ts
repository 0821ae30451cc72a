import { integer, listOf, required, string, structure } from '../../contract/members.ts';
import { text, whole } from '../../contract/rules.ts';
import { putEvents } from '../../store/log-put.ts';
import type { Caller } from '../service.ts';
import { type Named, streamOf } from './log-streams.ts';
import { check, groupName, refused, streamName } from './members.ts';
import type { LogsContext } from './options.ts';

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

const members = {
  logGroupName: required(groupName),
  logStreamName: required(streamName),
  logEvents: required(
    listOf(
      structure({ timestamp: required(integer(whole(0))), message: required(string(text(1, Number.POSITIVE_INFINITY))) }),
      text(1, 10_000),
    ),
  ),
  sequenceToken: string(text(1, Number.POSITIVE_INFINITY)),
};

/** Bytes: of a batch, and what each event counts beside its message. Milliseconds: how long a batch may last, how new and how old an event may be. */
const mostBytes = 1_048_576;
const overhead = 26;
const day = 24 * 60 * 60 * 1000;
const tooNew = 2 * 60 * 60 * 1000;
const tooOld = 14 * day;

/**
 * Adds events to a stream that people write. Those that are too old or too new are left out, and the answer says so; sequence tokens mean nothing
 * any more. Source: API Reference, PutLogEvents. Errors: LogsNotFound, InvalidParameter.
 */
export async function putLogEvents(
  request: Named & { readonly logEvents: readonly Event[] },
  caller: Caller,
  { logs, now }: LogsContext,
): Promise<object> {
  check(members, request);
  const { logEvents: events } = request;
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, index) => time < (times[index - 1] ?? 0)))
    throw refused('Log events in a single PutLogEvents request must be in chronological order.', 'Sort them by timestamp.');
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > day)
    throw refused('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.', 'Make several requests.');
  const size = events.reduce((bytes, { message }) => bytes + Buffer.byteLength(message) + overhead, 0);
  if (size > mostBytes) throw refused(`Upload too large: ${size} bytes exceeds limit of ${mostBytes}`, 'Make several requests.');
  const stream = await streamOf(logs(caller), request);
  if (!stream)
    throw refused(
      `The log stream ${request.logStreamName} is written by its job or endpoint alone.`,
      'Create a log stream of your own in this group.',
    );
  const kept = events.filter(({ timestamp }) => timestamp > now() - tooOld && timestamp < now() + tooNew);
  await putEvents(
    stream.path,
    kept.map(({ timestamp: time, message }) => ({ time, message })),
  );
  const rejected = rejections(times, now());
  return { nextSequenceToken: sequenceToken, ...(rejected && { rejectedLogEventsInfo: rejected }) };
}

/** Clients of old want one, and hand it in again. */
const sequenceToken = '0'.repeat(56);

/** Events are sorted, so that the rejected ones are at its ends. */
function rejections(times: readonly number[], now: number): object | undefined {
  const old = times.filter((time) => time <= now - tooOld).length;
  const firstNew = times.findIndex((time) => time >= now + tooNew);
  if (old === 0 && firstNew < 0) return undefined;
  return { ...(firstNew >= 0 && { tooNewLogEventStartIndex: firstNew }), ...(old > 0 && { tooOldLogEventEndIndex: old }) };
}
