// Finds a container engine and talks to its HTTP API. Only Node's own modules: these scripts run on a clean clone,
// before any dependency is installed, so the engine seam of src/ cannot be used here.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';

/** Thrown for whatever the person at the keyboard has to change: the message says what, and the exit code is 3. */
export class HostTrouble extends Error {}

export const defaultAddress = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';

/**
 * The first engine that answers, looked for where the docker program looks. An engine that the user names (DOCKER_HOST,
 * a docker context) is the only one tried: a test run on another engine than the one asked for would be a lie.
 *
 * @returns {Promise<{ engine?: Engine, server?: string, named: boolean, tried: { engine: Engine, error: Error }[] }>}
 * @typedef {{ address: string, rule: string, tlsDir?: string }} Engine
 */
export async function findEngine(env = process.env) {
  const named = namedEngine(env);
  const tried = [];
  for (const engine of named ? [named] : usualEngines(env)) {
    try {
      return { engine, server: await ping(engine), named: Boolean(named), tried };
    } catch (error) {
      tried.push({ engine, error });
    }
  }
  return { named: Boolean(named), tried };
}

/** Resolves with the engine's name and version, such as `Docker/20.10.24`; rejects when nobody answers in time. */
export async function ping(engine) {
  // A socket that systemd holds open for a daemon still starting up accepts at once and answers seconds later.
  const { status, headers } = await call(engine, { path: '/_ping', idleMs: 5000 });
  if (status !== 200) throw new Error(`/_ping was answered with status ${status}`);
  return (headers.server ?? 'engine').split(' ')[0];
}

/**
 * One request, its whole answer as text. `idleMs` bounds silence on the connection, not the whole exchange, so that a
 * slow transfer may take its time and a dead one may not.
 */
export function call(engine, { method = 'GET', path, headers = {}, body, idleMs = 30_000, signal }) {
  return new Promise((resolve, reject) => {
    const { client, options } = transport(engine);
    const request = client.request({ ...options, method, path, headers, signal, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    request.setTimeout(idleMs, () => request.destroy(new Error(`no sign of life for ${idleMs / 1000} s`)));
    request.on('error', reject);
    if (body?.pipe) {
      body.on('error', (error) => request.destroy(error));
      body.pipe(request);
    } else {
      request.end(body);
    }
  });
}

function transport({ address, tlsDir }) {
  const { protocol, hostname, port, pathname } = new URL(address);
  switch (protocol) {
    case 'unix:':
      return { client: http, options: { socketPath: decodeURIComponent(pathname), host: 'localhost' } };
    case 'npipe:':
      return { client: http, options: { socketPath: address.slice('npipe://'.length), host: 'localhost' } };
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const secure = tlsDir || protocol === 'https:';
      const options = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port || (secure ? 2376 : 2375) };
      return secure ? { client: https, options: { ...options, ...certificates(tlsDir) } } : { client: http, options };
    }
    default:
      throw new HostTrouble(`These scripts reach an engine by unix:// or tcp://, not by ${protocol}//.`);
  }
}

function certificates(dir) {
  const read = (name) => (dir && existsSync(path.join(dir, name)) ? readFileSync(path.join(dir, name)) : undefined);
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

function namedEngine(env) {
  const config = env.DOCKER_CONFIG || path.join(os.homedir(), '.docker');
  if (env.DOCKER_HOST) {
    const tlsDir = env.DOCKER_TLS_VERIFY ? env.DOCKER_CERT_PATH || config : undefined;
    return { address: env.DOCKER_HOST, rule: 'DOCKER_HOST', tlsDir };
  }
  if (env.DOCKER_CONTEXT) return contextEngine(config, env.DOCKER_CONTEXT, 'DOCKER_CONTEXT');
  return contextEngine(config, readJson(path.join(config, 'config.json'))?.currentContext, 'the current docker context');
}

/** The docker program stores a context in folders named by the hash of its name. */
function contextEngine(config, name, rule) {
  if (!name || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const address = readJson(path.join(config, 'contexts', 'meta', id, 'meta.json'))?.Endpoints?.docker?.Host;
  if (!address) throw new HostTrouble(`${rule} is "${name}", but there is no docker context of that name in ${config}.`);
  const tlsDir = path.join(config, 'contexts', 'tls', id, 'docker');
  return { address, rule: `${rule} "${name}"`, tlsDir: existsSync(tlsDir) ? tlsDir : undefined };
}

/** The default socket, then those of the desktop programs, which people have without having named them. */
function usualEngines(env) {
  const home = os.homedir();
  const runtime = env.XDG_RUNTIME_DIR || `/run/user/${process.getuid?.() ?? 0}`;
  const known = [
    [path.join(home, '.docker/run/docker.sock'), 'Docker Desktop'],
    [path.join(home, '.docker/desktop/docker.sock'), 'Docker Desktop'],
    [path.join(home, '.colima/default/docker.sock'), 'Colima'],
    [path.join(home, '.rd/docker.sock'), 'Rancher Desktop'],
    [path.join(home, '.orbstack/run/docker.sock'), 'OrbStack'],
    [path.join(runtime, 'docker.sock'), 'rootless Docker'],
    [path.join(runtime, 'podman/podman.sock'), 'podman'],
    ['/run/podman/podman.sock', 'podman'],
  ].filter(([socket]) => existsSync(socket));
  return [
    { address: defaultAddress, rule: 'the default socket' },
    ...known.map(([socket, owner]) => ({ address: `unix://${socket}`, rule: `the socket of ${owner}` })),
  ];
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent or unreadable: the docker program, too, then behaves as if nothing were configured
  }
}
