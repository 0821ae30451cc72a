import type { CredentialsChoice } from '../credentials/kept.ts';
import { fail } from '../errors.ts';

export interface CredentialsFlags {
  readonly credentials?: string | undefined;
  readonly 'assume-role'?: string | undefined;
  readonly profile?: string | undefined;
}

/** What containers shall find. Errors: WrongUsage. */
export function credentialsChoice({ credentials: source, 'assume-role': arn, profile }: CredentialsFlags): CredentialsChoice {
  if (source !== undefined && source !== 'network' && source !== 'environment' && source !== 'none') {
    throw wrong(`--credentials ${source}: there is no such place.`, 'Use network, environment or none, or leave it out.');
  }
  if (arn === undefined && profile !== undefined) {
    throw wrong(`--profile ${profile} says who assumes a role, and no role is named.`, 'Name it with --assume-role ARN.');
  }
  if (arn !== undefined && !/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/.test(arn)) {
    throw wrong(`--assume-role ${arn}: that is not the ARN of a role.`, 'Write it as arn:aws:iam::123456789012:role/name.');
  }
  if (arn !== undefined && source === 'none') {
    throw wrong('--credentials none and --assume-role contradict each other.', 'Give one of them.');
  }
  const role = arn !== undefined && { role: { arn, ...(profile !== undefined && { profile }) } };
  return { ...(source !== undefined && { source }), ...role };
}

const wrong = (message: string, remedy: string): Error => fail('WrongUsage', { message, remedy });
