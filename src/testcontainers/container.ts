import type { Readable } from 'node:stream';
import type { StartedNetwork } from 'testcontainers';
import { fail } from '../errors.ts';
import { buildImage, type DockerfileContext } from './image.ts';
import type { Runtime } from './runtime.ts';

/** As testcontainers writes them. */
export interface ExtraHost {
  readonly host: string;
  readonly ipAddress: string;
}

/** A limit as the command line takes it, e.g. `'500ms'` or `'6MB'`; a bare number is in seconds. */
export type LimitValue = string | number;

/** What the builders of endpoints and of training jobs have in common. */
export abstract class SageMakerContainer {
  readonly #image: string | DockerfileContext;
  readonly #environment: Record<string, string> = {};
  readonly #limits: Record<string, LimitValue> = {};
  protected readonly labels: Record<string, string> = {};
  readonly #buildArgs: Record<string, string> = {};
  readonly #extraHosts: Record<string, string> = {};
  protected readonly networks: StartedNetwork[] = [];
  readonly #aliases: string[] = [];
  #name: string | undefined;
  #project: string | undefined;
  #instanceType: string | undefined;
  #instanceCount: number | undefined;
  #speed: number | undefined;
  #gpus: 'all' | number | undefined;
  protected logConsumer: ((stream: Readable) => unknown) | undefined;

  /** `image`: its name, a directory with a Dockerfile, or how to build one. */
  constructor(image: string | DockerfileContext) {
    this.#image = image;
  }

  /** Of the endpoint, or the job; `<image>-<time>` by default. Each is in a world of its own, so that others may have the same. */
  withName(name: string): this {
    this.#name = name;
    return this;
  }

  withEnvironment(environment: Readonly<Record<string, string>>): this {
    Object.assign(this.#environment, environment);
    return this;
  }

  /** SageMaker's limits in place of the cloud's: `{ ping: '500ms', invocation: '5s', 'stop-grace': '1s' }`. */
  withLimits(limits: Readonly<Record<string, LimitValue>>): this {
    Object.assign(this.#limits, limits);
    return this;
  }

  /** Build arguments of a directory's Dockerfile. */
  withBuildArgs(buildArgs: Readonly<Record<string, string>>): this {
    Object.assign(this.#buildArgs, buildArgs);
    return this;
  }

  /** On everything that is made in the engine for it. */
  withLabels(labels: Readonly<Record<string, string>>): this {
    Object.assign(this.labels, labels);
    return this;
  }

  /** A network that its containers join besides their own; given twice, both. */
  withNetwork(network: StartedNetwork): this {
    this.networks.push(network);
    return this;
  }

  /** What its containers are called in the networks that it is given: where there are several, the name leads to each of them in turn. */
  withNetworkAliases(...aliases: readonly string[]): this {
    this.#aliases.push(...aliases);
    return this;
  }

  /** Lines of the hosts file; `host-gateway` is the address of the engine's machine. */
  withExtraHosts(hosts: readonly ExtraHost[]): this {
    for (const { host, ipAddress } of hosts) this.#extraHosts[host] = ipAddress;
    return this;
  }

  /** `ml.m5.large` by default. */
  withInstanceType(instanceType: string): this {
    this.#instanceType = instanceType;
    return this;
  }

  withInstanceCount(count: number): this {
    this.#instanceCount = count;
    return this;
  }

  withGpus(gpus: 'all' | number): this {
    this.#gpus = gpus;
    return this;
  }

  /** Runs the clock so many times as fast as the cloud's: what waits a minute there waits a second with 60. */
  withSpeed(speed: number): this {
    this.#speed = speed;
    return this;
  }

  /** Settings of a project file to start from: the path of an `sm-local.yaml`, or of its directory. */
  withProject(path: string): this {
    this.#project = path;
    return this;
  }

  /** Gets what the containers print, line by line. */
  withLogConsumer(consumer: (stream: Readable) => unknown): this {
    this.logConsumer = consumer;
    return this;
  }

  /** Before anything begins. Errors: WrongUsage, for what cannot be meant. */
  protected check(): void {
    const [alias] = this.#aliases;
    if (alias === undefined || this.networks.length > 0) return;
    throw fail('WrongUsage', {
      message: `withNetworkAliases('${alias}') without withNetwork: there is no network to be called so in.`,
      remedy: 'Add withNetwork(network), or leave the aliases out.',
    });
  }

  /** What both functions of the library take; an image that takes more than a path is built first. Errors: those of a build. */
  protected async common(runtime: Runtime, signal: AbortSignal | undefined) {
    const image = typeof this.#image === 'string' ? this.#image : await this.#build(this.#image, runtime, signal);
    const aliases = this.#aliases.length > 0 ? { aliases: this.#aliases } : {};
    return {
      image,
      engine: runtime.engine,
      ephemeral: true,
      labels: { ...runtime.labels, ...this.labels },
      networks: this.networks.map((network) => ({ network: network.getId(), ...aliases })),
      extraHosts: this.#extraHosts,
      env: this.#environment,
      limit: this.#limits,
      buildArg: typeof this.#image === 'string' ? this.#buildArgs : {},
      ...(this.#name !== undefined && { name: this.#name }),
      ...(this.#project !== undefined && { project: this.#project }),
      ...(this.#instanceType !== undefined && { instanceType: this.#instanceType }),
      ...(this.#instanceCount !== undefined && { instanceCount: this.#instanceCount }),
      ...(this.#gpus !== undefined && { gpus: this.#gpus }),
      ...(this.#speed !== undefined && { speed: this.#speed }),
      ...(signal && { signal }),
    };
  }

  async #build(context: DockerfileContext, { engine }: Runtime, signal: AbortSignal | undefined): Promise<string> {
    const args = { ...context.buildArgs, ...this.#buildArgs };
    return await buildImage(engine, { ...context, ...(Object.keys(args).length > 0 && { buildArgs: args }) }, signal);
  }
}
