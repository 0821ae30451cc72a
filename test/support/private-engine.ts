import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { connect } from '../../src/engine/docker/client.ts';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, EngineAddress } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { canStart, type Namespace, openNamespace } from './namespace.ts';
import { baseImage } from './real-engine.ts';

/** Whether this machine lets a test start docker engines of its own; a suite that needs one is defined only then. */
export const canStartEngines = canStart('dockerd', 'containerd');

/** Says on stderr what a suite cannot run here, once, so that nothing is left out in silence. */
export function sayNotRun(
  what: string,
  why = 'it starts a docker engine of its own, which takes root on Linux, dockerd and unshare',
): void {
  process.stderr.write(`Not run: ${what}: ${why}.\n`);
}

export interface PrivateEngineOptions {
  /** Containers go on while the engine is away. */
  readonly liveRestore?: boolean;
  /** PEM texts that make it listen with TLS on port 2376 of its own address, to clients whose certificate `ca` has signed. */
  readonly tls?: (address: string) => Promise<ServerCertificate>;
  /** Directories of this machine that the engine finds empty, as an engine on another machine would. */
  readonly hide?: readonly string[];
  /** Users of containers are others on this machine, root too (user-namespace remapping). */
  readonly remapsUsers?: boolean;
  /** Loads the base image; true when left out. */
  readonly withBaseImage?: boolean;
}

export interface ServerCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A docker engine of a test's own. Disposing it ends everything it started and removes everything it wrote. */
export interface PrivateEngine extends AsyncDisposable {
  readonly address: EngineAddress;
  /** A client at its socket, a new one each time. */
  engine(): Engine;
  readonly socket: string;
  /** The machine it thinks it is on. This process can reach its address, and those of containers on the default network. */
  readonly namespace: Namespace;
  /** What it has logged. */
  log(): Promise<string>;
  /** Ends it with SIGTERM and returns when it has ended. Its containers end too, unless live restore is on. */
  stop(): Promise<void>;
  /** Starts it again and returns when it answers. */
  start(): Promise<void>;
  /** `stop` and `start`; from then on with these settings. */
  restart(settings?: Pick<PrivateEngineOptions, 'liveRestore'>): Promise<void>;
  /** SIGKILL: containers and containerd go on, as they do when an engine crashes. */
  kill(): Promise<void>;
}

export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  assert.ok(canStartEngines, 'docker engines cannot be started here');
  const namespace = await openNamespace(options);
  try {
    await configure(namespace, options);
    const daemons = new Daemons(namespace);
    await daemons.start();
    const socket = join(namespace.directory, 'docker.sock');
    const address: EngineAddress = { host: `unix://${socket}`, rule: 'a test' };
    if (options.withBaseImage ?? true) await copyImage(baseImage(), address);
    return {
      address,
      engine: () => dockerEngine(address),
      socket,
      namespace,
      log: () => readFile(join(namespace.directory, 'dockerd.log'), 'utf8'),
      stop: () => daemons.end('TERM'),
      start: () => daemons.start(),
      async restart(settings) {
        await daemons.end('TERM');
        if (settings) await writeSettings(namespace, { ...options, ...settings });
        await daemons.start();
      },
      kill: () => daemons.end('KILL'),
      [Symbol.asyncDispose]: () => namespace[Symbol.asyncDispose](),
    };
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    throw error;
  }
}

/** What is read when the engine starts. */
async function writeSettings(namespace: Namespace, { tls, liveRestore = false, remapsUsers = false }: PrivateEngineOptions): Promise<void> {
  const { directory, cgroup, address, bridge } = namespace;
  const at = (path: string): string => join(directory, path);
  const secure = { tlsverify: true, tlscacert: at('tls/ca.pem'), tlscert: at('tls/cert.pem'), tlskey: at('tls/key.pem') };
  const engine = {
    hosts: [`unix://${at('docker.sock')}`, ...(tls ? [`tcp://${address}:2376`] : [])],
    ...(tls && secure),
    'data-root': at('data'),
    'exec-root': at('exec'),
    pidfile: at('docker.pid'),
    containerd: at('containerd.sock'),
    'cgroup-parent': `/${cgroup}`,
    bip: bridge,
    'live-restore': liveRestore,
    ...(remapsUsers && { 'userns-remap': remappedTo }),
  };
  await writeFile(at('daemon.json'), JSON.stringify(engine));
}

/** A containerd of its own, so that SIGKILL of the engine leaves it, and with it the containers, alive: its own child would die with it. */
async function configure(namespace: Namespace, options: PrivateEngineOptions): Promise<void> {
  const { tls, remapsUsers = false } = options;
  const at = (path: string): string => join(namespace.directory, path);
  await writeSettings(namespace, options);
  if (tls) {
    await mkdir(at('tls'));
    for (const [name, pem] of Object.entries(await tls(namespace.address))) await writeFile(at(`tls/${name}.pem`), pem, { mode: 0o600 });
  }
  if (remapsUsers) {
    await chmod(namespace.directory, 0o711);
    for (const file of ['subuid', 'subgid']) {
      await writeFile(at(file), `${remappedTo}:200000:65536\n`);
      await namespace.run('mount', '--bind', at(file), `/etc/${file}`); // for the namespace alone
    }
  }
  const containerd = [
    'version = 2',
    `root = "${at('containerd/root')}"`,
    `state = "${at('containerd/state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${at('containerd.sock')}"`,
    '',
  ];
  await writeFile(at('containerd.toml'), containerd.join('\n'));
}

/** A user and a group of every Linux machine. */
const remappedTo = 'daemon';

/** The two processes of an engine. */
class Daemons {
  readonly #namespace: Namespace;
  #containerd: ChildProcess | undefined;
  #engine: ChildProcess | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  async start(): Promise<void> {
    assert.equal(this.#engine, undefined, 'the engine runs');
    this.#containerd ??= this.#namespace.spawn('containerd', ['--config', this.#at('containerd.toml'), '--log-level', 'warn']);
    await this.#namespace.until(() => isThere(this.#at('containerd.sock')), this.#containerd, 'containerd');
    this.#engine = this.#namespace.spawn('dockerd', ['--config-file', this.#at('daemon.json')]);
    await this.#namespace.until(() => answers(this.#at('docker.sock')), this.#engine, 'dockerd');
  }

  async end(signal: 'TERM' | 'KILL'): Promise<void> {
    assert.ok(this.#engine, 'the engine does not run');
    const ended = once(this.#engine, 'exit');
    const pidFile = this.#at('docker.pid'); // its id in the namespace
    await this.#namespace.run('sh', '-c', `kill -${signal} "$(cat "$0")"`, pidFile);
    await ended;
    await rm(pidFile, { force: true });
    this.#engine = undefined;
  }

  #at(path: string): string {
    return join(this.#namespace.directory, path);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Whether an engine answers at a socket. */
export const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });

/** From the ordinary engine to another one. */
export async function copyImage(name: string, to: EngineAddress): Promise<void> {
  const image = await connect(findEngine()).getImage(name).get();
  const loading = (await connect(to).loadImage(image)) as unknown as NodeJS.ReadableStream;
  loading.resume();
  await once(loading, 'end');
}
