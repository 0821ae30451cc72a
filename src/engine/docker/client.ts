import http from 'node:http';
import https from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { inspect } from 'node:util';
import Dockerode from 'dockerode';
import { fail, isError, reasonOf, type SmLocalError } from '../../errors.ts';
import type { EngineAddress } from '../engine.ts';
import { howToInstall } from '../installing.ts';
import { SshAgent, SshError } from './ssh.ts';

/** The one place that imports dockerode; the other files of this folder take its type from here. */
export type Client = Dockerode;
export type CreateOptions = Dockerode.ContainerCreateOptions;

/** A client for the address. Nothing is sent yet; no API version is pinned, so the engine answers with its own. */
export function connect({ host, tls }: EngineAddress): Client {
  const { isUnverified = false, ...certificates } = tls ?? {};
  const options = { ...endpoint(host, tls !== undefined, isUnverified), ...certificates };
  return notRedirected(withoutDockerHost(() => new Dockerode(options as Dockerode.DockerOptions)));
}

/**
 * An engine redirects whoever asks at an address that it takes to be untidy (`//`). dockerode would take the first word of the path for the host, and
 * that there is no such host would end the process. So a redirection is a failure of its request.
 */
function notRedirected(client: Client): Client {
  const modem = client.modem as object as { buildRequest(options: object, ...rest: readonly unknown[]): void };
  const build = modem.buildRequest.bind(modem);
  modem.buildRequest = (options, ...rest) => build({ ...options, maxRedirects: 0 }, ...rest);
  return client;
}

/** Ends the connections of a client: one to an engine that does not answer would keep this process waiting. */
export function disconnect(client: Client): void {
  (client.modem as { agent?: http.Agent }).agent?.destroy();
}

/** dockerode mixes DOCKER_HOST into what it is told, and throws where that cannot be parsed: it does not get to see it. */
function withoutDockerHost<T>(make: () => T): T {
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    return make();
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

/** Each client has an agent of its own, so that its connections can be ended. */
function endpoint(host: string, hasCertificates: boolean, isUnverified: boolean): object {
  const agent = prepared(new http.Agent({ ...keptAlive, ...unnamed }));
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length), agent };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length).replaceAll('\\', '/'), agent };
  const { protocol } = new URL(host);
  // Not dockerode's own way, which knows neither the user's ssh config nor known hosts. The name stands in the Host header only.
  if (protocol === 'ssh:') return { protocol: 'http', host: 'docker', agent: prepared(new SshAgent(host)) };
  const { hostname, port } = new URL(host.replace(/^https?:/, 'tcp:')); // which keeps a port that is the scheme's own
  const isSecure = hasCertificates || protocol === 'https:' || port === '2376';
  if (!isSecure) return { protocol: 'http', host: hostname, port: port || '2375', agent };
  const secureAgent = prepared(new https.Agent({ ...keptAlive, ...(isUnverified && { rejectUnauthorized: false }) }));
  return { protocol: 'https', host: hostname, port: port || '2376', agent: secureAgent };
}

/** An agent with what dockerode needs to get along. */
const prepared = <A extends http.Agent>(agent: A): A => failsWithAnswers(uninspected(agent));

/** What every agent of Node is asked through; its type does not say so. */
interface Asked {
  addRequest(request: http.ClientRequest, ...rest: readonly unknown[]): void;
}

/**
 * dockerode hears of a connection that breaks before an answer comes, but not of one that breaks in its middle, where an engine that ends may
 * cut it: whoever asked would wait for ever. So a request fails when its answer does.
 */
function failsWithAnswers<A extends http.Agent>(agent: A): A {
  const asked = agent as A & Asked;
  const addRequest = asked.addRequest.bind(agent);
  asked.addRequest = (request, ...rest) => {
    request.once('response', (answer) => answer.once('error', (error) => request.emit('error', error)));
    addRequest(request, ...rest);
  };
  return agent;
}

/**
 * dockerode formats the options of every request for a debug line that is hardly ever printed, agent and sockets included: with some dozens
 * of these that takes seconds, in which nothing else runs.
 */
function uninspected<A extends http.Agent>(agent: A): A {
  return Object.defineProperty(agent, inspect.custom, { value: () => 'Agent' });
}

/** As Node's own agent: milliseconds after which a connection that nobody uses is closed. */
const keptAlive = { keepAlive: true, timeout: 5000 };

/** Else Node looks whether the host's name is an address, for a certificate that there is not; compiling that pattern takes milliseconds. */
const unnamed = { servername: '' };

/** What dockerode asks through; its own methods gather most answers whole, or do not say when the head of one is there. */
interface Modem {
  dial(request: object, done: (error: unknown, answer: Readable) => void): void;
}

/** An answer as it comes; resolves when its head is there. */
export function openStream(
  client: Client,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly query: object; readonly signal?: AbortSignal },
): Promise<Readable> {
  const { method, path, query, signal } = request;
  const options = { _query: query, _body: {} };
  const dialed = { method, path: `${path}?`, options, isStream: true, statusCodes: { 200: true }, ...(signal && { abortSignal: signal }) };
  return new Promise((resolve, reject) => {
    (client.modem as Modem).dial(dialed, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

/** Opens the connection on which BuildKit asks whoever has it build. */
export function dialSession(client: Client, headers: object, signal?: AbortSignal): Promise<Duplex> {
  const statusCodes = { 200: true };
  const dialed = { method: 'POST', path: '/session', hijack: true, headers, statusCodes, ...(signal && { abortSignal: signal }) };
  return new Promise((resolve, reject) => {
    (client.modem as Modem).dial(dialed, (error, socket) => (socket ? resolve(socket as Duplex) : reject(error)));
  });
}

interface HttpFailure {
  readonly statusCode: number;
  readonly json?: { readonly message?: string };
}

/** The engine's HTTP status, when that is what failed. */
export const statusOf = (error: unknown): number | undefined => (error as Partial<HttpFailure> | undefined)?.statusCode;

/** The engine's own sentence, without dockerode's "(HTTP code 500) server error - ". */
export function messageOf(error: unknown): string {
  const { json } = (error ?? {}) as Partial<HttpFailure>;
  const message = (json?.message ?? reasonOf(error)).replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
  return message || `it answered with status ${statusOf(error)}`;
}

/** Of system calls on the connection; with a call on a file, the same codes say something of the file. */
const unreachable = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
const cutOff = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Turns what a client call threw into an error of the catalogue. `action` completes "could not …". */
export function engineError(error: unknown, action: string, address: EngineAddress): SmLocalError {
  if (isError(error)) return error;
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const isConnecting = syscall === 'connect' || syscall === 'getaddrinfo';
  const where = address.host;
  if (error instanceof SshError) {
    const why = error.message;
    return error.isRefusal
      ? fail('EngineForbidden', { where, why }, error)
      : fail('EngineUnreachable', { where, rule: address.rule, why }, error);
  }
  if (isConnecting && (code === 'EACCES' || code === 'EPERM')) return fail('EngineForbidden', { where }, error);
  if (code && (cutOff.has(code) || (isConnecting && unreachable.has(code)))) {
    const install = isConnecting && code === 'ENOENT' && isDefault(address) ? howToInstall(process.platform) : undefined;
    return fail('EngineUnreachable', { where, rule: address.rule, ...(install !== undefined && { install }) }, error);
  }
  return fail('EngineFailed', { action, message: messageOf(error) }, error);
}

/** Whether nobody has named it: there may be none at all. */
const isDefault = ({ rule }: EngineAddress): boolean => rule.startsWith('default ');

/** Runs a removal; the engine not knowing the thing, or removing it already, is success. Errors: as `engineError`; EngineFailed with `isInUse`. */
export async function removing(action: string, address: EngineAddress, remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (statusOf(error) === 404 || isBeingRemoved(error)) return;
    if (isInUse(error)) throw fail('EngineFailed', { action, message: messageOf(error), isInUse: true }, error);
    throw engineError(error, action, address);
  }
}

/** A volume (409), or a network (403), that a container has. */
const isInUse = (error: unknown): boolean =>
  [403, 409].includes(statusOf(error) ?? 0) && /volume is in use|volume is being used|has active endpoints/.test(messageOf(error));

/** Whether somebody else removes it already; what it uses is not free before that is done. */
export const isBeingRemoved = (error: unknown): boolean => statusOf(error) === 409 && /already in progress/.test(messageOf(error));

/** The engine's filter syntax for labels. */
export const labelFilter = (labels: Readonly<Record<string, string>>): { label: string[] } => ({
  label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
});
