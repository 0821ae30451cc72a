import type { Readable } from 'node:stream';
import type { StartedNetwork } from 'testcontainers';
import { type ClientConfig, type StartedEmulator, startEmulator } from '../index.ts';
import { Scope } from '../scope.ts';
import type { ExtraHost, LimitValue } from './container.ts';
import { linesOf } from './lines.ts';
import { openRuntime } from './runtime.ts';

/**
 * SageMaker's whole API for a test, with S3, CloudWatch Logs and the rest, in this very process.
 *
 * ```ts
 * await using aws = await new SageMakerLocal().start();
 * const client = new SageMakerClient(aws.clientConfig);
 * ```
 */
export class SageMakerLocal {
  readonly #buckets: Record<string, string> = {};
  readonly #limits: Record<string, LimitValue> = {};
  readonly #faults: Record<string, string | number> = {};
  readonly #labels: Record<string, string> = {};
  readonly #networks: StartedNetwork[] = [];
  readonly #extraHosts: Record<string, string> = {};
  #project: string | undefined;
  #region: string | undefined;
  #account: string | undefined;
  #logConsumer: ((stream: Readable) => unknown) | undefined;
  #port: number | undefined;
  #speed: number | undefined;

  /** Bucket -> a directory that is its content. */
  withBuckets(buckets: Readonly<Record<string, string>>): this {
    Object.assign(this.#buckets, buckets);
    return this;
  }

  /** On 127.0.0.1; a free one by default. */
  withPort(port: number): this {
    this.#port = port;
    return this;
  }

  /** SageMaker's limits in place of the cloud's, of all jobs and endpoints. */
  withLimits(limits: Readonly<Record<string, LimitValue>>): this {
    Object.assign(this.#limits, limits);
    return this;
  }

  /** Faults on demand, of all endpoints. */
  withFaults(faults: Readonly<Record<string, string | number>>): this {
    Object.assign(this.#faults, faults);
    return this;
  }

  /** On everything that is made in the engine. */
  withLabels(labels: Readonly<Record<string, string>>): this {
    Object.assign(this.#labels, labels);
    return this;
  }

  /** A network that the containers of all jobs and endpoints join besides their own, unless they are isolated. */
  withNetwork(network: StartedNetwork): this {
    this.#networks.push(network);
    return this;
  }

  /** Lines of the hosts file of all containers; `host-gateway` is the address of the engine's machine. */
  withExtraHosts(hosts: readonly ExtraHost[]): this {
    for (const { host, ipAddress } of hosts) this.#extraHosts[host] = ipAddress;
    return this;
  }

  /** Settings of a project file to start from: the path of an `sm-local.yaml`, or of its directory. */
  withProject(path: string): this {
    this.#project = path;
    return this;
  }

  /** That of clients that name none, and in ARNs; `AWS_REGION`, or us-east-1, by default. */
  withRegion(region: string): this {
    this.#region = region;
    return this;
  }

  /** Twelve digits; 000000000000 by default. */
  withAccount(account: string): this {
    this.#account = account;
    return this;
  }

  /** Gets what the containers of all jobs and endpoints print, line by line. */
  withLogConsumer(consumer: (stream: Readable) => unknown): this {
    this.#logConsumer = consumer;
    return this;
  }

  /** Runs the clock so many times as fast as the cloud's. */
  withSpeed(speed: number): this {
    this.#speed = speed;
    return this;
  }

  /** Errors: WrongUsage, ProjectInvalid, PortTaken, trouble of the engine; the signal's reason. */
  async start(signal?: AbortSignal): Promise<StartedSageMakerLocal> {
    const scope = new Scope();
    try {
      const runtime = scope.use(await openRuntime());
      const emulator = scope.use(
        await startEmulator({
          engine: runtime.engine,
          labels: { ...runtime.labels, ...this.#labels },
          buckets: this.#buckets,
          limit: this.#limits,
          fault: this.#faults,
          networks: this.#networks.map((network) => ({ network: network.getId() })),
          extraHosts: this.#extraHosts,
          ...(this.#project !== undefined && { project: this.#project }),
          ...(this.#region !== undefined && { region: this.#region }),
          ...(this.#account !== undefined && { account: this.#account }),
          ...(this.#port !== undefined && { port: this.#port }),
          ...(this.#speed !== undefined && { speed: this.#speed }),
          ...(signal && { signal }),
        }),
      );
      this.#logConsumer?.(linesOf(emulator));
      return new StartedSageMakerLocal(emulator, scope);
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** The API, ready. Disposing it ends every job and endpoint, and removes everything. */
export class StartedSageMakerLocal implements AsyncDisposable {
  readonly #emulator: StartedEmulator;
  readonly #scope: Scope;

  constructor(emulator: StartedEmulator, scope: Scope) {
    this.#emulator = emulator;
    this.#scope = scope;
  }

  /** `http://127.0.0.1:49200` */
  get url(): string {
    return this.#emulator.url;
  }

  /** For clients of every service but S3: `new SageMakerClient(…)`. */
  get clientConfig(): ClientConfig {
    return this.#emulator.clientConfig;
  }

  /** For `new S3Client(…)`. */
  get s3ClientConfig(): StartedEmulator['s3ClientConfig'] {
    return this.#emulator.s3ClientConfig;
  }

  /** What leads other programs there: `AWS_ENDPOINT_URL`, keys, the region. */
  get environment(): Readonly<Record<string, string>> {
    return this.#emulator.environment;
  }

  /** For everything else that the library has. */
  get emulator(): StartedEmulator {
    return this.#emulator;
  }

  getUrl(): string {
    return this.url;
  }

  getHost(): string {
    return new URL(this.url).hostname;
  }

  getPort(): number {
    return Number(new URL(this.url).port);
  }

  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}
