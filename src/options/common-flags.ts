import type { EmulatorOptions } from '../emulator.ts';
import { fail } from '../errors.ts';
import { absolutePath } from '../host-paths.ts';
import { type CredentialsFlags, credentialsChoice } from './credentials-flags.ts';
import { pair } from './pair.ts';
import type { Surroundings } from './surroundings.ts';

/** The flags that every command has. */
export function emulatorOptions(
  values: {
    readonly home?: string | undefined;
    readonly engine?: string | undefined;
    readonly region?: string | undefined;
    readonly account?: string | undefined;
    readonly workspace?: string | undefined;
    readonly 's3-endpoint'?: string | undefined;
  } & CredentialsFlags,
  surroundings: Surroundings,
): EmulatorOptions {
  const { home, engine, region, account, workspace } = values;
  if (workspace !== undefined && workspace !== 'bind' && workspace !== 'archive') {
    throw fail('WrongUsage', {
      message: `--workspace ${workspace}: there is no such strategy.`,
      remedy: 'Use bind or archive, or leave it out.',
    });
  }
  if (home === '')
    throw fail('WrongUsage', {
      message: '--home is empty, as an unset variable of a shell is.',
      remedy: 'Name a directory, or leave it out.',
    });
  if (region !== undefined && !/^[a-z0-9][a-z0-9-]{0,31}$/.test(region))
    throw fail('WrongUsage', { message: `--region ${region}: that is not the name of a region.`, remedy: 'Use one like us-east-1.' });
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw fail('WrongUsage', { message: `--account ${account}: that is not an account.`, remedy: 'Use twelve digits.' });
  return {
    ...(home !== undefined && { home: absolutePath(home, surroundings.cwd) }),
    ...(engine !== undefined && { engine }),
    ...(region !== undefined && { region }),
    ...(account !== undefined && { account }),
    ...(workspace !== undefined && { workspace }),
    ...s3Options(values['s3-endpoint'], surroundings.env),
    credentials: credentialsChoice(values),
    now: surroundings.now,
    onWarning: surroundings.onWarning,
  };
}

/** How an S3 elsewhere is asked stands in the environment alone: keys are for no command line, and jobs are adopted without flags. */
function s3Options(url: string | undefined, env: Surroundings['env']): Pick<EmulatorOptions, 's3Endpoint' | 's3Access'> {
  if (url !== undefined && !isHttp(url)) {
    throw fail('WrongUsage', {
      message: `--s3-endpoint ${url}: that is not the address of an S3.`,
      remedy: 'Write it as http://127.0.0.1:9000 or https://s3.eu-west-1.amazonaws.com.',
    });
  }
  const { SM_LOCAL_S3_ACCESS_KEY_ID: id, SM_LOCAL_S3_SECRET_ACCESS_KEY: secret, SM_LOCAL_S3_SESSION_TOKEN: token } = env;
  if ((id || secret) && !(id && secret)) {
    throw fail('WrongUsage', {
      message: `SM_LOCAL_S3_${id ? 'ACCESS_KEY_ID' : 'SECRET_ACCESS_KEY'} is set without SM_LOCAL_S3_${id ? 'SECRET_ACCESS_KEY' : 'ACCESS_KEY_ID'}.`,
      remedy: 'Set both, or none of them.',
    });
  }
  const { SM_LOCAL_S3_REGION: region, SM_LOCAL_S3_PROFILE: profile } = env;
  const access = {
    ...(id && secret && { credentials: { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) } }),
    ...(profile && { profile }),
    ...(region && { region }),
  };
  return { ...(url !== undefined && { s3Endpoint: url.replace(/\/+$/, '') }), s3Access: access };
}

const isHttp = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text);

/** `--gpus all` or a count. */
export function gpus(text: string): 'all' | number {
  if (text === 'all') return 'all';
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw fail('WrongUsage', { message: `--gpus ${text}: that is neither "all" nor a number.`, remedy: 'Use --gpus all, or --gpus 1.' });
}

/** `K=V`, or `K` alone, which takes the value from the environment and is left out when there is none, as `docker build` does. */
export function buildArguments(texts: readonly string[], env: Surroundings['env']): Readonly<Record<string, string>> {
  const entries = texts.flatMap((text): (readonly [string, string])[] => {
    if (text.includes('=') || text === '') return [pair('--build-arg', text)];
    const value = env[text];
    return value === undefined ? [] : [[text, value]];
  });
  return Object.fromEntries(entries);
}

/** `K=V` each, the last one winning. */
export const variables = (flag: string, texts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(texts.map((text) => pair(flag, text)));

export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw fail('WrongUsage', { message: `--port ${text}: that is no port.`, remedy: 'Give a number from 1 to 65535, or 0 for a free one.' });
}

/** `--speed 60`. Errors: WrongUsage. */
export function speedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw fail('WrongUsage', {
    message: `--speed ${text}: that is not how many times as fast.`,
    remedy: 'Use a number above 0, such as --speed 60.',
  });
}
