import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the docker program's own settings are looked for; the real process's surroundings by default, made up in tests. */
export interface DockerSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The docker program's `config.json`, as far as it says how images are come by and what containers get. */
export interface DockerConfig {
  readonly currentContext?: string;
  /** Registry, written as it is in the file -> what is known of it there. */
  readonly auths: ReadonlyMap<string, StoredLogin>;
  /** As `auths`, from DOCKER_AUTH_CONFIG; asked before everything else. */
  readonly environmentAuths: ReadonlyMap<string, StoredLogin>;
  /** The helper for registries that have none of their own: `<name>` of `docker-credential-<name>`. */
  readonly credsStore?: string;
  /** Registry -> its helper; the empty name stands for the file itself. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** Address of an engine, or `default` -> `httpProxy`, `noProxy`, … -> value. */
  readonly proxies: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What is wrong with it, for people; without anything it holds. */
  readonly warnings: readonly string[];
}

/** What a registry takes as proof of who asks, in the words of the engine's API. */
export interface StoredLogin {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

export const thisProcess = (): DockerSurroundings => ({ env: process.env, home: homedir() });

export const dockerConfigDirectory = ({ env, home }: DockerSurroundings): string => env.DOCKER_CONFIG || join(home, '.docker');

/**
 * Reads the config. What cannot be used is left out and becomes a warning, as with the docker program, which goes on without it; a text of
 * the file never becomes part of one, because it may be a password.
 */
export function readDockerConfig(surroundings: DockerSurroundings = thisProcess()): DockerConfig {
  const path = join(dockerConfigDirectory(surroundings), 'config.json');
  const warnings: string[] = [];
  const warn = (why: string): void => void warnings.push(`The docker config ${path} ${why}.`);
  const content = members(contentOf(path, warn), 'the file', warn);
  const text = (name: string): string | undefined => {
    const value = content.get(name);
    if (value === undefined || value === null || typeof value === 'string') return value || undefined;
    warn(`has a "${name}" that is no text; it is left out`);
    return undefined;
  };
  const [currentContext, credsStore] = [text('currentContext'), text('credsStore')];
  return {
    ...(currentContext && { currentContext }),
    ...(credsStore && { credsStore }),
    auths: logins(content.get('auths'), warn),
    environmentAuths: environmentLogins(surroundings, warnings),
    credHelpers: texts(content.get('credHelpers'), 'credHelpers', warn),
    proxies: new Map(
      [...members(content.get('proxies'), '"proxies"', warn)].map(([host, entry]) => [host, texts(entry, `proxies of ${host}`, warn)]),
    ),
    warnings,
  };
}

type Warn = (why: string) => void;

function contentOf(path: string, warn: Warn): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') warn(`cannot be read (${code}); it is left out`);
    return undefined;
  }
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    warn('is not JSON; it is left out'); // the parser's own message quotes the file
    return undefined;
  }
}

function members(value: unknown, what: string, warn: Warn): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) return new Map();
  if (typeof value === 'object' && !Array.isArray(value)) return new Map(Object.entries(value));
  warn(`has something else than an object where ${what} should be one; it is left out`);
  return new Map();
}

function texts(value: unknown, what: string, warn: Warn): ReadonlyMap<string, string> {
  const found = [...members(value, `"${what}"`, warn)];
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  for (const [name] of found.filter((entry) => !isText(entry))) warn(`has a "${name}" in "${what}" that is no text; it is left out`);
  return new Map(found.filter(isText));
}

function logins(value: unknown, warn: Warn): ReadonlyMap<string, StoredLogin> {
  return new Map([...members(value, '"auths"', warn)].map(([registry, entry]) => [registry, login(registry, entry, warn)]));
}

/** `auth` holds user and password and counts for more than the two spelled out, which older programs wrote. */
function login(registry: string, entry: unknown, warn: Warn): StoredLogin {
  const { auth, username, password, identitytoken, registrytoken } = Object.fromEntries(
    [...members(entry, `"auths" of ${registry}`, warn)].filter(([, value]) => typeof value === 'string' && value !== ''),
  ) as StoredLogin & { readonly auth?: string };
  const pair = auth === undefined ? { username, password } : decoded(auth);
  if (!pair) warn(`has an "auth" for ${registry} that cannot be decoded; it is left out`);
  return Object.fromEntries(Object.entries({ ...pair, identitytoken, registrytoken }).filter(([, value]) => value !== undefined));
}

/** `user:password` in base64. */
function decoded(auth: string): { readonly username: string; readonly password: string } | undefined {
  if (!/^[A-Za-z\d+/\r\n]+={0,2}\s*$/.test(auth)) return undefined;
  const text = Buffer.from(auth, 'base64').toString();
  const at = text.indexOf(':');
  return at < 1 ? undefined : { username: text.slice(0, at), password: text.slice(at + 1).replaceAll(/^\0+|\0+$/g, '') };
}

/** What newer docker programs, and the jobs of some build servers, are handed instead of a file: `{"auths": {registry: {"auth": …}}}`. */
function environmentLogins({ env }: DockerSurroundings, warnings: string[]): ReadonlyMap<string, StoredLogin> {
  const text = env.DOCKER_AUTH_CONFIG;
  if (!text) return new Map();
  const warn = (why: string): void => void warnings.push(`The variable DOCKER_AUTH_CONFIG ${why}.`);
  try {
    return logins((JSON.parse(text) as { auths?: unknown } | null)?.auths, warn);
  } catch {
    warn('is not JSON; it is left out');
    return new Map();
  }
}
