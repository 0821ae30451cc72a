import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { archiveOf } from './archives.ts';
import { projectRoot } from './real-engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Who may pull from a registry that wants to know. */
export const user = { username: 'user', password: 'not-to-be-seen' } as const;

/** A registry of somebody else's making on this machine, and doors to it that behave as badly as a test wants. */
export interface Registry extends AsyncDisposable {
  /** The engine takes registries at loopback addresses without TLS. */
  readonly host: string;
  /** Pushes an image with one layer of `bytes`; its digest. */
  push(path: string, tag: string, options?: { readonly bytes?: number; readonly architecture?: string }): Promise<string>;
  /** Another address of the same registry, with faults. */
  door(faults: Faults): Promise<Door>;
}

export interface Faults {
  /** Sees to a request by itself when it returns true. */
  readonly answer?: (request: http.IncomingMessage, response: http.ServerResponse) => boolean;
  /** Milliseconds by which each piece of each layer comes late. */
  readonly delay?: number;
  /** Of this machine; a loopback one by default. */
  readonly address?: string;
}

export interface Door extends AsyncDisposable {
  readonly host: string;
}

let program: string | undefined;

/** The registry's program; undefined, with the reason said once, where there is none. */
export function registryProgram(): string | undefined {
  if (program === undefined) {
    const { stdout, stderr } = spawnSync(process.execPath, ['scripts/registry.mjs'], { cwd: projectRoot, encoding: 'utf8' });
    program = stdout.trim();
    if (program === '') process.stderr.write(`Not run: pulls from a real registry: ${stderr.trim()}\n`);
  }
  return program || undefined;
}

/** `isPrivate`: only `user` may do anything. */
export async function startRegistry({ isPrivate = false } = {}): Promise<Registry> {
  const found = registryProgram();
  assert.ok(found, 'there is a registry');
  const directory = await temporaryDirectory();
  const settings = await configure(directory.path, { address: '127.0.0.1:0', isPrivate });
  const child = spawn(found, ['serve', settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const host = await listening(child.stderr);
  const headers = { authorization: `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}` };
  return {
    host,
    push: (path, tag, options) => push(host, headers, path, tag, options),
    door: (faults) => openDoor(host, faults),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}

export interface RegistrySettings {
  readonly address: string;
  readonly isPrivate?: boolean;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Writes what a registry that lives in the directory needs; the file that its program is given. */
export async function configure(directory: string, { address, isPrivate = false, tls }: RegistrySettings): Promise<string> {
  const at = (name: string): string => join(directory, name);
  await writeFile(at('users'), users);
  for (const [name, pem] of Object.entries(tls ?? {})) await writeFile(at(`${name}.pem`), pem, { mode: 0o600 });
  const settings = {
    version: 0.1,
    log: { accesslog: { disabled: true }, formatter: 'json' },
    storage: { filesystem: { rootdirectory: at('data') } },
    http: { addr: address, relativeurls: true, ...(tls && { tls: { certificate: at('cert.pem'), key: at('key.pem') } }) },
    ...(isPrivate && { auth: { htpasswd: { realm: 'test', path: at('users') } } }),
  };
  await writeFile(at('settings.yml'), JSON.stringify(settings)); // which is YAML too
  return at('settings.yml');
}

/**
 * `user`, and whoever has the token that `sm-local up` gives for ECR. The passwords are in bcrypt with few rounds, the only form that the registry
 * reads.
 */
const users = `${user.username}:$2b$04$BaOJcFHT0U2cwAzrwin.UuvHNraU3Jhsk72WV/OdHbbEmC1piygg6
AWS:$2b$04$BaOJcFHT0U2cwAzrwin.UuIo7ovRKlhDTFIna9YeKZRt7PdTXt7aa
`;

/** Its log says where it listens. It is read to its end: a program that nobody listens to any more would end. */
function listening(log: Readable): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    log.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(text) ?? [];
      if (host) resolve(host);
    });
    log.on('end', () => reject(new Error(`the registry did not start:\n${text}`)));
  });
}

/** As any client pushes: layer, configuration, manifest. What is pushed is never the same twice, so that no engine has a part of it already. */
async function push(
  host: string,
  headers: http.OutgoingHttpHeaders,
  path: string,
  tag: string,
  { bytes = 1000, architecture = 'amd64' }: { readonly bytes?: number; readonly architecture?: string } = {},
): Promise<string> {
  const blob = async (content: Buffer): Promise<{ readonly digest: string; readonly size: number }> => {
    const digest = digestOf(content);
    const { location = '' } = (await send(host, 'POST', `/v2/${path}/blobs/uploads/`, headers)).headers;
    await send(host, 'PUT', `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`, headers, content);
    return { digest, size: content.length };
  };
  const tar = await buffer(archiveOf({ noise: { content: randomBytes(bytes).toString('latin1') } }));
  const layer = await blob(gzipSync(tar, { level: 1 }));
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const config = await blob(Buffer.from(JSON.stringify({ architecture, os: 'linux', config: { Cmd: ['/noise'] }, rootfs })));
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }],
    }),
  );
  await send(host, 'PUT', `/v2/${path}/manifests/${tag}`, { ...headers, 'content-type': type }, manifest);
  return digestOf(manifest);
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

function send(host: string, method: string, path: string, headers: http.OutgoingHttpHeaders, body?: Buffer) {
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request(`http://${host}${path}`, { method, headers, agent: false }, (response) => {
      response.resume().on('end', () => {
        if ((response.statusCode ?? 500) < 300) resolve(response);
        else reject(new Error(`${method} ${path}: ${response.statusCode}`));
      });
    });
    request.on('error', reject).end(body);
  });
}

async function openDoor(to: string, { answer: ownAnswer, delay = 0, address = '127.0.0.1' }: Faults): Promise<Door> {
  const server = http.createServer((request, response) => {
    if (ownAnswer?.(request, response)) return;
    const { method = 'GET', url = '/', headers } = request;
    const onward = http.request(`http://${to}${url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (url.includes('/blobs/')) answer.pipe(late(delay)).pipe(response);
      else answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    host: `${address}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const late = (delay: number): Transform =>
  new Transform({ transform: (chunk, _encoding, done) => void setTimeout(done, delay, undefined, chunk) });
