import type { EngineAddress, Reached } from '../engine.ts';
import { engineError } from './client.ts';
import { forwardPort } from './ssh.ts';

/**
 * The address of the engine's machine that ports are published on: its loopback, unless the engine is reached over a network, where nothing
 * but an address of that network leads there.
 */
export const publishedOn = (address: EngineAddress): string => (isAcrossNetwork(address) ? '0.0.0.0' : '127.0.0.1');

/** From here to a port that a container has published. */
export async function reachPort(address: EngineAddress, port: number): Promise<Reached> {
  if (address.host.startsWith('ssh:')) {
    try {
      return { host: '127.0.0.1', ...(await forwardPort(address.host, port)) };
    } catch (error) {
      throw engineError(error, `forward port ${port}`, address);
    }
  }
  return { host: isAcrossNetwork(address) ? hostName(address) : '127.0.0.1', port, close() {} };
}

const isAcrossNetwork = (address: EngineAddress): boolean =>
  /^(tcp|https?):/.test(address.host) && !/^(localhost|127\..*|::1)$/.test(hostName(address));

const hostName = ({ host }: EngineAddress): string => new URL(host.replace(/^tcp:/, 'http:')).hostname.replace(/^\[(.*)\]$/, '$1');
