import type { DockerConfig } from './docker-config.ts';

/** How builds and containers reach the world, as the docker config says. */
export interface Proxies {
  /** Where it says so: `proxies.default`. */
  readonly from: string;
  /** `HTTP_PROXY`, `NO_PROXY`, … and the same in small letters. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What the docker config has for the engine at this address, else for all; undefined when it has none. */
export function proxiesFor(host: string, { proxies }: DockerConfig): Proxies | undefined {
  const key = proxies.has(host) ? host : 'default';
  const entries = Object.entries(names).flatMap(([member, name]) => {
    const value = proxies.get(key)?.get(member);
    return value ? [[name, value] as const, [name.toLowerCase(), value] as const] : [];
  });
  if (entries.length === 0) return undefined;
  return { from: key === 'default' ? 'proxies.default' : `proxies["${host}"]`, variables: Object.fromEntries(entries) };
}

/** Member of the config -> variable. Source: the docker program's documentation, "Use a proxy server with the Docker CLI". */
const names = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  noProxy: 'NO_PROXY',
  ftpProxy: 'FTP_PROXY',
  allProxy: 'ALL_PROXY',
} as const;

/** The variables beside those given, which win: a name given in capitals stands for the one in small letters too, and the other way round. */
export function withProxies(given: Readonly<Record<string, string>>, proxies: Proxies | undefined): Readonly<Record<string, string>> {
  const taken = new Set(Object.keys(given).map((name) => name.toUpperCase()));
  const others = Object.entries(proxies?.variables ?? {}).filter(([name]) => !taken.has(name.toUpperCase()));
  return { ...given, ...Object.fromEntries(others) };
}

/**
 * For a container: it reaches itself, `hosts`, and the address at which containers of the cloud find credentials without a proxy, which knows
 * none of them.
 */
export function containerProxies(proxies: Proxies | undefined, hosts: readonly string[] = []): Proxies | undefined {
  if (!proxies) return undefined;
  const listed = (proxies.variables.NO_PROXY ?? '').split(',').map((host) => host.trim());
  const all = [...new Set([...listed, 'localhost', '127.0.0.1', '169.254.170.2', ...hosts])].filter((host) => host !== '').join(',');
  return { ...proxies, variables: { ...proxies.variables, NO_PROXY: all, no_proxy: all } };
}

/** For showing: the passwords in the addresses covered. */
export const withoutPasswords = (value: string): string => value.replaceAll(/((?:^|:\/\/)[^/@:\s]*):[^/\s]*@/g, '$1:***@');
