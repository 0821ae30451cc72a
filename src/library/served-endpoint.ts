import type { DescribeEndpointOutput } from '@aws-sdk/client-sagemaker';
import { endpointArn } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import type { HostedEndpoint, HostedEvent } from '../endpoints/hosted-endpoint.ts';
import { type Served, type ServeObserver, serve as serveRequests } from '../endpoints/serve.ts';
import { fail } from '../errors.ts';
import { describeEndpoint } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { sourceCode } from '../options/code-flags.ts';
import { serveOptions } from '../options/serve-options.ts';
import { only } from '../options/serve-request.ts';
import { servingSpec } from '../options/serving-spec.ts';
import { Scope } from '../scope.ts';
import { relay } from '../stop.ts';
import { type LogLine, readLog, tail } from '../store/log-file.ts';
import { ask, inOwnWords } from './asking.ts';
import { type ClientConfig, clientConfig } from './client-config.ts';
import { EventFeed, isGone, type ReadOptions } from './event-feed.ts';
import { type Invocation, type InvocationBody, type InvokeOptions, Invoker, type StreamedInvocation } from './invocation.ts';
import { refuseMisshapen } from './option-shapes.ts';
import type { ServeOptions } from './options.ts';
import { ReceivedRequests, recorderOf } from './received.ts';
import type { ServingEvent } from './serving-event.ts';
import { connectionsOf, openSession, whenAborted } from './session.ts';

/** A line of an instance's log. */
export interface InstanceLine extends LogLine {
  readonly instance: string;
}

/** Endpoints that are in service, behind one address. Disposing it stops them. */
export class ServedEndpoint implements AsyncDisposable {
  /** Of the first endpoint, which most often is the only one. */
  readonly name: string;
  readonly arn: string;
  /** `http://127.0.0.1:49200`: POST /invocations, /endpoints/<name>/invocations, GET /ping. */
  readonly url: string;
  /** For `new SageMakerRuntimeClient(…)`. */
  readonly clientConfig: ClientConfig;
  /** What its containers have received: the last thousand requests, for assertions. */
  readonly received: ReceivedRequests;
  readonly #served: Served;
  readonly #feed: EventFeed<FedEvent>;
  readonly #invoker: Invoker;
  readonly #scope: Scope;
  #stopped: Promise<void> | undefined;

  /** `scope`: what goes with it, but for the endpoints. */
  constructor(received: ReceivedRequests, emulator: Emulator, served: Served, feed: EventFeed<FedEvent>, scope: Scope) {
    const { account, region } = emulator;
    this.received = received;
    this.name = served.endpoints[0]?.endpoint.name ?? '';
    this.arn = endpointArn(region, account, this.name);
    this.url = served.url;
    this.clientConfig = clientConfig(served.url, { account, region });
    this.#served = served;
    this.#feed = feed;
    this.#invoker = new Invoker(served.url);
    this.#scope = scope;
    // Another process may stop it: whoever disposes it hears of trouble.
    const over = (): void => void this.stop().catch(() => {});
    served.stopped.then(over, over);
  }

  /** DescribeEndpoint's answer. Errors: ResourceNotFound. */
  describe(endpoint = this.name): DescribeEndpointOutput {
    const found = this.#served.endpoints.find(({ endpoint: { name } }) => name === endpoint);
    if (!found) throw fail('ResourceNotFound', { what: `an endpoint called "${endpoint}"` });
    return describeEndpoint(found.record);
  }

  /** Each endpoint: its status, its variants, its logs. */
  get endpoints(): readonly HostedEndpoint[] {
    return this.#served.endpoints;
  }

  /** SageMaker's operations on what runs here: UpdateEndpoint and the rest. */
  get operations(): Served['operations'] {
    return this.#served.operations;
  }

  /** What CloudWatch would know of the endpoints. */
  get monitor(): Served['monitor'] {
    return this.#served.monitor;
  }

  /**
   * InvokeEndpoint, through the same door as every client's. Errors: InvocationError with AWS's code; EndpointUnreachable; the reason of the
   * signal.
   */
  async invoke(body: InvocationBody = '', options: InvokeOptions = {}): Promise<Invocation> {
    return await this.#invoker.invoke(options.endpoint ?? this.name, body, options);
  }

  /** InvokeEndpointWithResponseStream. Errors: as `invoke`, also while it is read. */
  async invokeStream(body: InvocationBody = '', options: InvokeOptions = {}): Promise<StreamedInvocation> {
    return await this.#invoker.stream(options.endpoint ?? this.name, body, options);
  }

  /** Everything that is told, from the first event on, at the pace of whoever reads; ends when the endpoints have been stopped. */
  events(options?: ReadOptions): AsyncIterable<ServingEvent> {
    return this.#feed.read(options);
  }

  /** What its containers have printed so far; nothing once it was ephemeral and is stopped. Errors: DiskTrouble. */
  async logs(): Promise<readonly InstanceLine[]> {
    const lines: InstanceLine[] = [];
    for (const { source: instance, path } of this.#feed.logs) {
      try {
        for await (const line of readLog(path)) lines.push({ instance, ...line });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    return lines.sort((a, b) => a.time - b.time);
  }

  /** DeleteEndpoint: SIGTERM, and SIGKILL after the grace, or at once with `now`. Everything is removed when it returns. */
  async stop({ now = false } = {}): Promise<void> {
    const hard = new AbortController();
    if (now) hard.abort();
    this.#stopped ??= this.#end(() => this.#served.stop(hard.signal));
    await Promise.all([this.#stopped, ...(now ? [this.#served.stop(hard.signal)] : [])]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#served.isLasting) return await this.stop();
    this.#stopped ??= this.#end(() => this.#served.leave());
    await this.#stopped;
  }

  async #end(how: () => Promise<void>): Promise<void> {
    const steps = new Scope(); // each of them whatever becomes of the others; the last comes first
    steps.use(this.#scope);
    steps.defer(() => {
      this.#feed.end();
      this.received.end();
    });
    steps.use(this.#invoker);
    steps.defer(how); // first: what is under way may end within the grace
    await steps[Symbol.asyncDispose]();
  }
}

type FedEvent = HostedEvent | Parameters<ImageObserver['event']>[0];

/** As `serve`. */
export async function startServing(options: ServeOptions): Promise<ServedEndpoint> {
  refuseMisshapen(options, ['signal', 'onBegin']);
  const { signal } = options;
  signal?.throwIfAborted();
  const scope = new Scope();
  const stop = new AbortController();
  const feed = new EventFeed<FedEvent>();
  options.onBegin?.({ events: (reading) => feed.read(reading) });
  try {
    if (signal) scope.defer(relay(signal, stop));
    const asked = await inOwnWords(() => ask('serve', serveOptions, options, ['requests', 'alarms', 'lasting', 'onBegin']));
    const { image, surroundings, inWords } = asked;
    const { emulator } = scope.use(await openSession(options, asked));
    const values = { ...asked.values, port: asked.values.port ?? '0' };
    const spec = await inWords(() => servingSpec(image, values, surroundings, emulator, options.requests));
    const observer: ServeObserver = { event: (event) => feed.event(event), log: (instance, log, from) => feed.log(instance, log, from) };
    const onWarning = (message: string): void => feed.event({ event: 'warning', message });
    const code = await inWords(() => sourceCode(values, { cwd: surroundings.cwd, purpose: 'serving', onWarning }, stop.signal));
    if (code) only(spec.requests.models, 'entryPoint');
    const received = new ReceivedRequests();
    const coded = {
      ...spec,
      setting: { ...spec.setting, ...connectionsOf(options), ...(code && { code }) },
      ...(options.alarms && { alarms: options.alarms }),
      recorder: recorderOf(received),
      isLasting: options.lasting === true,
    };
    const kill = new AbortController().signal;
    const served = await inWords(() => serveRequests(emulator, coded, observer, { stop: stop.signal, kill }));
    const endpoint = new ServedEndpoint(received, emulator, served, feed, scope);
    try {
      if (signal?.aborted) throw signal.reason;
      await refuseFailed(served);
    } catch (error) {
      await endpoint.stop({ now: true });
      throw error;
    }
    if (signal) scope.defer(whenAborted(signal, () => endpoint.stop()));
    return endpoint;
  } catch (error) {
    feed.end();
    await scope[Symbol.asyncDispose]();
    signal?.throwIfAborted();
    throw error;
  }
}

/** Errors: EndpointFailed, and what the catalogue has words for. */
export async function refuseFailed({ endpoints }: Served): Promise<void> {
  const failed = endpoints.find(({ endpoint }) => endpoint.status !== 'InService');
  if (!failed) return;
  const { endpoint, logs } = failed;
  if (endpoint.failure?.error) throw endpoint.failure.error;
  const tails = await Promise.all(Object.values(logs).map((path) => tail(path, 20)));
  const printed = tails.flat().map(({ message }) => `  | ${message}`);
  const lines = printed.length === 0 ? 'Its container printed nothing.' : ['Last lines of its container:', ...printed].join('\n');
  const { reason = `it is ${endpoint.status}`, exit } = endpoint.failure ?? {};
  throw fail('EndpointFailed', { name: endpoint.name, why: reason, lines, ...(exit && { exit }) });
}
