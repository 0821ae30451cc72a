import { reasonOf } from '../../errors.ts';
import type { DockerConfig, StoredLogin } from '../docker-config.ts';
import { dockerHub } from '../reference.ts';
import { askHelper } from './credential-helper.ts';

/** What the engine shows a registry, in the words of its API. */
export interface Login extends StoredLogin {
  readonly serveraddress: string;
}

/** The docker config, read when it is first needed, and what its helpers find in their environment. */
export interface CredentialSource {
  readonly config: () => DockerConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LoginOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told why a helper could not be asked; the registry is then asked without credentials, as the docker program does. */
  readonly onTrouble?: (why: string, registry: string) => void;
}

/**
 * The credentials that the docker program would use for a registry: those of DOCKER_AUTH_CONFIG, else those of the registry's own helper, else
 * of the helper for all, else of the file. Undefined when there are none. Errors: the signal's reason.
 */
export async function loginFor(registry: string, source: CredentialSource, options: LoginOptions = {}): Promise<Login | undefined> {
  const key = keyOf(registry);
  const config = source.config();
  const given = config.environmentAuths.get(key);
  if (given) return { ...given, serveraddress: key };
  const [written, stored] = storedLogin(key, config);
  const helper = config.credHelpers.get(key) ?? config.credsStore;
  if (!helper) return isEmpty(stored) ? undefined : { ...stored, serveraddress: written };
  const { signal, onTrouble } = options;
  try {
    const answer = await askHelper({ helper, registry: key, limit: helperLimit, env: source.env, ...(signal && { signal }) });
    const login = { ...(stored.registrytoken && { registrytoken: stored.registrytoken }), ...proofOf(answer) };
    return isEmpty(login) ? undefined : { ...login, serveraddress: key };
  } catch (error) {
    signal?.throwIfAborted();
    onTrouble?.(reasonOf(error), registry);
    return undefined;
  }
}

/**
 * What a builder gets for the base images that it may have to pull from `registries`: whatever the file holds, because it is at hand, and of
 * the helpers what these registries need, because asking one may unlock a key chain.
 */
export async function loginsFor(
  registries: readonly string[],
  source: CredentialSource,
  options: LoginOptions = {},
): Promise<Readonly<Record<string, Login>>> {
  const { auths, environmentAuths, credHelpers, credsStore } = source.config();
  const inFile = credsStore ? [] : [...auths].filter(([registry]) => !credHelpers.get(registry));
  const atHand = [...inFile, ...environmentAuths].map(([key, login]) => [key, { ...login, serveraddress: key }] as const);
  const unique = [...new Set(registries)];
  const asked = await Promise.all(unique.map(async (registry) => [keyOf(registry), await loginFor(registry, source, options)] as const));
  return Object.fromEntries(
    [...atHand, ...asked].filter((entry): entry is [string, Login] => entry[1] !== undefined && !isEmpty(entry[1])),
  );
}

/** Both headers take JSON in base64 in the alphabet of addresses; in the ordinary one the engine ignores it. */
export const header = (value: object): { readonly base64: string } => ({
  base64: Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
});

/** Seconds. A key chain may have to ask the user. */
const helperLimit = 60;

/** Docker Hub's credentials are kept under the address that it had at first. */
const keyOf = (registry: string): string => (registry === dockerHub ? 'https://index.docker.io/v1/' : registry);

/** The file's entry of a registry and how it is written there: older programs wrote a scheme and a path too. */
function storedLogin(key: string, { auths }: DockerConfig): readonly [written: string, login: StoredLogin] {
  const exact = auths.get(key);
  if (exact) return [key, exact];
  return [...auths].find(([written]) => hostOf(written) === key) ?? [key, {}];
}

const hostOf = (written: string): string => written.replace(/^[a-z]+:\/\//, '').split('/')[0] ?? '';

function proofOf(answer: { readonly username: string; readonly secret: string } | undefined): StoredLogin {
  if (!answer) return {};
  return answer.username === '<token>' ? { identitytoken: answer.secret } : { username: answer.username, password: answer.secret };
}

const isEmpty = ({ username, password, identitytoken, registrytoken }: StoredLogin): boolean =>
  !username && !password && !identitytoken && !registrytoken;
