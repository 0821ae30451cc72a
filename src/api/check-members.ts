import { type Members, memberViolations } from '../contract/members.ts';
import { messageOf } from '../contract/validation.ts';
import { fail } from '../errors.ts';

/** Refuses what a service would refuse of its members, in its words. Errors: NotSerializable for wrong types, `refusal` for all else. */
export function checkMembers(members: Members, request: object, refusal: 'InvalidParameter' | 'QueryInvalid'): void {
  const found = memberViolations(members, request);
  const types = found.filter(({ kind }) => kind === 'type').slice(0, 1); // the first of them is all one sees in the cloud
  const told = types.length > 0 ? types : found;
  if (told.length === 0) return;
  const remedy = [...new Set(told.map(({ advice }) => advice))].join(' ');
  throw fail(types.length > 0 ? 'NotSerializable' : refusal, { message: messageOf(told), remedy });
}
