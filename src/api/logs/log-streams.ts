import { required } from '../../contract/members.ts';
import { fail } from '../../errors.ts';
import { type MadeStream, madeStream, makeStream, removeStream } from '../../store/log-groups.ts';
import { findStream, groupSummary } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { check, groupName, refused, streamName } from './members.ts';
import type { LogsContext } from './options.ts';

export interface Named {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

const members = { logGroupName: required(groupName), logStreamName: required(streamName) };

/** Errors: LogsNotFound for its group, LogsExist. */
export async function createLogStream(request: Named, caller: Caller, { logs, now }: LogsContext): Promise<undefined> {
  check(members, request);
  const { logGroupName: group, logStreamName: name } = request;
  if (/\p{Cs}/u.test(name)) throw refused('logStreamName is no text.', 'Leave out halves of characters.');
  if (!groupSummary(logs(caller), group)) throw fail('LogsNotFound', { what: 'group' });
  if (await findStream(logs(caller), group, name)) throw fail('LogsExist', { what: 'stream' });
  await makeStream(logs(caller), group, { name, created: now() });
}

/** Errors: LogsNotFound; LogsKept for what a job or an endpoint has logged. */
export async function deleteLogStream(request: Named, caller: Caller, { logs }: LogsContext): Promise<undefined> {
  check(members, request);
  const stream = await streamOf(logs(caller), request);
  if (!stream) throw fail('LogsKept', { what: `The log stream ${request.logStreamName}` });
  await removeStream(stream);
}

/** Undefined for a stream that is a job's or an endpoint's. Errors: LogsNotFound. */
export async function streamOf(logs: string, { logGroupName: group, logStreamName: name }: Named): Promise<MadeStream | undefined> {
  const made = madeStream(logs, group, name);
  if (made || (await findStream(logs, group, name))) return made;
  throw fail('LogsNotFound', { what: groupSummary(logs, group) ? 'stream' : 'group' });
}
