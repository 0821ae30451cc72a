import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { namedPipe } from '../host-paths.ts';
import { type DockerSurroundings, dockerConfigDirectory, readDockerConfig } from './docker-config.ts';
import type { EngineAddress } from './engine.ts';

/** What decides which engine is used; the real process's by default, made up in tests. */
export interface FindContext extends DockerSurroundings {
  readonly platform: NodeJS.Platform;
  readonly exists: (path: string) => boolean;
}

/**
 * The engine the docker program would talk to, and failing that the first known socket that exists. Order: `explicit` (the --engine
 * option), DOCKER_HOST, DOCKER_CONTEXT, currentContext of the docker config, the default socket, the sockets of Docker Desktop, Colima,
 * Rancher Desktop, OrbStack and podman. Docker's client libraries ignore contexts, so the lookup is ours.
 * Errors: EngineContextUnknown.
 */
export function findEngine(explicit?: string, context: FindContext = thisProcess()): EngineAddress {
  const { env } = context;
  if (explicit) return withTls(hostAddress(explicit, '--engine'), '--engine', context);
  if (env.DOCKER_HOST) return withTls(hostAddress(env.DOCKER_HOST, 'DOCKER_HOST'), 'DOCKER_HOST', context);
  if (env.DOCKER_CONTEXT) return contextAddress(env.DOCKER_CONTEXT, 'DOCKER_CONTEXT', context) ?? defaultAddress(context);
  const { currentContext } = readDockerConfig(context); // whoever uses more of it says what is wrong with it
  if (currentContext) return contextAddress(currentContext, 'currentContext of the docker config', context) ?? defaultAddress(context);
  return defaultAddress(context);
}

const thisProcess = (): FindContext => ({ env: process.env, home: homedir(), platform: process.platform, exists: existsSync });

const defaultSocket = '/var/run/docker.sock';

function defaultAddress({ env, home, platform, exists }: FindContext): EngineAddress {
  if (platform === 'win32') return { host: 'npipe:////./pipe/docker_engine', rule: 'default pipe' };
  const runtime = env.XDG_RUNTIME_DIR ?? '';
  const known: readonly (readonly [path: string, rule: string])[] = [
    [defaultSocket, 'default socket'],
    [join(home, '.docker/run/docker.sock'), 'socket of Docker Desktop'],
    [join(home, '.docker/desktop/docker.sock'), 'socket of Docker Desktop'],
    [join(home, '.colima/default/docker.sock'), 'socket of Colima'],
    [join(home, '.rd/docker.sock'), 'socket of Rancher Desktop'],
    [join(home, '.orbstack/run/docker.sock'), 'socket of OrbStack'],
    ...(runtime
      ? ([
          [join(runtime, 'docker.sock'), 'rootless socket'],
          [join(runtime, 'podman/podman.sock'), 'rootless socket of podman'],
        ] as const)
      : []),
    ['/run/podman/podman.sock', 'socket of podman'],
  ];
  const found = known.find(([path]) => exists(path)) ?? ([defaultSocket, 'default socket'] as const);
  return { host: `unix://${found[0]}`, rule: found[1] };
}

/** `unix:///p`, `npipe://…`, `tcp://h:p`, `http://h:p`, `ssh://u@h`, or a bare path or `h:p`. Errors: WrongUsage. */
function hostAddress(text: string, rule: string): string {
  if (text === 'unix://') return `unix://${defaultSocket}`;
  const pipe = namedPipe(text);
  if (pipe !== undefined) return pipe;
  if (text.startsWith('/')) return `unix://${text}`;
  const host = text.includes('://') ? text : `tcp://${text}`;
  if (/^(unix|npipe):\/\/.+/.test(host) || isHttp(host)) return host;
  throw fail('WrongUsage', {
    message: `${rule} is "${text}", which is no address of a container engine.`,
    remedy: 'Write it as unix:///path/to/docker.sock, tcp://host:2375 or ssh://user@host.',
  });
}

function isHttp(host: string): boolean {
  const [, scheme, rest] = /^(tcp|https?|ssh):\/\/(.+)$/.exec(host) ?? [];
  return scheme !== undefined && rest !== undefined && URL.canParse(`http://${rest}`);
}

/** The docker program's own variables: certificates, used when verification is asked for. */
function withTls(host: string, rule: string, context: FindContext): EngineAddress {
  const { env } = context;
  if (!host.startsWith('tcp://') || !env.DOCKER_TLS_VERIFY) return { host, rule };
  return { host, rule, tls: readTls(env.DOCKER_CERT_PATH || dockerConfigDirectory(context)) };
}

function readTls(directory: string): NonNullable<EngineAddress['tls']> {
  const read = (name: string): string | undefined => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  const [ca, cert, key] = [read('ca.pem'), read('cert.pem'), read('key.pem')];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** A context lives in a directory named by the hash of its name; `default` is the built-in one and has none. */
function contextAddress(name: string, rule: string, context: FindContext): EngineAddress | undefined {
  if (name === 'default') return undefined;
  const hash = createHash('sha256').update(name).digest('hex');
  const contexts = join(dockerConfigDirectory(context), 'contexts');
  const meta = join(contexts, 'meta', hash, 'meta.json');
  if (!context.exists(meta)) throw fail('EngineContextUnknown', { context: name, rule });
  const { Host: host, SkipTLSVerify } = endpointIn(readFileSync(meta, 'utf8')) ?? {};
  if (host === undefined) throw fail('EngineContextUnknown', { context: name, rule });
  const isUnverified = SkipTLSVerify === true && /^(tcp|https):/.test(host);
  const files = join(contexts, 'tls', hash, 'docker');
  const hasFiles = context.exists(files);
  const tls = { ...(hasFiles && readTls(files)), ...(isUnverified && ({ isUnverified } as const)) };
  return { host, rule: `docker context "${name}", from ${rule}`, ...((hasFiles || isUnverified) && { tls }) };
}

interface DockerEndpoint {
  readonly Host?: string;
  readonly SkipTLSVerify?: true;
}

function endpointIn(meta: string): DockerEndpoint | undefined {
  try {
    const parsed = JSON.parse(meta) as { Endpoints?: { docker?: DockerEndpoint } } | null;
    return parsed?.Endpoints?.docker;
  } catch {
    return undefined; // a context that cannot be read is as good as none
  }
}
