import { type ErrorCode, fail, type SmLocalError } from '../../errors.ts';
import { ecrRegion, type ImageReference, loginCommand } from '../reference.ts';

export interface PushContext {
  readonly address: string;
  readonly target: ImageReference;
  /** Whose credentials were shown; undefined when there were none. */
  readonly login: string | undefined;
  /** Why a helper could not be asked for some. */
  readonly trouble?: string | undefined;
}

/** Sorts what an engine says about a failed push by who has to act: whoever wrote the address, has to log in, keeps the network or the registry. */
export function pushFailure(message: string, context: PushContext, cause?: unknown): SmLocalError {
  const { address, target, login, trouble } = context;
  const { registry, path } = target;
  const said = message.trim();
  const why = trouble === undefined ? said : `${said} (${trouble})`;
  // What somebody called a repository says nothing of what is wrong with it.
  const code = kindOf(without(without(said, address), path));
  const region = ecrRegion(registry);
  const detail = {
    ...{ image: address, does: 'push', registry, why, action: `push ${address}` },
    ...{ hadLogin: login !== undefined, login: loginCommand(registry), create: undefined },
    ...(login !== undefined && { user: login }),
    ...(trouble !== undefined && { trouble }),
    ...(region !== undefined && { create: `aws ecr create-repository --repository-name ${path} --region ${region}` }),
  } as const;
  return fail(code, detail, cause);
}

/** As a word of its own: what is called `x` is not in `x509`. */
const without = (text: string, name: string): string =>
  text.replaceAll(new RegExp(`(?<!\\w)${name.replaceAll(/[.+]/g, '\\$&')}(?!\\w)`, 'g'), '');

const kindOf = (message: string): PushErrorCode => kinds.find(([, words]) => words.test(message))?.[0] ?? 'PushFailed';

type PushErrorCode = Extract<ErrorCode, 'EngineDiskFull' | 'PushFailed' | 'RepositoryMissing' | `Registry${string}`>;

/** The first kind whose words occur. Words of Docker's engine, of podman, of registries, and of Go's network library below them all. */
const kinds: readonly (readonly [PushErrorCode, RegExp])[] = [
  ['EngineDiskFull', /no space left on device|disk quota exceeded/],
  ['RegistryLimit', /toomanyrequests|too many requests|rate limit/i],
  ['RegistryUntrusted', /x509:|tls: |certificate|server gave HTTP response to HTTPS client/],
  ['RepositoryMissing', /name unknown|repository .*does not exist|repository .*not found/i],
  [
    'RegistryDenied',
    /denied|unauthorized|forbidden|no basic auth credentials|authentication required|authorization failed|incorrect username or password|token has expired/i,
  ],
  [
    'RegistryUnreachable',
    /no such host|dial tcp|misbehaving|unreachable|no route|connection (?:refused|reset)|proxyconnect|name resolution|timeout|deadline exceeded|\bEOF\b/i,
  ],
];
