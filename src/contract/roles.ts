import { createHash } from 'node:crypto';

/** An IAM role as its ARN tells it. */
export interface RoleName {
  /** Twelve digits. */
  readonly account: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly name: string;
}

export const roleArn = ({ account, path, name }: RoleName): string => `arn:aws:iam::${account}:role${path}${name}`;

/** Undefined for what is no ARN of a role. */
export function roleOf(arn: string): RoleName | undefined {
  const [, account, path, name] = /^arn:[^:]*:iam::(\d{12}):role(\/(?:[\x21-\x7e]*\/)?)([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  return account !== undefined && path !== undefined && name !== undefined ? { account, path, name } : undefined;
}

/** `AROA` and letters and digits, always the same ones for a role. */
export function roleId(arn: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const hash = createHash('sha256').update(arn).digest().subarray(0, 17);
  return `AROA${Array.from(hash, (byte) => alphabet[byte % alphabet.length]).join('')}`;
}

/** Who somebody is who has assumed a role. The path of the role is no part of it. Source: IAM user guide, "IAM identifiers". */
export interface RoleSession {
  readonly role: RoleName;
  readonly session: string;
}

export const sessionArn = ({ role, session }: RoleSession): string => `arn:aws:sts::${role.account}:assumed-role/${role.name}/${session}`;
export const sessionId = ({ role, session }: RoleSession): string => `${roleId(roleArn(role))}:${session}`;
