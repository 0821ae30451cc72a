import { integer, listOf, required, string } from '../../contract/members.ts';
import { text } from '../../contract/rules.ts';
import { fail } from '../../errors.ts';
import { isGroupOfSageMaker, keepGroup, madeGroup, makeGroup, removeGroup } from '../../store/log-groups.ts';
import { groupSummary } from '../../store/log-streams.ts';
import type { Caller } from '../service.ts';
import { check, groupName, refused } from './members.ts';
import type { LogsContext } from './options.ts';

interface Named {
  readonly logGroupName: string;
}

/** CreateLogGroup, and what is kept of a group. Its retention and its tags are told again; nothing is removed for its age. Errors: LogsExist. */
export async function createLogGroup(
  request: Named & { readonly tags?: Readonly<Record<string, string>> },
  caller: Caller,
  { logs, now }: LogsContext,
): Promise<undefined> {
  check({ logGroupName: required(groupName), kmsKeyId: string(text(0, 256)), tags: { type: 'map' } }, request);
  const { logGroupName: name, tags } = request;
  await makeGroup(logs(caller), { name, created: now(), ...(tags && { tags }) });
}

/** Errors: LogsNotFound; LogsKept for a group in which jobs or an endpoint have logs. */
export async function deleteLogGroup(request: Named, caller: Caller, { logs }: LogsContext): Promise<undefined> {
  check({ logGroupName: required(groupName) }, request);
  const { logGroupName: name } = request;
  findGroup(logs(caller), name);
  if (isGroupOfSageMaker(logs(caller), name)) throw fail('LogsKept', { what: `The log group ${name}` });
  await removeGroup(logs(caller), name);
}

/** Errors: LogsNotFound. */
export async function putRetentionPolicy(
  request: Named & { readonly retentionInDays: number },
  caller: Caller,
  { logs }: LogsContext,
): Promise<undefined> {
  check({ logGroupName: required(groupName), retentionInDays: required(integer()) }, request);
  const { logGroupName: name, retentionInDays } = request;
  if (!retentions.includes(retentionInDays))
    throw refused(`Invalid retention value. Valid values are: [${retentions.join(', ')}]`, 'Choose one of these numbers of days.');
  const group = findGroup(logs(caller), name);
  await keepGroup(logs(caller), { ...group, retentionInDays });
}

/** Errors: LogsNotFound. */
export async function deleteRetentionPolicy(request: Named, caller: Caller, { logs }: LogsContext): Promise<undefined> {
  check({ logGroupName: required(groupName) }, request);
  const { retentionInDays: _gone, ...group } = findGroup(logs(caller), request.logGroupName);
  await keepGroup(logs(caller), group);
}

/** Errors: LogsNotFound. */
export async function listTagsLogGroup(request: Named, caller: Caller, { logs }: LogsContext): Promise<object> {
  check({ logGroupName: required(groupName) }, request);
  return { tags: findGroup(logs(caller), request.logGroupName).tags ?? {} };
}

/** Errors: LogsNotFound. */
export async function tagLogGroup(
  request: Named & { readonly tags: Readonly<Record<string, string>> },
  caller: Caller,
  { logs }: LogsContext,
): Promise<undefined> {
  check({ logGroupName: required(groupName), tags: { type: 'map', isRequired: true } }, request);
  const group = findGroup(logs(caller), request.logGroupName);
  await keepGroup(logs(caller), { ...group, tags: { ...group.tags, ...request.tags } });
}

/** Errors: LogsNotFound. */
export async function untagLogGroup(
  request: Named & { readonly tags: readonly string[] },
  caller: Caller,
  { logs }: LogsContext,
): Promise<undefined> {
  check({ logGroupName: required(groupName), tags: required(listOf(string())) }, request);
  const group = findGroup(logs(caller), request.logGroupName);
  const tags = Object.fromEntries(Object.entries(group.tags ?? {}).filter(([key]) => !request.tags.includes(key)));
  await keepGroup(logs(caller), { ...group, tags });
}

/** What is kept of a group, of SageMaker's too. */
function findGroup(logs: string, name: string) {
  const summary = groupSummary(logs, name);
  if (!summary) throw fail('LogsNotFound', { what: 'group' });
  return madeGroup(logs, name) ?? { name, created: summary.created };
}

/** Days. Source: API Reference, PutRetentionPolicy. */
const retentions: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
