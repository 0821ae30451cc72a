import { randomBytes } from 'node:crypto';
import { accountOfKey, newAccessKeyId } from '../../contract/access-keys.ts';
import { integer, required, string } from '../../contract/members.ts';
import { type RoleSession, roleOf, sessionArn, sessionId } from '../../contract/roles.ts';
import { pattern, text, whole } from '../../contract/rules.ts';
import { fail } from '../../errors.ts';
import { checkMembers } from '../check-members.ts';
import type { JsonOperation } from '../json-service.ts';
import { queryService } from '../query-service.ts';
import type { Caller, Service } from '../service.ts';

export interface StsOptions {
  /** Whose the keys are that a container was given; undefined for others. */
  readonly sessionOf?: (accessKeyId: string) => Promise<RoleSession | undefined>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/**
 * AWS STS. Everybody is somebody who has assumed a role, as code on SageMaker is: the SDK's get_execution_role() takes no user. Keys of an assumed
 * role are of its account, also after a restart; the role itself is known as long as the process lives. Source: API Reference of STS;
 * contract s3-and-logs §7.
 */
export function stsService({ sessionOf, now = Date.now, onFailure }: StsOptions = {}): Service {
  const sessions = new Sessions();
  const identity = async ({ account, accessKeyId = '' }: Caller): Promise<RoleSession> =>
    sessions.get(accessKeyId) ??
    (await sessionOf?.(accessKeyId)) ?? { role: { account, path: '/', name: 'sm-local' }, session: 'sm-local' };

  return queryService({
    title: 'AWS STS',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    types: { DurationSeconds: 'number' },
    known: stsOperations,
    ...(onFailure && { onFailure }),
    operations: {
      GetCallerIdentity: async (_request: object, caller) => {
        const who = await identity(caller);
        return { Arn: sessionArn(who), UserId: sessionId(who), Account: who.role.account };
      },
      AssumeRole: async (request: AssumeRoleRequest) => {
        checkMembers(assumeRoleMembers, request, 'QueryInvalid');
        const { RoleArn, RoleSessionName: session, DurationSeconds = 3600 } = request;
        const role = roleOf(RoleArn);
        if (!role) throw fail('QueryInvalid', { message: `${RoleArn} is invalid`, remedy: 'Write arn:aws:iam::<account>:role/<name>.' });
        const credentials = newCredentials(role.account, now() + DurationSeconds * 1000);
        const who = { role, session };
        sessions.set(credentials.AccessKeyId, who);
        return { Credentials: credentials, AssumedRoleUser: { AssumedRoleId: sessionId(who), Arn: sessionArn(who) } };
      },
      GetSessionToken: async (request: { readonly DurationSeconds?: number }, caller) => {
        checkMembers({ DurationSeconds: integer(whole(900, 129_600)) }, request, 'QueryInvalid');
        const credentials = newCredentials(caller.account, now() + (request.DurationSeconds ?? 43_200) * 1000);
        sessions.set(credentials.AccessKeyId, await identity(caller));
        return { Credentials: credentials };
      },
      GetAccessKeyInfo: async (request: { readonly AccessKeyId: string }, caller) => {
        checkMembers(
          { AccessKeyId: required(string(text(16, 128, pattern('[\\w]*', 'hold only letters and digits')))) },
          request,
          'QueryInvalid',
        );
        return { Account: accountOfKey(request.AccessKeyId) ?? caller.account };
      },
    } satisfies Readonly<Record<(typeof stsServed)[number], JsonOperation>>,
  });
}

interface AssumeRoleRequest {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number;
}

const assumeRoleMembers = {
  RoleArn: required(string(text(20, 2048))),
  RoleSessionName: required(string(text(2, 64, pattern('[\\w+=,.@-]*', 'hold only letters, digits and _+=,.@-')))),
  DurationSeconds: integer(whole(900, 43_200)),
};

/** Keys as STS hands them out; the access key says its account to whoever sees it here. `expiration`: milliseconds since 1970. */
const newCredentials = (account: string, expiration: number) => ({
  AccessKeyId: newAccessKeyId(account),
  SecretAccessKey: randomBytes(30).toString('base64'), // 40 characters
  SessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(270).toString('base64')}`, // every token of STS begins so
  Expiration: new Date(expiration),
});

/** The sessions of the keys that were handed out last. */
class Sessions {
  readonly #sessions = new Map<string, RoleSession>();

  get(accessKeyId: string): RoleSession | undefined {
    return this.#sessions.get(accessKeyId);
  }

  set(accessKeyId: string, session: RoleSession): void {
    this.#sessions.set(accessKeyId, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

const mostSessions = 10_000;

/** Every operation of STS, as its SDK has them; a test compares the two. */
export const stsOperations: readonly string[] = `
  AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity
  GetDelegatedAccessToken GetFederationToken GetSessionToken GetWebIdentityToken
`
  .trim()
  .split(/\s+/);

/** What is served of it. */
export const stsServed = ['AssumeRole', 'GetAccessKeyInfo', 'GetCallerIdentity', 'GetSessionToken'] as const;
