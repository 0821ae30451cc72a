import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/engine/docker/client.ts';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, EngineAddress } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { isInstalled, runProgram } from './programs.ts';
import { baseImage } from './real-engine.ts';

/** What a private engine needs: root on Linux, and these programs. */
const programs = ['dockerd', 'containerd', 'unshare', 'nsenter', 'ip', 'iptables'] as const;

/** Whether this machine lets a test start engines of its own; a suite that needs one is defined only then. */
export const canStartEngines = process.platform === 'linux' && process.getuid?.() === 0 && programs.every(isInstalled);

/** Says on stderr what a suite cannot run here, once, so that nothing is left out in silence. */
export function sayNotRun(what: string, why = `engines of a test's own need root on Linux and ${programs.join(', ')}`): void {
  process.stderr.write(`Not run: ${what}: ${why}.\n`);
}

export interface PrivateEngineOptions {
  /** Containers go on while the engine is away. */
  readonly liveRestore?: boolean;
  /** PEM files that make it listen with TLS on port 2376 of its own address, to clients whose certificate `ca` has signed. */
  readonly tls?: (host: string) => Promise<{ readonly ca: string; readonly cert: string; readonly key: string }>;
  /** Directories of this machine that the engine finds empty, as an engine on another machine would. */
  readonly hide?: readonly string[];
  /** Loads the base image; true when left out. */
  readonly withBaseImage?: boolean;
}

/** A docker engine of a test's own. Disposing it ends everything it started and removes everything it wrote. */
export interface PrivateEngine extends AsyncDisposable {
  readonly address: EngineAddress;
  /** A client at its socket; each call makes a new one. */
  engine(): Engine;
  readonly socket: string;
  /** Its own address, which this process can reach, as it can those of its containers on the default network. */
  readonly host: string;
  /** Where it keeps everything; of the test's use too. */
  readonly directory: string;
  /** What it has logged. */
  log(): Promise<string>;
  /** Ends it with SIGTERM and returns when it has ended. Its containers end too, unless live restore is on. */
  stop(): Promise<void>;
  /** Starts it again and returns when it answers. */
  start(): Promise<void>;
  /** `stop` and `start`. */
  restart(): Promise<void>;
  /** SIGKILL; containers and containerd go on, as they do when an engine crashes. */
  kill(): Promise<void>;
}

/**
 * Starts dockerd in network, mount and process namespaces of its own: two engines in one network namespace would both manage the same
 * chains of iptables. Everything hangs on one shell that waits for the end of its standard input; when it ends, so do all processes of the
 * namespace, and what they mounted and configured goes with them, also where this process was killed.
 */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  assert.ok(canStartEngines, 'engines cannot be started here');
  const directory = await mkdtemp(join(tmpdir(), 'sm-local-engine-'));
  const name = directory.slice(-6);
  const hidden = options.hide ?? [];
  for (const path of hidden) assert.ok(!`${directory}${sep}`.startsWith(`${path}${sep}`), `${path} holds the engine's own directory`);

  await writeFile(join(directory, 'namespace.sh'), namespaceScript);
  await writeFile(join(directory, 'holder.sh'), holderScript);
  const holder = spawn('sh', [join(directory, 'holder.sh'), directory, cgroupOf(name), ...hidden], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // an interrupt of the terminal is for the test, which then ends the holder
    cwd: '/',
  });
  const ended = once(holder, 'close');
  const dispose = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
  };
  try {
    const pid = await readyPid(holder, ended);
    const host = await joinNetworks(pid, name);
    const daemons = new Daemons(pid, directory);
    const socket = join(directory, 'docker.sock');
    const tls = await options.tls?.(host.address);
    await writeConfiguration(directory, { name, host, ...(tls && { tls }), isLiveRestore: options.liveRestore ?? false });
    await daemons.start();
    if (options.withBaseImage ?? true) await copyImage(baseImage(), { host: `unix://${socket}`, rule: 'a test' });
    const address: EngineAddress = { host: `unix://${socket}`, rule: 'a test' };
    return {
      address,
      engine: () => dockerEngine(address),
      socket,
      host: host.address,
      directory,
      log: () => readFile(join(directory, 'dockerd.log'), 'utf8'),
      stop: () => daemons.end('TERM'),
      start: () => daemons.start(),
      async restart() {
        await daemons.end('TERM');
        await daemons.start();
      },
      kill: () => daemons.end('KILL'),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** $1: the engine's directory, $2: its cgroup, and directories to hide. Removes what is left on disk when the namespace has ended. */
const holderScript = `
unshare --mount --net --pid --fork --kill-child --propagation slave sh "$1/namespace.sh" "$@"
find /sys/fs/cgroup -depth -type d -path "*/$2*" -exec rmdir {} + 2>/dev/null
rm -rf "$1"
`;

/**
 * Process 1 of the namespace. It says its id as the rest of the machine knows it, before /proc becomes the namespace's own. In /run and
 * /etc/docker an engine keeps sockets, settings and its identity, which must not be those of the ordinary one.
 */
const namespaceScript = `
set -e
shift 2
read -r pid rest < /proc/self/stat
mount -t proc proc /proc
mkdir -p /etc/docker
for own in /run /etc/docker; do mount -t tmpfs tmpfs "$own"; done
for hidden in "$@"; do mount -t tmpfs tmpfs "$hidden"; done
ip link set lo up
echo "$pid"
exec 3<&0 >/dev/null
cat <&3 &
wait
`;

async function readyPid(holder: ChildProcess, ended: Promise<unknown>): Promise<number> {
  assert.ok(holder.stdout);
  const line = await Promise.race([once(holder.stdout, 'data').then(([chunk]) => String(chunk)), ended.then(() => '')]);
  const pid = Number.parseInt(line, 10);
  assert.ok(pid > 0, 'the namespaces could not be made');
  return pid;
}

interface Host {
  readonly address: string;
  /** Subnet of the default network, which no other engine has, so that there is a route to its containers from here. */
  readonly bridge: string;
}

/** A pair of virtual cables between the engine's network namespace and this one; it goes with the namespace. */
async function joinNetworks(pid: number, name: string): Promise<Host> {
  const inside = (...command: readonly string[]): Promise<void> =>
    runProgram('nsenter', ['--target', String(pid), '--net', '--mount', '--', ...command]);
  const cable = `sml${name}`;
  const { here, there, bridge } = await freeAddresses(cable, pid);
  await inside('ip', 'address', 'add', `${there}/30`, 'dev', 'cable');
  await inside('ip', 'link', 'set', 'cable', 'up');
  await inside('ip', 'route', 'add', 'default', 'via', here);
  // The engine drops what comes from outside for a port that is not published; this chain is the user's and comes first.
  await inside('iptables', '--wait', '-N', 'DOCKER-USER');
  await inside('iptables', '--wait', '-A', 'DOCKER-USER', '-i', 'cable', '-j', 'ACCEPT');
  await runProgram('ip', ['route', 'add', `${bridge}.0/24`, 'via', there, 'dev', cable]);
  return { address: there, bridge: `${bridge}.1/24` };
}

/** Blocks of 10.201/16 and 10.202/16 that nobody on this machine uses; the kernel decides who comes first. */
async function freeAddresses(cable: string, pid: number) {
  await runProgram('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', String(pid)]);
  const taken = await readFile('/proc/net/route', 'utf8');
  for (let block = process.pid % 256, tries = 0; tries < 256; block = (block + 1) % 256, tries += 1) {
    const hex = (second: number): string =>
      [block, second, 10]
        .map((part) => part.toString(16).padStart(2, '0'))
        .join('')
        .toUpperCase();
    if (new RegExp(`\\b00(${hex(201)}|${hex(202)})\\b`).test(taken)) continue;
    const prefix = `10.201.${block}`;
    await runProgram('ip', ['address', 'add', `${prefix}.1/30`, 'dev', cable]);
    await runProgram('ip', ['link', 'set', cable, 'up']);
    return { here: `${prefix}.1`, there: `${prefix}.2`, bridge: `10.202.${block}` };
  }
  throw new Error('256 private engines are enough');
}

const cgroupOf = (name: string): string => `sm-local-test-${name}`;

interface Configuration {
  readonly name: string;
  readonly host: Host;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly isLiveRestore: boolean;
}

/** A containerd of its own, so that SIGKILL of the engine leaves it, and with it the containers, alive: its own child would die with it. */
async function writeConfiguration(directory: string, { name, host, tls, isLiveRestore }: Configuration): Promise<void> {
  const at = (path: string): string => join(directory, path);
  await mkdir(at('tls'));
  for (const [file, pem] of Object.entries(tls ?? {})) await writeFile(at(`tls/${file}.pem`), pem, { mode: 0o600 });
  const secure = { tlsverify: true, tlscacert: at('tls/ca.pem'), tlscert: at('tls/cert.pem'), tlskey: at('tls/key.pem') };
  const engine = {
    hosts: [`unix://${at('docker.sock')}`, ...(tls ? [`tcp://${host.address}:2376`] : [])],
    ...(tls && secure),
    'data-root': at('data'),
    'exec-root': at('exec'),
    pidfile: at('docker.pid'),
    containerd: at('containerd.sock'),
    'cgroup-parent': `/${cgroupOf(name)}`,
    bip: host.bridge,
    'live-restore': isLiveRestore,
    dns: ['127.0.0.1'], // there is no way out, and waiting for a name server takes seconds
  };
  await writeFile(at('daemon.json'), JSON.stringify(engine));
  const containerd = [
    'version = 2',
    `root = "${at('containerd/root')}"`,
    `state = "${at('containerd/state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${at('containerd.sock')}"`,
  ];
  await writeFile(at('containerd.toml'), `${containerd.join('\n')}\n`);
}

/** The two processes of an engine, in the namespaces of process `pid`. */
class Daemons {
  readonly #pid: number;
  readonly #directory: string;
  #containerd: ChildProcess | undefined;
  #engine: ChildProcess | undefined;

  constructor(pid: number, directory: string) {
    this.#pid = pid;
    this.#directory = directory;
  }

  async start(): Promise<void> {
    assert.equal(this.#engine, undefined, 'the engine runs');
    this.#containerd ??= this.#spawn('containerd', ['--config', this.#at('containerd.toml'), '--log-level', 'warn']);
    await this.#until(() => isThere(this.#at('containerd.sock')), this.#containerd, 'containerd');
    this.#engine = this.#spawn('dockerd', ['--config-file', this.#at('daemon.json')]);
    await this.#until(() => answers(this.#at('docker.sock')), this.#engine, 'dockerd');
  }

  async end(signal: 'TERM' | 'KILL'): Promise<void> {
    assert.ok(this.#engine, 'the engine does not run');
    const ended = once(this.#engine, 'exit');
    const pidFile = this.#at('docker.pid'); // its id in the namespace
    await runProgram('nsenter', this.#entering('sh', '-c', `kill -${signal} "$(cat "$0")"`, pidFile));
    await ended;
    await rm(pidFile, { force: true });
    this.#engine = undefined;
  }

  #entering(...command: readonly string[]): string[] {
    return ['--target', String(this.#pid), '--net', '--mount', '--pid', '--', ...command];
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.#at(`${program}.log`), 'a');
    return spawn('nsenter', this.#entering(program, ...args), { stdio: ['ignore', log, log], detached: true, cwd: '/' });
  }

  async #until(isSo: () => Promise<boolean>, child: ChildProcess, program: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await isSo())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        const log = await readFile(this.#at(`${program}.log`), 'utf8');
        throw new Error(`${program} does not answer:\n${log.split('\n').slice(-20).join('\n')}`);
      }
      await sleep(20);
    }
  }

  #at(path: string): string {
    return join(this.#directory, path);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const answers = (socketPath: string): Promise<boolean> =>
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
