import type { Readable } from 'node:stream';
import { servingPort } from '../contract/serving.ts';
import { labelsOf } from '../endpoints/adopt-endpoint.ts';
import { fail } from '../errors.ts';
import type { ClientConfig, Invocation, InvocationBody, InvokeOptions, ServedEndpoint, StreamedInvocation } from '../index.ts';
import type { Scope } from '../scope.ts';
import { linesOf } from './lines.ts';
import type { Runtime } from './runtime.ts';

/** A container of an endpoint, as it was when the endpoint came into service. */
export interface InstanceContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of a network -> its id, and the container's address there. */
  readonly networks: ReadonlyMap<string, { readonly id: string; readonly address: string }>;
}

/** Those of every instance. Errors: trouble of the engine. */
export async function containersOf(endpoint: ServedEndpoint, { client, engine }: Runtime): Promise<readonly InstanceContainer[]> {
  const found = await Promise.all(endpoint.endpoints.map(({ record }) => engine.containers.list(labelsOf(record))));
  const running = found.flat().filter(({ state, labels }) => state === 'running' && labels['sm-local.host'] !== undefined);
  return await Promise.all(
    running.map(async ({ id, labels }) => {
      const { NetworkSettings } = await client.container.inspect(client.container.getById(id));
      const networks = Object.entries(NetworkSettings.Networks).map(
        ([name, { NetworkID, IPAddress }]) => [name, { id: NetworkID, address: IPAddress }] as const,
      );
      return { id, labels, networks: new Map(networks) };
    }),
  );
}

/** What a command in a container came to, as testcontainers tells it. */
export interface ExecResult {
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** An endpoint in service. Disposing it stops it and removes everything, unless it is to be reused. */
export class StartedSageMakerEndpointContainer implements AsyncDisposable {
  readonly #endpoint: ServedEndpoint;
  readonly #runtime: Runtime;
  readonly #containers: readonly InstanceContainer[];
  readonly #scope: Scope;

  /** `scope`: all that goes with it. */
  constructor(endpoint: ServedEndpoint, runtime: Runtime, containers: readonly InstanceContainer[], scope: Scope) {
    this.#endpoint = endpoint;
    this.#runtime = runtime;
    this.#containers = containers;
    this.#scope = scope;
  }

  /** `http://127.0.0.1:49200`: POST /invocations, /endpoints/<name>/invocations, GET /ping. */
  get url(): string {
    return this.#endpoint.url;
  }

  /** For `new SageMakerRuntimeClient(…)`. */
  get clientConfig(): ClientConfig {
    return this.#endpoint.clientConfig;
  }

  /** For everything else that the library has of an endpoint: its operations, its metrics, its events. */
  get endpoint(): ServedEndpoint {
    return this.#endpoint;
  }

  /** What its containers have received: the last thousand requests, for assertions. */
  get received(): ServedEndpoint['received'] {
    return this.#endpoint.received;
  }

  /** InvokeEndpoint. Errors: InvocationError with AWS's code. */
  async invoke(body?: InvocationBody, options?: InvokeOptions): Promise<Invocation> {
    return await this.#endpoint.invoke(body, options);
  }

  /** InvokeEndpointWithResponseStream. Errors: as `invoke`, also while it is read. */
  async invokeStream(body?: InvocationBody, options?: InvokeOptions): Promise<StreamedInvocation> {
    return await this.#endpoint.invokeStream(body, options);
  }

  /** Everything that its containers print, from the first line on, and on as they go on. */
  async logs(): Promise<Readable> {
    return linesOf(this.#endpoint);
  }

  /** Runs a command in the first instance's container, or in the one that `id` names. Errors: the engine's, where the container is gone. */
  async exec(
    command: string | readonly string[],
    options: { readonly workingDir?: string; readonly user?: string; readonly env?: Record<string, string>; readonly id?: string } = {},
  ): Promise<ExecResult> {
    const { id = this.getId(), ...rest } = options;
    const { container } = this.#runtime.client;
    return await container.exec(container.getById(id), typeof command === 'string' ? [command] : [...command], rest);
  }

  /** Of the endpoint. */
  getName(): string {
    return this.#endpoint.name;
  }

  getUrl(): string {
    return this.#endpoint.url;
  }

  getHost(): string {
    return new URL(this.#endpoint.url).hostname;
  }

  getPort(): number {
    return Number(new URL(this.#endpoint.url).port);
  }

  /** The endpoint's own port, which stands for its containers' 8080. Errors: WrongUsage for others, which are not published. */
  getMappedPort(port: number | string): number {
    if (String(port).replace(/\/tcp$/, '') === String(servingPort)) return this.getPort();
    throw fail('WrongUsage', {
      message: `The port ${port} of an endpoint is not published.`,
      remedy: `Only ${servingPort} is. Another container reaches its other ports in a network: withNetwork(network).`,
    });
  }

  getFirstMappedPort(): number {
    return this.getPort();
  }

  /** Of the first instance's container. */
  getId(): string {
    return this.#first.id;
  }

  /** Of the containers of all instances, as they were when it came into service. */
  getIds(): readonly string[] {
    return this.#containers.map(({ id }) => id);
  }

  getLabels(): Readonly<Record<string, string>> {
    return this.#first.labels;
  }

  getNetworkNames(): string[] {
    return [...this.#first.networks.keys()];
  }

  /** Errors: WrongUsage for a network that it is not in. */
  getNetworkId(name: string): string {
    return this.#network(name).id;
  }

  /** Of the first instance's container. Errors: WrongUsage for a network that it is not in. */
  getIpAddress(name: string): string {
    return this.#network(name).address;
  }

  /** SIGTERM, and SIGKILL after `timeout` milliseconds, or after the grace that its limits say. Everything is removed when it returns. */
  async stop({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    const stopped = this.#endpoint.stop();
    // Its trouble is that of `stopped`, too.
    const kill = (): void => void this.#endpoint.stop({ now: true }).catch(() => {});
    const timer = timeout === undefined ? undefined : setTimeout(kill, timeout);
    try {
      await stopped;
    } finally {
      clearTimeout(timer);
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  get #first(): InstanceContainer {
    const [first] = this.#containers;
    if (first) return first;
    throw fail('ResourceNotFound', { what: `a container of the endpoint ${this.#endpoint.name} that ran when it came into service` });
  }

  #network(name: string): { readonly id: string; readonly address: string } {
    const network = this.#first.networks.get(name);
    if (network) return network;
    throw fail('WrongUsage', {
      message: `The endpoint is not in the network ${name}.`,
      remedy: `It is in ${this.getNetworkNames().join(', ')}.`,
    });
  }
}
