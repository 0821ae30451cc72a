import { type ErrorCode, fail, type SmLocalError } from '../../errors.ts';
import { loginCommand, parseReference } from '../reference.ts';

export interface PullContext {
  readonly image: string;
  readonly platform?: string | undefined;
  /** Whether credentials were shown. */
  readonly hadLogin: boolean;
  /** Why a helper could not be asked for some. */
  readonly trouble?: string | undefined;
}

/** Sorts what an engine says about a failed pull by who has to act: whoever wrote the name, has to log in, keeps the network or the machine. */
export function pullFailure(message: string, context: PullContext, cause?: unknown): SmLocalError {
  const { image, platform = 'another platform', hadLogin, trouble } = context;
  const reference = parseReference(image);
  const [registry, path] = 'invalid' in reference ? [image, image] : [reference.registry, reference.path];
  const said = message.trim();
  const why = trouble === undefined ? said : `${said} (${trouble})`;
  // What somebody called an image says nothing of what is wrong with it.
  const code = kindOf(said.replaceAll(path, '').replaceAll(image, ''));
  const detail = { image, registry, why, hadLogin, login: loginCommand(registry), action: `pull ${image}` };
  return fail(code, { ...detail, platform: 'other platforms', wanted: platform }, cause);
}

/** The first kind whose words occur. Some occur in each other's sentences, so the order counts. */
const kindOf = (message: string): PullErrorCode => kinds.find(([, words]) => words.test(message))?.[0] ?? 'PullFailed';

type PullErrorCode = Extract<ErrorCode, 'EngineDiskFull' | 'ImageNotFound' | 'PullFailed' | 'WrongPlatform' | `Registry${string}`>;

/** Words of Docker's engine, of containerd, of podman, of registries, and of Go's network library below them all. */
const kinds: readonly (readonly [PullErrorCode, RegExp])[] = [
  ['EngineDiskFull', /no space left on device|disk quota exceeded/],
  ['RegistryLimit', /toomanyrequests|too many requests|rate limit/i],
  ['RegistryUntrusted', /x509:|tls: |certificate|server gave HTTP response to HTTPS client/],
  ['WrongPlatform', /no matching manifest|no match for platform|does not match the specified platform|no image found in/],
  ['RegistryDenied', /denied|unauthorized|forbidden|no basic auth credentials|authentication required|authorization failed/i],
  ['ImageNotFound', /manifest unknown|name unknown|not found|not exist|invalid reference format|must be lowercase/i],
  [
    'RegistryUnreachable',
    /no such host|dial tcp|misbehaving|unreachable|no route|connection (?:refused|reset)|proxyconnect|name resolution/,
  ],
  ['RegistryUnreachable', /timeout|deadline exceeded|\bEOF\b|\b5\d\d (?:Bad|Gateway|Internal|Service)/i],
];
