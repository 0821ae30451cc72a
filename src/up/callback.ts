import type { RequestListener } from 'node:http';
import { type ApiServer, listenAt } from '../api/server.ts';
import { addressForContainers, type Callback } from '../contract/callback.ts';
import type { Emulator } from '../emulator.ts';
import type { EngineAddress, EngineDescription } from '../engine/engine.ts';
import { isError, reasonOf } from '../errors.ts';
import { isDockerDesktop } from '../host-paths.ts';

/** The way from a container to a port of this machine, by what kind of engine runs it. */
export type WayBack =
  /** An address of this machine in the engine's own network: whoever shall be reached listens there. */
  | { readonly kind: 'address'; readonly host: string }
  /** A name that the engine resolves in containers, and that leads to this machine's loopback address. */
  | { readonly kind: 'name'; readonly host: string }
  | { readonly kind: 'none'; readonly why: string };

export interface ContainerDoorOptions {
  /** That of the API on 127.0.0.1; the same for containers, so that those of a process that was killed find the next one. */
  readonly port: number;
  readonly handler: RequestListener;
}

/** What came of it. `close` as of `ApiServer`; nothing is left of the door then. */
export type ContainerDoor = (Callback | { readonly why: string }) & Pick<ApiServer, 'close'>;

/**
 * Lets containers reach the API: jobs and endpoints that this process starts from now on are told of it (`contract/callback.ts`). Beside
 * 127.0.0.1 only the one address is listened on that the engine's containers know this machine by. `why` says, in a sentence for a warning, why
 * they cannot reach it; where that was trouble of the engine, the next job tries again.
 */
export async function listenForContainers(emulator: Emulator, options: ContainerDoorOptions): Promise<ContainerDoor> {
  let opening: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opening ??= openDoor(emulator, options).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  emulator.offerCallback(async () => (await open()).callback);
  const close = async (grace?: number): Promise<void> => {
    emulator.offerCallback(undefined);
    const opened = await opening?.catch(() => undefined);
    await opened?.server?.close(grace);
  };
  try {
    const { callback, why = '' } = await open();
    return callback ? { ...callback, close } : { why: unreachable(why), close };
  } catch (error) {
    return { why: unreachable(reasonOf(error)), close };
  }
}

interface Opened {
  readonly callback?: Callback;
  readonly why?: string;
  readonly server?: ApiServer;
}

/** Errors: trouble of the engine. */
async function openDoor({ engine, s3Endpoint }: Emulator, { port, handler }: ContainerDoorOptions): Promise<Opened> {
  const way = wayBack(await engine.describe(), engine.address, process.platform, await engine.networks.gateway('bridge'));
  if (way.kind === 'none') return way;
  const s3 = s3Endpoint === undefined ? {} : { s3Url: addressForContainers(s3Endpoint, way.host) };
  const callback = { host: way.host, url: `http://${way.host}:${port}`, ...s3 };
  if (way.kind === 'name') return { callback };
  try {
    return { callback, server: await listenAt(handler, { host: way.host, port }) };
  } catch (error) {
    return { why: whyNotListening(way.host, error) };
  }
}

/** How containers of this engine reach this machine. `bridge`: the gateway of the engine's default network. */
export function wayBack(
  { kind, isNative, rootless, operatingSystem }: Pick<EngineDescription, 'kind' | 'isNative' | 'rootless' | 'operatingSystem'>,
  address: Pick<EngineAddress, 'host'>,
  platform: NodeJS.Platform,
  bridge: string | undefined,
): WayBack {
  if (!isHere(address.host)) return { kind: 'none', why: 'the engine is on another machine' };
  // In a virtual machine of this one, whose makers all relay one name to this machine's loopback address.
  if (isDockerDesktop(operatingSystem)) return { kind: 'name', host: 'host.docker.internal' };
  if (platform !== 'linux') return { kind: 'name', host: kind === 'podman' ? 'host.containers.internal' : 'host.docker.internal' };
  if (rootless) return { kind: 'none', why: 'the containers of a rootless engine do not reach what listens on this machine alone' };
  // Its name for this machine is the gateway of each network, and the bridge of a network comes with its first container (decision 005).
  if (kind === 'podman') return { kind: 'none', why: 'a network of podman has no address before a container is in it' };
  if (!isNative) return { kind: 'none', why: 'the engine is reached over a network, and its own need not be those of this machine' };
  if (bridge === undefined) return { kind: 'none', why: 'the engine has no default bridge network' };
  return { kind: 'address', host: bridge };
}

/** Whether the engine's address leads to this machine. */
function isHere(host: string): boolean {
  if (/^(unix|npipe):/.test(host)) return true;
  const { hostname } = new URL(host.replace(/^[a-z]+:/, 'http:'));
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

function whyNotListening(host: string, error: unknown): string {
  if (isError(error, 'PortTaken')) return error.message.replace(/\.$/, '');
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRNOTAVAIL') return `${host}, by which the engine's containers know its machine, is no address of this one`;
  return `this process cannot listen on ${host} (${code ?? reasonOf(error)})`;
}

const unreachable = (why: string): string =>
  `Containers cannot call this API, and get no AWS_ENDPOINT_URL: ${why.replace(/\.$/, '')}. Where you know an address that they reach it by, give it to them in Environment.`;
