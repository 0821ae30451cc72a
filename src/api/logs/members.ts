import { integer, listOf, type Members, string } from '../../contract/members.ts';
import type { Account } from '../../contract/names.ts';
import { pattern, text, whole } from '../../contract/rules.ts';
import { fail } from '../../errors.ts';
import { checkMembers } from '../check-members.ts';

/** What members of several operations must satisfy. Source: API Reference of CloudWatch Logs. */
const groupText = pattern('[\\.\\-_/#A-Za-z0-9]+', 'hold only letters, digits and . - _ / #');
export const groupName = string(text(1, 512, groupText));
export const streamName = string(text(1, 512, pattern('[^:*]*', 'hold neither : nor *')));
export const groupIdentifier = string(text(1, 2048, pattern('[\\w#+=/:,.@-]*', 'be the name or the ARN of a log group')));
export const streamNames = listOf(streamName, text(1, 100));
export const token = string(text(1, Number.POSITIVE_INFINITY));
/** Milliseconds since 1970. */
export const time = integer(whole(0));
export const pageOf = (most: number) => integer(whole(1, most));

/** Errors: NotSerializable, InvalidParameter. */
export const check = (members: Members, request: object): void => checkMembers(members, request, 'InvalidParameter');

export const refused = (message: string, remedy: string) => fail('InvalidParameter', { message, remedy });

/** Which group a request is about. Errors: InvalidParameter when it says so in neither way, or in both. */
export function groupOf(request: { readonly logGroupName?: string; readonly logGroupIdentifier?: string }): string {
  const { logGroupName: name, logGroupIdentifier: identifier } = request;
  if ((name === undefined) === (identifier === undefined)) {
    const message =
      name === undefined
        ? 'Either logGroupName or logGroupIdentifier must be specified.'
        : 'logGroupName and logGroupIdentifier cannot both be specified.';
    throw refused(message, 'Name the group in one of the two ways.');
  }
  return name ?? groupInArn(identifier ?? '') ?? identifier ?? '';
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>`, and `:*` behind it in answers of old. */
const groupInArn = (arn: string): string | undefined => /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(:\*)?$/.exec(arn)?.[1];

export const groupArn = ({ region, account }: Account, group: string): string => `arn:aws:logs:${region}:${account}:log-group:${group}`;
