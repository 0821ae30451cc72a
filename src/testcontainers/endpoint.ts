import type { WaitStrategy } from 'testcontainers';
import { fail, reasonOf } from '../errors.ts';
import { type HostingRequests, type ServedEndpoint, serve } from '../index.ts';
import { Scope } from '../scope.ts';
import { SageMakerContainer } from './container.ts';
import { type DockerfileContext, SageMakerImageBuilder } from './image.ts';
import { linesOf } from './lines.ts';
import { refuseReuseIn, serveReused } from './reuse.ts';
import { openRuntime, type Runtime } from './runtime.ts';
import { containersOf, type InstanceContainer, StartedSageMakerEndpointContainer } from './started-endpoint.ts';
import { waitFor } from './wait.ts';

/**
 * An endpoint of SageMaker's for a test: the user's own image under the contract for serving, with ping, limits, restarts and AWS's runtime API.
 *
 * ```ts
 * await using endpoint = await new SageMakerEndpointContainer('./iris').withModel('./model').start();
 * const answer = await endpoint.invoke('5.1,3.5,1.4,0.2', { contentType: 'text/csv' });
 * ```
 */
export class SageMakerEndpointContainer extends SageMakerContainer {
  readonly #faults: Record<string, string | number> = {};
  #model: string | undefined;
  #requests: HostingRequests | undefined;
  #startupTimeout: number | undefined;
  #waitStrategy: WaitStrategy | undefined;
  #isReused = false;

  /** Builds an image first, with what a path alone does not say: `await SageMakerEndpointContainer.fromDockerfile('./iris').build()`. */
  static fromDockerfile(context: string, dockerfile?: string): SageMakerImageBuilder<SageMakerEndpointContainer> {
    const asked: DockerfileContext = { context, ...(dockerfile !== undefined && { dockerfile }) };
    return new SageMakerImageBuilder(asked, (made) => new SageMakerEndpointContainer(made));
  }

  /** A directory, a `model.tar.gz`, or an `s3://` address. */
  withModel(model: string): this {
    this.#model = model;
    return this;
  }

  /** Faults on demand: `{ latency: '100ms', error: '5%' }`. */
  withFaults(faults: Readonly<Record<string, string | number>>): this {
    Object.assign(this.#faults, faults);
    return this;
  }

  /** AWS's requests that everything else goes on top of: several variants, data capture, other endpoints beside it, … */
  withRequests(requests: HostingRequests): this {
    this.#requests = requests;
    return this;
  }

  /** Milliseconds until the first healthy ping, and for the wait strategy; the cloud's 8 minutes by default. */
  withStartupTimeout(milliseconds: number): this {
    if (typeof milliseconds !== 'number' || !(milliseconds > 0) || !Number.isFinite(milliseconds)) {
      const message = `withStartupTimeout(${JSON.stringify(milliseconds)}): that are no milliseconds.`;
      throw fail('WrongUsage', { message, remedy: 'Give a number above 0.' });
    }
    this.#startupTimeout = milliseconds;
    return this;
  }

  /** What each of its containers has to show besides a healthy ping. */
  withWaitStrategy(strategy: WaitStrategy): this {
    this.#waitStrategy = strategy;
    return this;
  }

  /**
   * The endpoint outlives this process, and the next start with the same settings, image and model takes it up as it is, unless
   * TESTCONTAINERS_REUSE_ENABLE is `false`. Disposing it leaves it; `stop` ends it. While another process has it, a start makes one of its own,
   * which goes with it.
   */
  withReuse(): this {
    this.#isReused = true;
    return this;
  }

  /**
   * Returns when it is in service. Errors: SmLocalError, with the last lines of its containers where these are at fault, also for a wait
   * strategy that gives up; the signal's reason. Nothing is left then.
   */
  async start(signal?: AbortSignal): Promise<StartedSageMakerEndpointContainer> {
    this.check();
    const scope = new Scope();
    try {
      const runtime = scope.use(await openRuntime());
      const options = await this.#options(runtime, signal);
      const endpoint = this.#isReused ? await serveReused(options, this.labels, runtime, scope) : scope.use(await serve(options));
      const containers = await this.#ready(endpoint, runtime).catch(async (error: unknown) => {
        await endpoint.stop({ now: true }); // else one that is to be reused would be left
        throw error;
      });
      return new StartedSageMakerEndpointContainer(endpoint, runtime, containers, scope);
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #options(runtime: Runtime, signal: AbortSignal | undefined) {
    const { limit, ...common } = await this.common(runtime, signal);
    const consume = this.logConsumer;
    return {
      ...common,
      limit: { ...limit, ...(this.#startupTimeout !== undefined && { startup: `${this.#startupTimeout}ms` }) },
      fault: this.#faults,
      ...(this.#model !== undefined && { model: this.#model }),
      ...(this.#requests && { requests: this.#requests }),
      ...(consume && { onBegin: (telling: Parameters<typeof linesOf>[0]) => void consume(linesOf(telling)) }),
    };
  }

  protected override check(): void {
    super.check();
    if (this.#isReused) refuseReuseIn(this.networks);
  }

  /** Its containers, when they have shown what they have to show besides. */
  async #ready(endpoint: ServedEndpoint, runtime: Runtime): Promise<readonly InstanceContainer[]> {
    const containers = await containersOf(endpoint, runtime);
    const strategy = this.#waitStrategy;
    if (!strategy) return containers;
    if (this.#startupTimeout !== undefined && !strategy.isStartupTimeoutSet()) strategy.withStartupTimeout(this.#startupTimeout);
    try {
      await Promise.all(containers.map(({ id }) => waitFor(strategy, id, runtime)));
      return containers;
    } catch (error) {
      const printed = (await endpoint.logs()).slice(-20).map(({ message }) => `  | ${message}`);
      const lines = printed.length === 0 ? 'Its containers printed nothing.' : ['Last lines of its containers:', ...printed].join('\n');
      throw fail('WaitGivenUp', { name: endpoint.name, why: reasonOf(error), lines }, error);
    }
  }
}
