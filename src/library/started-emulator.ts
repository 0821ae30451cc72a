import { join } from 'node:path';
import { clientVariables, sagemakerConfig } from '../contract/client-settings.ts';
import type { Account } from '../contract/names.ts';
import type { HostedEvent } from '../endpoints/hosted-endpoint.ts';
import type { ImageObserver } from '../image.ts';
import type { JobEvent } from '../jobs/events.ts';
import { apiSpec } from '../options/api-spec.ts';
import { upOptions } from '../options/up-options.ts';
import { Scope } from '../scope.ts';
import { relay } from '../stop.ts';
import { writeAtomically } from '../store/atomic.ts';
import type { AccountsObserver } from '../up/accounts.ts';
import { type RunningApi, serveApi } from '../up/up.ts';
import { ask, inOwnWords } from './asking.ts';
import { type ClientConfig, clientConfig } from './client-config.ts';
import { EventFeed, type LogEvent, type ReadOptions, type Told } from './event-feed.ts';
import { refuseMisshapen } from './option-shapes.ts';
import type { StartOptions } from './options.ts';
import { connectionsOf, openSession, type Session, whenAborted } from './session.ts';

/** What is told: each event with its time and with what it is about, lines of containers among them. */
export type EmulatorEvent = Told<FedEvent | LogEvent>;

type AboutJob = Account & { readonly kind: 'training-job'; readonly job: string };
type AboutEndpoint = Account & { readonly kind: 'endpoint' };
type FedEvent =
  | (JobEvent & AboutJob)
  | ((HostedEvent | Parameters<ImageObserver['event']>[0]) & AboutEndpoint)
  | { readonly event: 'warning'; readonly message: string };

/** AWS's API on one port of this process. Disposing it ends all that runs, and removes everything where it is ephemeral. */
export class StartedEmulator implements AsyncDisposable {
  /** `http://127.0.0.1:49200` */
  readonly url: string;
  /** Where containers reach it, if they do. */
  readonly containerUrl: string | undefined;
  readonly account: string;
  readonly region: string;
  /** For clients of the AWS SDK for JavaScript: `new SageMakerClient(emulator.clientConfig)`. */
  readonly clientConfig: ClientConfig;
  /** For its S3 client, which takes a bucket for a part of the host's name otherwise. */
  readonly s3ClientConfig: ClientConfig & { readonly forcePathStyle: true };
  /** For processes that use boto3, the AWS CLI, another SDK, or the SageMaker Python SDK: `{ ...process.env, ...emulator.environment }`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #api: RunningApi;
  readonly #feed: EventFeed<FedEvent>;
  readonly #stop: AbortController;
  readonly #kill: AbortController;
  readonly #scope: Scope;
  #stopped: Promise<void> | undefined;

  /** `scope`: all that goes with it. */
  constructor(
    api: RunningApi,
    environment: Readonly<Record<string, string>>,
    of: Account,
    parts: { readonly feed: EventFeed<FedEvent>; readonly stop: AbortController; readonly kill: AbortController; readonly scope: Scope },
  ) {
    this.url = api.url;
    this.containerUrl = api.containerUrl;
    this.account = of.account;
    this.region = of.region;
    this.clientConfig = clientConfig(api.url, of);
    this.s3ClientConfig = { ...clientConfig(environment.AWS_ENDPOINT_URL_S3 ?? api.url, of), forcePathStyle: true };
    this.environment = environment;
    this.#api = api;
    this.#feed = parts.feed;
    this.#stop = parts.stop;
    this.#kill = parts.kill;
    this.#scope = parts.scope;
    // Another process may end it, with `sm-local down`: whoever disposes it hears of trouble.
    const over = (): void => void this.stop().catch(() => {});
    api.ending.then(over, over);
  }

  /** Everything that is told, from the first event on, at the pace of whoever reads; ends when it has been stopped. */
  events(options?: ReadOptions): AsyncIterable<EmulatorEvent> {
    return this.#feed.read(options);
  }

  /** Ends what runs: SIGTERM, and SIGKILL after the grace, or at once with `now`. */
  async stop({ now = false } = {}): Promise<void> {
    this.#stop.abort();
    if (now) this.#kill.abort();
    this.#stopped ??= this.#end();
    await this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(): Promise<void> {
    const steps = new Scope(); // each of them whatever becomes of the other
    steps.use(this.#scope);
    steps.defer(() => this.#feed.end());
    steps.use(this.#api);
    await steps[Symbol.asyncDispose]();
  }
}

/** As `startEmulator`. */
export async function startServingApi(options: StartOptions): Promise<StartedEmulator> {
  refuseMisshapen(options, ['signal']);
  const { signal } = options;
  signal?.throwIfAborted();
  const scope = new Scope();
  const feed = new EventFeed<FedEvent>();
  const stop = new AbortController();
  const kill = new AbortController();
  try {
    if (signal) scope.defer(relay(signal, stop));
    const asked = await inOwnWords(() => ask('up', upOptions, options, []));
    const isEphemeral = options.ephemeral ?? options.home === undefined;
    const session = scope.use(await openSession({ ...options, ephemeral: isEphemeral }, asked));
    const values = { ...asked.values, port: asked.values.port ?? '0', ephemeral: isEphemeral };
    const plain = await asked.inWords(() => apiSpec(values, asked.surroundings));
    const connections = connectionsOf(options);
    const spec = { ...plain, hosting: { ...plain.hosting, ...connections }, training: { ...plain.training, ...connections } };
    const stops = { stop: stop.signal, kill: kill.signal };
    const api = await asked.inWords(() => serveApi(session.emulator, spec, observerOf(feed), stops));
    const environment = await environmentOf(session, api).catch(async (error: unknown) => {
      await api[Symbol.asyncDispose]();
      throw error;
    });
    const emulator = new StartedEmulator(api, environment, session.emulator, { feed, stop, kill, scope });
    if (signal?.aborted) await emulator.stop({ now: true });
    signal?.throwIfAborted();
    if (signal) scope.defer(whenAborted(signal, () => emulator.stop()));
    return emulator;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

const observerOf = (feed: EventFeed<FedEvent>): AccountsObserver => ({
  warning: (message) => feed.event({ event: 'warning', message }),
  job: ({ account, region }, job) => ({
    event: (event) => feed.event({ ...event, kind: 'training-job', job, account, region }),
    log: (host, file, from) => feed.log(`${job}/${host}`, file, from),
  }),
  endpoint: ({ account, region }) => ({
    event: (event) => feed.event({ ...event, kind: 'endpoint', account, region }),
    log: (instance, file, from) => feed.log(instance, file, from),
  }),
});

/** With a file of settings for the SageMaker Python SDK, which asks the real AWS otherwise. */
async function environmentOf({ emulator }: Session, { url }: RunningApi): Promise<Readonly<Record<string, string>>> {
  const { account, region, s3Endpoint, root } = emulator;
  const path = join(root.home.path, `sagemaker-config-${account}-${region}.yaml`);
  await writeAtomically(path, sagemakerConfig({ account, region }));
  return clientVariables({ url, account, region, sagemakerConfig: path, ...(s3Endpoint !== undefined && { s3Endpoint }) });
}
