import { EventEmitter, once } from 'node:events';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, type Pack, pack } from 'tar-stream';
import type {
  Attachment,
  ContainerSpec,
  ContainerState,
  CreatedContainer,
  Exit,
  Output,
  StartedContainer,
} from '../../src/engine/engine.ts';
import { fail } from '../../src/errors.ts';

/** What an image does when it is run; the exit code it returns ends the container. A throw is exit code 1 and a line on stderr. */
export type Program = (world: World) => Promise<number | Exit> | number | Exit;

/** A container from the inside. */
export interface World {
  readonly spec: ContainerSpec;
  /** The image's own environment under the spec's. */
  readonly env: Readonly<Record<string, string>>;
  /** The real place on disk of a path in the container, whether mounted, written by putArchive, or neither. */
  at(containerPath: string): string;
  write(text: string | Uint8Array, stream?: Output['stream']): void;
  /** Aborted by SIGTERM, which nothing else acts on: as with process 1 of a container, who does not listen goes on. */
  readonly terminated: AbortSignal;
  /** Aborted when the container has ended, by SIGKILL too: time for the program to let go of timers. */
  readonly ended: AbortSignal;
  /** Every signal by name, as it comes. */
  readonly signals: EventEmitter<{ signal: [string] }>;
  /** Takes connections to a TCP port of the container from now on; before, they are refused. */
  listen(server: net.Server, port?: number): Promise<void>;
}

export interface Surroundings {
  readonly id: string;
  readonly image: string;
  readonly program: Program | string;
  readonly environment: Readonly<Record<string, string>>;
  readonly exec: (command: readonly string[], world: World) => Promise<{ code: number; output: string }>;
  /** A directory of the container's own. */
  readonly root: string;
  /** Mount target -> real directory. */
  readonly mounts: ReadonlyMap<string, string>;
  /** The address its ports are bound to, where containers have one that can be reached. */
  readonly address: string | undefined;
  /** Called before each operation; a fault is what it throws. */
  readonly before: (action: string) => Promise<void>;
  readonly happened: (action: string) => void;
  readonly forget: () => void;
  /** Bytes that it takes. */
  readonly memory: () => number;
}

export class FakeContainer implements CreatedContainer, StartedContainer {
  readonly id: string;
  readonly exited: Promise<Exit>;
  readonly spec: ContainerSpec;
  /** Signals it was sent, in order. */
  readonly received: string[] = [];
  readonly #around: Surroundings;
  readonly #outputs: Output[] = [];
  readonly #bus = new EventEmitter();
  readonly #sockets = new Set<net.Socket>();
  readonly #listeners = new Map<number, net.Server>();
  readonly #doors = new Map<number, net.Server>();
  readonly #terminated = new AbortController();
  readonly #ended = new AbortController();
  readonly #world: World;
  #state: 'created' | 'running' | 'exited' | 'removed' = 'created';
  #exit: Exit | undefined;
  #endedAt: Date | undefined;

  constructor(spec: ContainerSpec, around: Surroundings) {
    this.id = around.id;
    this.spec = spec;
    this.#around = around;
    this.#bus.setMaxListeners(0);
    this.exited = once(this.#bus, 'exit').then(([exit]) => exit as Exit);
    this.#world = {
      spec,
      env: { ...around.environment, ...spec.environment },
      at: (containerPath) => this.at(containerPath),
      write: (text, stream = 'stdout') => this.#write({ stream, bytes: Buffer.from(text) }),
      terminated: this.#terminated.signal,
      ended: this.#ended.signal,
      signals: new EventEmitter(),
      listen: (server, port = 8080) => this.#listen(server, port),
    };
  }

  get state(): string {
    return this.#state;
  }

  /** Makes the places that mounts cover, as an engine does. */
  async prepare(): Promise<void> {
    for (const target of this.#around.mounts.keys()) await mkdir(path.join(this.#around.root, target), { recursive: true });
  }

  at(containerPath: string): string {
    const wanted = path.posix.join('/', containerPath);
    const over = [...this.#around.mounts.keys()]
      .filter((target) => wanted === target || wanted.startsWith(`${target}/`))
      .sort((a, b) => b.length - a.length)[0];
    if (over === undefined) return path.join(this.#around.root, wanted);
    return path.join(this.#around.mounts.get(over) ?? '', wanted.slice(over.length));
  }

  async attach(onOutput: (output: Output) => void): Promise<Attachment> {
    await this.#around.before('attach');
    return this.#follow(onOutput, false, true);
  }

  async logs(onOutput: (output: Output) => void, options?: { readonly follow?: boolean }): Promise<Attachment> {
    return this.#follow(onOutput, true, options?.follow ?? false);
  }

  async start(): Promise<StartedContainer> {
    await this.#around.before('start');
    const { program } = this.#around;
    if (typeof program === 'string') throw fail('NotStartable', { message: program });
    for (const port of this.spec.publish ?? []) await this.#publish(port);
    this.#state = 'running';
    this.#around.happened('start');
    void this.#run(program);
    return this;
  }

  async inspect(): Promise<ContainerState> {
    await this.#around.before('inspect');
    const ports = [...this.#doors].map(([port, door]) => [port, (door.address() as net.AddressInfo).port] as const);
    const running = this.#state === 'running';
    return {
      running,
      started: this.#state !== 'created',
      exit: this.#exit,
      endedAt: this.#endedAt,
      pid: undefined,
      address: running ? this.#around.address : undefined,
      ports: new Map(running ? ports : []),
    };
  }

  async usage() {
    await this.#around.before('usage');
    return this.#state === 'running'
      ? { cpuSeconds: process.cpuUsage().user / 1e6, memory: this.#around.memory(), memoryLimit: 4e6 }
      : undefined;
  }

  async wasSignalled(): Promise<boolean> {
    return this.received.length > 0;
  }

  async kill(signal: string): Promise<void> {
    await this.#around.before(`kill ${signal}`);
    if (this.#state !== 'running') return;
    this.received.push(signal);
    if (signal === 'SIGKILL') return this.#end({ code: 137, oomKilled: false });
    if (signal === 'SIGTERM') this.#terminated.abort();
    this.#world.signals.emit('signal', signal);
  }

  async stop(grace: number): Promise<Exit> {
    await this.kill('SIGTERM');
    const timer = setTimeout(() => void this.kill('SIGKILL'), grace * 1000);
    return this.exited.finally(() => clearTimeout(timer));
  }

  async exec(command: readonly string[]): Promise<{ code: number; output: string }> {
    return this.#around.exec(command, this.#world);
  }

  async remove(): Promise<void> {
    if (this.#state !== 'removed') await this.#around.before('remove');
    await this.discard();
  }

  /** Removes it without asking for a fault first. */
  async discard(): Promise<void> {
    if (this.#state === 'removed') return;
    if (this.#state === 'running') this.#end({ code: 137, oomKilled: false });
    this.#state = 'removed';
    this.#bus.emit('closed');
    await rm(this.#around.root, { recursive: true, force: true });
    this.#around.forget();
    this.#around.happened('destroy');
  }

  async putArchive(directory: string, tar: Readable): Promise<void> {
    await this.#around.before('putArchive');
    const reader = extract();
    const unpacked = (async () => {
      for await (const entry of reader) {
        const { name, type, mode = 0o644, linkname } = entry.header;
        const place = this.at(path.posix.join(directory, name));
        await mkdir(type === 'directory' ? place : path.dirname(place), { recursive: true });
        if (type === 'symlink') await symlink(linkname ?? '', place);
        if (type === 'file') await writeFile(place, await buffer(entry));
        if (type === 'file' || type === 'directory') await chmod(place, mode);
        entry.resume();
      }
    })();
    await Promise.all([pipeline(tar, reader), unpacked]);
  }

  /** It has no image that it could differ from. */
  async changes(): Promise<readonly []> {
    await this.#around.before('changes');
    return [];
  }

  async getArchive(containerPath: string): Promise<Readable | undefined> {
    await this.#around.before('getArchive');
    if (this.#state === 'removed') throw fail('ContainerGone', { id: this.id });
    if (!(await lstat(this.at(containerPath)).catch(() => undefined))) return undefined;
    const writer = pack();
    this.#pack(writer, containerPath, path.posix.basename(containerPath)).then(
      () => writer.finalize(),
      (error) => writer.destroy(error),
    );
    return writer as unknown as Readable;
  }

  async #pack(writer: Pack, containerPath: string, name: string): Promise<void> {
    const place = this.at(containerPath);
    const found = await lstat(place).catch(() => undefined);
    if (!found) return; // removed meanwhile
    const common = { mode: found.mode & 0o7777, mtime: found.mtime, uid: found.uid, gid: found.gid };
    if (found.isDirectory()) {
      writer.entry({ ...common, name: `${name}/`, type: 'directory' });
      for (const child of await readdir(place)) await this.#pack(writer, path.posix.join(containerPath, child), `${name}/${child}`);
    } else if (found.isSymbolicLink()) {
      writer.entry({ ...common, name, type: 'symlink', linkname: await readlink(place) });
    } else if (found.isFile()) {
      // Whole, since programs write meanwhile; or not at all, since they remove.
      const content = await readFile(place).catch(() => undefined);
      if (content) writer.entry({ ...common, name, type: 'file', size: content.length }, content);
    }
  }

  async #run(program: Program): Promise<void> {
    try {
      const result = await program(this.#world);
      this.#end(typeof result === 'number' ? { code: result, oomKilled: false } : result);
    } catch (error) {
      this.#write({ stream: 'stderr', bytes: Buffer.from(`${error instanceof Error ? error.stack : String(error)}\n`) });
      this.#end({ code: 1, oomKilled: false });
    }
  }

  #end(exit: Exit): void {
    if (this.#state !== 'running') return;
    this.#state = 'exited';
    this.#exit = exit;
    this.#endedAt = new Date();
    for (const server of [...this.#listeners.values(), ...this.#doors.values()]) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#ended.abort();
    this.#around.happened('die');
    this.#bus.emit('exit', exit);
    this.#bus.emit('closed');
  }

  #write(output: Output): void {
    if (this.#state !== 'running') return;
    this.#outputs.push(output);
    this.#bus.emit('output', output);
  }

  #follow(onOutput: (output: Output) => void, past: boolean, future: boolean): Attachment {
    if (past) this.#outputs.forEach(onOutput);
    if (!future || this.#state === 'exited') return { ended: Promise.resolve(), close: () => {} };
    this.#bus.on('output', onOutput);
    const close = (): void => void this.#bus.off('output', onOutput);
    return { ended: once(this.#bus, 'closed').then(close), close };
  }

  /** As a port proxy does: accepts at once, and drops the connection while nobody listens behind it. */
  async #publish(port: number): Promise<void> {
    const door = net.createServer((socket) => {
      this.#track(socket);
      const server = this.#listeners.get(port);
      if (server === undefined) socket.destroy();
      else server.emit('connection', socket);
    });
    this.#doors.set(port, door);
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  }

  async #listen(server: net.Server, port: number): Promise<void> {
    if (this.#state !== 'running') return;
    server.on('connection', (socket) => this.#track(socket));
    this.#listeners.set(port, server);
    const { address } = this.#around;
    if (address !== undefined) await new Promise<void>((resolve) => server.listen(port, address, resolve));
  }

  #track(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}
