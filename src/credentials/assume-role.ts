import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Keys } from '../contract/container-credentials.ts';
import { fail, reasonOf } from '../errors.ts';

/** A real role that containers shall have. */
export interface Role {
  readonly arn: string;
  /** Profile of the AWS CLI that may assume it; its default one when absent. */
  readonly profile?: string;
}

export interface RoleKeys {
  readonly keys: Keys;
  readonly expiration: Date;
}

/**
 * A role that the user's own AWS CLI has assumed: what works in their shell (profiles, single sign-on, a second factor) works here, and
 * their long-lived keys are not even read.
 */
export class AssumedRole {
  readonly arn: string;
  readonly first: RoleKeys;
  readonly #assume: (signal: AbortSignal) => Promise<RoleKeys>;

  /** Errors: RoleNotAssumed, in the program's own words; the signal's reason. */
  static async assume(role: Role, session: string, signal: AbortSignal): Promise<AssumedRole> {
    const assume = (until: AbortSignal): Promise<RoleKeys> => assumeRole(role, session, until);
    return new AssumedRole(role.arn, await assume(signal), assume);
  }

  private constructor(arn: string, first: RoleKeys, assume: (signal: AbortSignal) => Promise<RoleKeys>) {
    this.arn = arn;
    this.first = first;
    this.#assume = assume;
  }

  /**
   * Puts new keys in place of the old when a third of their life is left, which is before clients ask for others: botocore does when 15
   * minutes of an hour are left. Trouble is told, and it is tried again. Disposing the result ends that.
   */
  keepRenewed(put: (keys: RoleKeys) => Promise<void>, warn: (message: string) => void): AsyncDisposable {
    const over = new AbortController();
    const renewing = this.#renew(put, warn, over.signal);
    return {
      async [Symbol.asyncDispose]() {
        over.abort();
        await renewing;
      },
    };
  }

  async #renew(put: (keys: RoleKeys) => Promise<void>, warn: (message: string) => void, over: AbortSignal): Promise<void> {
    let wait = untilRenewal(this.first);
    while (await slept(wait, over)) {
      try {
        const keys = await this.#assume(over);
        await put(keys);
        wait = untilRenewal(keys);
      } catch (error) {
        if (over.aborted) return;
        warn(`The credentials of the role could not be renewed: ${reasonOf(error)}`);
        wait = retryAfter;
      }
    }
  }
}

async function assumeRole(role: Role, session: string, signal: AbortSignal): Promise<RoleKeys> {
  const args = ['sts', 'assume-role', '--role-arn', role.arn, '--role-session-name', session.slice(0, longestSession), '--output', 'json'];
  const profile = role.profile === undefined ? [] : ['--profile', role.profile];
  const printed = await run([...args, ...profile], role, signal);
  try {
    return parse(printed);
  } catch (error) {
    throw notAssumed(role, `the aws program answered what cannot be understood: ${reasonOf(error)}`, error);
  }
}

/** API page of AssumeRole, `RoleSessionName`: "Maximum length of 64". */
const longestSession = 64;

function run(args: readonly string[], role: Role, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { signal, env: { ...process.env, AWS_PAGER: '' } };
    execFile('aws', args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal.aborted) reject(signal.reason);
      else if (error.code === 'ENOENT') reject(fail('RoleNotAssumed', { arn: role.arn, why: noProgram, remedy: install }, error));
      else reject(notAssumed(role, stderr.trim() || error.message, error));
    }).stdin?.end();
  });
}

const noProgram = 'there is no program "aws" on PATH';
const install = 'Install the AWS CLI, which is asked for the credentials, or leave out --assume-role.';

function parse(text: string): RoleKeys {
  const { Credentials } = JSON.parse(text) as { readonly Credentials?: Readonly<Record<string, unknown>> };
  const [AccessKeyId, SecretAccessKey, Token] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => {
    const value = Credentials?.[name];
    if (typeof value !== 'string') throw new Error(`there is no Credentials.${name}`);
    return value;
  }) as [string, string, string];
  const expiration = new Date(String(Credentials?.Expiration));
  if (Number.isNaN(expiration.getTime())) throw new Error('Credentials.Expiration is no time');
  return { keys: { AccessKeyId, SecretAccessKey, Token }, expiration };
}

function notAssumed({ arn, profile }: Role, why: string, cause: unknown): Error {
  const own = `aws sts assume-role --role-arn ${arn} --role-session-name test${profile === undefined ? '' : ` --profile ${profile}`}`;
  return fail('RoleNotAssumed', { arn, why, remedy: `Make this work first: ${own}` }, cause);
}

/** Milliseconds. Never at once, also where this machine's clock and AWS's are far apart. */
const untilRenewal = ({ expiration }: RoleKeys): number => Math.max(500, ((expiration.getTime() - Date.now()) * 2) / 3);
const retryAfter = 60_000;

/** False when the signal cut it short. */
const slept = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  sleep(milliseconds, true, { signal, ref: false }).catch(() => false);
