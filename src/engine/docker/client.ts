import Dockerode from 'dockerode';
import { fail, isError, reasonOf, type SmLocalError } from '../../errors.ts';
import type { EngineAddress } from '../engine.ts';

/** The one place that imports dockerode; the other files of this folder take its type from here. */
export type Client = Dockerode;
export type CreateOptions = Dockerode.ContainerCreateOptions;

/** A client for the address. Nothing is sent yet; no API version is pinned, so the engine answers with its own. */
export function connect({ host, tls }: EngineAddress): Client {
  // dockerode mixes DOCKER_HOST into what it is given, so every field it could take from there is named here.
  const blank = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    protocol: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  };
  return new Dockerode({ ...blank, ...endpoint(host), ...tls } as Dockerode.DockerOptions);
}

function endpoint(host: string): object {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length).replaceAll('\\', '/') };
  const { protocol, hostname, port, username } = new URL(host.replace(/^tcp:/, 'http:'));
  if (protocol === 'ssh:') {
    return { protocol: 'ssh', host: hostname, username, ...(port && { port }), sshOptions: { agent: process.env.SSH_AUTH_SOCK } };
  }
  return { protocol: port === '2376' || protocol === 'https:' ? 'https' : 'http', host: hostname, port: port || '2375' };
}

interface HttpFailure {
  readonly statusCode: number;
  readonly json?: { readonly message?: string };
}

/** The engine's HTTP status, when that is what failed. */
export const statusOf = (error: unknown): number | undefined => (error as Partial<HttpFailure> | undefined)?.statusCode;

/** The engine's own sentence, without dockerode's "(HTTP code 500) server error - ". */
export const messageOf = (error: unknown): string =>
  ((error as Partial<HttpFailure> | undefined)?.json?.message ?? reasonOf(error)).replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();

const unreachable = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE']);

/** Turns what a client call threw into an error of the catalogue. `action` completes "could not …". */
export function engineError(error: unknown, action: string, address: EngineAddress): SmLocalError {
  if (isError(error)) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const where = address.host;
  if (code === 'EACCES' || code === 'EPERM') return fail('EngineForbidden', { where }, error);
  if (code && unreachable.has(code)) return fail('EngineUnreachable', { where, rule: address.rule }, error);
  return fail('EngineFailed', { action, message: messageOf(error) }, error);
}

/** Runs a removal; the engine not knowing the thing, or removing it already, is success. */
export async function removing(action: string, address: EngineAddress, remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const gone = statusOf(error) === 404 || (statusOf(error) === 409 && /already in progress/.test(messageOf(error)));
    if (!gone) throw engineError(error, action, address);
  }
}

/** The engine's filter syntax for labels. */
export const labelFilter = (labels: Readonly<Record<string, string>>): { label: string[] } => ({
  label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
});
