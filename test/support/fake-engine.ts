import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type {
  BuildSpec,
  ContainerEvent,
  ContainerSpec,
  Containers,
  CreatedContainer,
  Engine,
  EngineDescription,
  EngineSettings,
  Image,
  ImageSummary,
  Images,
  Labels,
  Networks,
  Reached,
  Volume,
  VolumeSpec,
  Volumes,
} from '../../src/engine/engine.ts';
import { fail } from '../../src/errors.ts';
import { FakeContainer, type Program, type World } from './fake-container.ts';

export type { Program, World } from './fake-container.ts';

/** An image is what it does. A string is the engine's own text for a program that cannot be executed. */
export interface FakeImage extends Partial<Omit<Image, 'id' | 'tags'>> {
  readonly program: Program | string;
  /** How a list shows it; by default it has its reference, and was built just now. */
  readonly listed?: Partial<Omit<ImageSummary, 'id'>>;
  readonly exec?: (command: readonly string[], world: World) => Promise<{ code: number; output: string }>;
}

export interface FakeEngineOptions {
  /** By reference, e.g. `train-ok:latest`. */
  readonly images: Readonly<Record<string, FakeImage | Program>>;
  readonly describe?: Partial<EngineDescription>;
  readonly settings?: Partial<EngineSettings>;
  /** What its registry has, by reference: pulled when it is asked for. */
  readonly registry?: Readonly<Record<string, FakeImage | Program>>;
  /** Runs before each operation of a container: delays it, or makes it fail by throwing. Actions: create, attach, start, inspect, … */
  readonly before?: (action: string, spec: ContainerSpec) => Promise<void> | void;
  /** What each container takes, in bytes. */
  readonly memory?: () => number;
  readonly build?: (spec: BuildSpec) => FakeImage | Program;
  readonly push?: Engine['images']['push'];
  /** The address of its machine in every network. */
  readonly gateway?: string;
  /** Where it is said to be; `fake://` by default. */
  readonly host?: string;
}

/**
 * An engine inside the test's own process. Containers are functions; their ports are real ports on loopback, their mounts real
 * directories. Everything created is counted, so that a test can show that nothing is left.
 */
export class FakeEngine implements Engine {
  readonly address: { readonly host: string; readonly rule: string };
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly containers: Containers;
  /** Every container there has been, in order of creation, removed ones too; those that try out how files are shared are not among them. */
  readonly history: FakeContainer[] = [];
  readonly #options: FakeEngineOptions;
  readonly #images = new Map<string, { readonly image: Image; readonly fake: FakeImage }>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #networks = new Map<string, { readonly id: string; readonly name: string; readonly labels: Labels }>();
  readonly #volumes = new Map<string, Volume & { readonly labels: Labels; readonly own: string | undefined }>();
  readonly #bus = new EventEmitter();

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.address = { host: options.host ?? 'fake://', rule: 'a test' };
    for (const [reference, fake] of Object.entries(options.images)) this.#addImage(reference, fake);
    this.images = this.#imagesFace();
    this.networks = this.#networksFace();
    this.volumes = this.#volumesFace();
    this.containers = this.#containersFace();
  }

  async describe(): Promise<EngineDescription> {
    const described = {
      kind: 'docker',
      name: 'fake',
      version: '1',
      apiVersion: '1',
      id: 'fake',
      operatingSystem: 'test',
      os: 'linux',
      architecture: 'amd64',
    } as const;
    const machine = { cpus: 2, memory: 2 ** 33, rootless: false, cgroupVersion: '2', storageDriver: 'fake', dataDirectory: os.tmpdir() };
    const abilities = {
      hasGpuRuntime: false,
      isNative: true,
      usesSelinux: false,
      archivesReachMounts: true,
      keepsContainers: true,
      reportsOutOfMemory: true,
    };
    return { ...described, ...machine, ...abilities, ...this.#options.describe };
  }

  settings(): EngineSettings {
    return { proxies: undefined, warnings: [], ...this.#options.settings };
  }

  /** As if the engine had stopped answering, until `isAway` is false again. Containers go on. */
  isAway = false;

  async ping(): Promise<void> {
    if (this.isAway) throw fail('EngineUnreachable', { where: 'fake://', rule: 'a test' });
  }

  async *events(labels: Labels, signal: AbortSignal): AsyncIterable<ContainerEvent> {
    try {
      for await (const [event] of on(this.#bus, 'event', { signal })) if (carries((event as ContainerEvent).labels, labels)) yield event;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async reach(port: number): Promise<Reached> {
    return { host: '127.0.0.1', port, close() {} };
  }

  /** What exists now, e.g. `['container 3f… (running)', 'network …']`; empty when everything was removed. */
  left(): readonly string[] {
    return [
      ...[...this.#containers.values()].map((container) => `container ${container.id} (${container.state})`),
      ...[...this.#networks.keys()].map((id) => `network ${id}`),
      ...[...this.#volumes.keys()].map((name) => `volume ${name}`),
    ];
  }

  /** Removes what is left and its directories. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#containers.values()) await container.discard();
    for (const volume of [...this.#volumes.keys()]) await this.volumes.remove(volume);
    this.#networks.clear();
  }

  #addImage(reference: string, given: FakeImage | Program): Image {
    const fake = typeof given === 'function' ? { program: given } : given;
    const { program: _program, exec: _exec, listed: _listed, ...known } = fake;
    const image: Image = {
      id: `sha256:${createHash('sha256').update(reference).digest('hex')}`,
      tags: [reference],
      os: 'linux',
      architecture: 'amd64',
      size: 0,
      entrypoint: undefined,
      command: undefined,
      environment: {},
      user: '',
      workingDirectory: '/',
      labels: {},
      ...known,
    };
    const entry = { image, fake };
    this.#images.set(reference, entry).set(image.id, entry);
    return image;
  }

  #imagesFace(): Images {
    return {
      ensure: async (reference, { onProgress } = {}) => {
        const found = this.#images.get(reference);
        if (found) return found.image;
        const pulled = this.#options.registry?.[reference];
        onProgress?.({ image: reference, stage: 'download', done: 0 });
        if (!pulled) throw fail('ImageNotFound', { image: reference, why: 'the test has no such image' });
        onProgress?.({ image: reference, stage: 'download', done: 50, total: 100 });
        onProgress?.({ image: reference, stage: 'unpack', done: 100, total: 100 });
        return this.#addImage(reference, pulled);
      },
      inspect: async (reference) => this.#images.get(reference)?.image,
      build: async (spec) => {
        const built = this.#options.build?.(spec) ?? (await emptyImage(spec));
        if (built) return this.#addImage(spec.tag, built);
        throw fail('BuildFailed', { directory: spec.directory, message: 'the test builds nothing', remedy: '' });
      },
      save: async (reference) => {
        throw fail('EngineFailed', { action: `save the image ${reference}`, message: 'the test has nothing in it' });
      },
      push: async (image, address, options) => {
        if (!this.#images.has(image)) throw fail('ImageMissing', { image });
        const push = this.#options.push;
        if (!push) throw fail('PushFailed', { image: address, why: 'the test pushes nothing' });
        return await push(image, address, options);
      },
      list: async (labels) =>
        [...this.#images]
          .filter(([reference, { image }]) => reference === image.tags[0] && carries(image.labels, labels))
          .map(([, { image, fake }]) => ({ id: image.id, references: image.tags, builtAt: Date.now(), ...fake.listed })),
      remove: async (reference) => void this.#removeImage(reference),
      removeUnused: async (reference) => {
        const id = this.#images.get(reference)?.image.id;
        const isNeeded = [...this.#containers.values()].some(({ spec }) => spec.image === id);
        if (!isNeeded) this.#removeImage(reference);
        return !isNeeded;
      },
    };
  }

  #removeImage(reference: string): void {
    const found = this.#images.get(reference);
    for (const [key, known] of this.#images) if (known === found) this.#images.delete(key);
  }

  #networksFace(): Networks {
    return {
      create: async ({ name, labels, fixedAddresses }) => {
        const network = { id: randomUUID(), name, labels, ...(fixedAddresses && { subnet: '198.19.0.0/24' }) };
        this.#networks.set(network.id, network);
        return network;
      },
      remove: async (id) => void this.#networks.delete(id),
      list: async (labels) => [...this.#networks.values()].filter((network) => carries(network.labels, labels)),
      find: async (wanted) => {
        const found = [...this.#networks.values()].find(({ id, name }) => id === wanted || name === wanted);
        return found && { id: found.id, name: found.name };
      },
      gateway: async () => this.#options.gateway,
    };
  }

  #volumesFace(): Volumes {
    return {
      create: async (spec) => {
        const { mountpoint, own } = await makeVolume(spec);
        this.#volumes.set(spec.name, { name: spec.name, mountpoint, labels: spec.labels, own });
        return { name: spec.name, mountpoint };
      },
      remove: async (name) => {
        const own = this.#volumes.get(name)?.own;
        this.#volumes.delete(name);
        if (own !== undefined) await rm(own, { recursive: true, force: true });
      },
      list: async (labels) => [...this.#volumes.values()].filter((volume) => carries(volume.labels, labels)),
    };
  }

  #containersFace(): Containers {
    return {
      create: (spec) => this.#create(spec),
      open: async (id) => this.#containers.get(id),
      ensureStarted: async (id) => {
        const found = this.#containers.get(id);
        return found?.state === 'created' ? await found.start() : found;
      },
      startAgain: async (id) => {
        const found = this.#containers.get(id);
        if (!found) throw fail('ContainerGone', { id });
        return await found.start();
      },
      list: async (labels) =>
        [...this.#containers.values()]
          .filter((container) => carries(container.spec.labels, labels))
          .map(({ id, spec, state }) => ({ id, image: spec.image, labels: spec.labels, state })),
      remove: async (id) => this.#containers.get(id)?.remove(),
    };
  }

  async #create(spec: ContainerSpec): Promise<CreatedContainer> {
    const isProbe = spec.labels['sm-local.kind'] === 'probe';
    const before = async (action: string): Promise<void> => (isProbe ? undefined : this.#options.before?.(action, spec));
    await before('create');
    const known = this.#images.get(spec.image);
    if (!known) throw fail('ImageNotFound', { image: spec.image, why: 'the test has no such image' });
    for (const { network } of spec.networks ?? []) {
      if (await this.networks.find(network)) continue;
      throw fail('EngineFailed', { action: 'create a container', message: `network ${network} not found` });
    }
    const id = randomUUID().replaceAll('-', '');
    const container = new FakeContainer(spec, {
      id,
      image: known.image.tags[0] ?? spec.image,
      memory: this.#options.memory ?? (() => 1e6),
      program: known.fake.program,
      environment: known.image.environment,
      exec: known.fake.exec ?? (async () => ({ code: 126, output: 'the image has no such program' })),
      root: await mkdtemp(path.join(os.tmpdir(), 'fake-container-')),
      mounts: new Map(spec.mounts.map((mount) => [mount.target, this.#sourceOf(mount.kind, mount.source)])),
      address: (await this.describe()).isNative ? nextAddress() : undefined,
      before,
      happened: (action) => this.#bus.emit('event', { id, action, labels: spec.labels } satisfies ContainerEvent),
      forget: () => this.#containers.delete(id),
    });
    this.#containers.set(id, container);
    if (!isProbe) this.history.push(container);
    await container.prepare();
    for (const patch of spec.patches ?? []) await container.putArchive('/', createReadStream(patch));
    return container;
  }

  #sourceOf(kind: 'bind' | 'volume', source: string): string {
    return kind === 'bind' ? source : (this.#volumes.get(source)?.mountpoint ?? '');
  }
}

/** What every engine can build: an image with nothing in it. */
async function emptyImage({ directory }: BuildSpec): Promise<FakeImage | undefined> {
  const isEmpty = (await readFile(path.join(directory, 'Dockerfile'), 'utf8').catch(() => '')).startsWith('FROM scratch\n');
  return isEmpty ? { program: 'exec: there is nothing in the image' } : undefined;
}

/** A program that answers HTTP on the container's port 8080 and ends well on SIGTERM. */
export const serving =
  (listener: http.RequestListener): Program =>
  async (world) => {
    const terminated = once(world.terminated, 'abort'); // heard from the first moment on
    await world.listen(http.createServer(listener));
    await terminated;
    return 0;
  };

const carries = (labels: Labels, wanted: Labels): boolean => Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** A bind shows its device; an overlay a copy of its lower directory; else an empty directory. */
async function makeVolume({ mount }: VolumeSpec): Promise<{ mountpoint: string; own: string | undefined }> {
  if (mount?.options.split(',').some((option) => option === 'bind' || option === 'rbind'))
    return { mountpoint: mount.device, own: undefined };
  const own = await mkdtemp(path.join(os.tmpdir(), 'fake-volume-'));
  const lower = /lowerdir=([^,:]+)/.exec(mount?.options ?? '')?.[1];
  await mkdir(own, { recursive: true });
  if (lower !== undefined) await cp(await realpath(lower), own, { recursive: true });
  return { mountpoint: own, own };
}

let addresses = 0;

/**
 * Every container has its own loopback address, so that port 8080 is free there; other processes have others, and nobody has 254 containers at
 * once. Linux answers on all of 127/8, macOS does not.
 */
function nextAddress(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  addresses += 1;
  return `127.${64 + (process.pid & 127)}.${(process.pid >> 7) & 255}.${1 + (addresses % 254)}`;
}
