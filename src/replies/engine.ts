import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import os from 'node:os';
import type {
  ContainerEvent,
  ContainerSpec,
  Containers,
  CreatedContainer,
  Engine,
  EngineDescription,
  EngineSettings,
  Image,
  Images,
  Labels,
  Networks,
  Reached,
  Volumes,
} from '../engine/engine.ts';
import { fail } from '../errors.ts';
import { Choice } from './choice.ts';
import { ReplyContainer } from './container.ts';
import type { ReceivedRequest } from './received-request.ts';
import { checkReplies, type Replies } from './reply.ts';

export interface RepliesEngineOptions {
  /** Told of each request to `/invocations` when it has come, before it is answered. */
  readonly onRequest?: (request: ReceivedRequest) => void;
}

/**
 * An engine without an engine: its containers are servers in this process that answer with canned replies, whatever their image is called.
 * Everything above it is the real thing. Errors: WrongUsage, for what no reply can be.
 */
export function repliesEngine(replies: Replies, options: RepliesEngineOptions = {}): Engine {
  checkReplies(replies);
  return new RepliesEngine(replies, options);
}

class RepliesEngine implements Engine {
  readonly address = { host: 'replies://localhost', rule: 'canned replies' };
  readonly images = imagesOfAnyName;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly containers: Containers;
  readonly #choice: Choice;
  readonly #options: RepliesEngineOptions;
  readonly #containers = new Map<string, ReplyContainer>();

  constructor(replies: Replies, options: RepliesEngineOptions) {
    this.#choice = new Choice(replies);
    this.#options = options;
    this.networks = networksOfNobody();
    this.volumes = volumesOfNothing();
    this.containers = this.#containersFace();
  }

  async describe(): Promise<EngineDescription> {
    return {
      ...{ kind: 'docker', name: 'canned replies', version: '1', apiVersion: '1', id: 'replies', operatingSystem: os.type() },
      ...{ os: 'linux', architecture, cpus: os.availableParallelism(), memory: os.totalmem(), rootless: false, cgroupVersion: '2' },
      ...{ storageDriver: 'none', dataDirectory: '', hasGpuRuntime: true, isNative: true, usesSelinux: false },
      ...{ archivesReachMounts: true, keepsContainers: false, reportsOutOfMemory: true },
    };
  }

  settings(): EngineSettings {
    return { proxies: undefined, warnings: [] };
  }

  async ping(): Promise<void> {}

  /** Nothing happens to its containers that was not asked for. */
  events(_labels: Labels, signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const next = async (): Promise<IteratorResult<ContainerEvent>> => {
      if (!signal.aborted) await once(signal, 'abort');
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async reach(port: number): Promise<Reached> {
    return { host: '127.0.0.1', port, close() {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#containers.values()) await container.remove();
  }

  #containersFace(): Containers {
    return {
      create: async (spec) => this.#create(spec),
      open: async (id) => this.#containers.get(id),
      ensureStarted: async (id) => {
        const found = this.#containers.get(id);
        return found?.state === 'created' ? await found.start() : found;
      },
      startAgain: async () => {
        throw fail('NotStartable', { message: 'Canned replies that have ended do not begin again.' });
      },
      list: async (labels) =>
        [...this.#containers.values()]
          .filter(({ spec }) => carries(spec.labels, labels))
          .map(({ id, spec, state }) => ({ id, image: spec.image, labels: spec.labels, state })),
      remove: async (id) => this.#containers.get(id)?.remove(),
    };
  }

  #create(spec: ContainerSpec): CreatedContainer {
    // In the words of an engine that does not have this machine's files, which is what it is.
    if (spec.mounts.some(({ kind }) => kind === 'bind'))
      throw fail('EngineFailed', { action: 'create a container', message: 'bind source path does not exist: there are no files' });
    const id = randomUUID().replaceAll('-', '');
    const container = new ReplyContainer(spec, {
      id,
      choice: this.#choice,
      onRequest: (request) => this.#options.onRequest?.(request),
      onRemoved: () => this.#containers.delete(id),
    });
    this.#containers.set(id, container);
    return container;
  }
}

/** As SageMaker's instances have it; nothing is run. */
const architecture = 'amd64';

const imageOf = (reference: string): Image => ({
  ...{ id: /^sha256:/.test(reference) ? reference : `sha256:${createHash('sha256').update(reference).digest('hex')}`, tags: [reference] },
  ...{ os: 'linux', architecture, size: 0, entrypoint: undefined, command: undefined, environment: {}, user: '', workingDirectory: '/' },
  labels: {},
});

/** There is an image of every name, and a directory becomes one unread. */
const imagesOfAnyName: Images = {
  ensure: async (reference) => imageOf(reference),
  inspect: async (reference) => imageOf(reference),
  build: async ({ tag }) => imageOf(tag),
  save: async (reference) => {
    throw fail('EngineFailed', { action: `save the image ${reference}`, message: 'nothing is in it' });
  },
  push: async (_image, address) => {
    throw fail('PushFailed', { image: address, why: 'there is no engine that could' });
  },
  list: async () => [],
  remove: async () => {},
  removeUnused: async () => true,
};

/** Names that stand for networks. */
function networksOfNobody(): Networks {
  const networks = new Map<string, { readonly id: string; readonly labels: Labels }>();
  return {
    create: async ({ labels }) => {
      const network = { id: randomUUID(), labels };
      networks.set(network.id, network);
      return network;
    },
    remove: async (id) => void networks.delete(id),
    find: async (network) => ({ id: network, name: network, driver: 'bridge' }), // whatever the user calls one of their own
    list: async (labels) => [...networks.values()].filter((network) => carries(network.labels, labels)),
    gateway: async () => undefined,
  };
}

/** Names that stand for volumes: what is put there, nobody can read. */
function volumesOfNothing(): Volumes {
  const volumes = new Map<string, { readonly name: string; readonly labels: Labels }>();
  return {
    create: async ({ name, labels }) => {
      volumes.set(name, { name, labels });
      return { name, mountpoint: '' };
    },
    remove: async (name) => void volumes.delete(name),
    list: async (labels) => [...volumes.values()].filter((volume) => carries(volume.labels, labels)),
  };
}

const carries = (labels: Labels, wanted: Labels): boolean => Object.entries(wanted).every(([name, value]) => labels[name] === value);
