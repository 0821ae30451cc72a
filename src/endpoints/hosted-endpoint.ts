import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CreateEndpointConfigInput, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { deploymentOf, instancesOf } from '../contract/deployment.ts';
import { limitsOf } from '../contract/limits.ts';
import { type CredentialsNews, newsOf } from '../credentials/kept.ts';
import type { Emulator } from '../emulator.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import type { Alarms } from '../hosting/alarms.ts';
import { Endpoint, type EndpointEvent, type Haste, type Preparation, type Revival, type VariantChange } from '../hosting/endpoint.ts';
import type { InstanceSource } from '../hosting/fleet.ts';
import type { EndpointRecord, NextLasting } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { Scope } from '../scope.ts';
import { relay, type StopSignals } from '../stop.ts';
import { LogFile } from '../store/log-file.ts';
import { instanceLogFile } from '../store/log-names.ts';
import { labelsOf, resting } from './adopt-endpoint.ts';
import { claimEndpoint, type KeptRecord, keepOn } from './claim.ts';
import { EndpointGrants } from './endpoint-grants.ts';
import { lastingOf, notesOf } from './notes.ts';
import { Preparations } from './preparations.ts';
import type { EndpointRequests, HostingSetting } from './prepare.ts';
import { remainsOf } from './revival.ts';

export interface EndpointObserver extends ImageObserver {
  event(event: HostedEvent | Parameters<ImageObserver['event']>[0]): void;
  /** The lines of one instance; followed at the watcher's own pace. Those before `from` were there before this process. */
  log(instance: string, log: LogFile, from?: number): void;
}

/** The events of an endpoint; with InService, also where it can be reached, and what its containers find. */
export type HostedEvent = EndpointEvent & { readonly url?: string; readonly credentials?: CredentialsNews };

export interface HostingOptions {
  readonly setting: HostingSetting;
  readonly observer: EndpointObserver;
  readonly stops: StopSignals;
  /** Where requests to the endpoints go. */
  readonly url: string;
  readonly alarms: Alarms;
  /** The endpoint outlives this process: what another one needs to go on with it is kept. */
  readonly isLasting?: boolean;
  /** This process has done with it. */
  readonly onStopped: () => void;
}

/** How an endpoint ends for this process: nothing stays of it; it waits for the next process; its containers go on meanwhile. */
type Fate = 'removed' | 'resting' | 'left';

/** An endpoint that this process runs, with its record, its logs and its credentials. */
export class HostedEndpoint implements AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Settles when this process has done with it, and with what was to be removed. Errors: trouble of the engine or the disk. */
  readonly stopped: Promise<void>;
  readonly #emulator: Emulator;
  readonly #options: HostingOptions;
  readonly #record: KeptRecord;
  /** What this process does for it besides. */
  readonly #scope: Scope;
  readonly #grants: EndpointGrants;
  readonly #requests: EndpointRequests;
  readonly #logs: Record<string, string>;
  readonly #preparations: Preparations;
  readonly #hard = new AbortController();
  #settle: (over: Promise<void>) => void = () => {};
  #fate: Fate | undefined;

  /** Claims the name and begins; the endpoint is Creating when this returns. Errors: AlreadyExists, trouble of the disk or the engine. */
  static async create(
    emulator: Emulator,
    requests: EndpointRequests,
    deployment: DeploymentConfig | undefined,
    options: HostingOptions,
  ): Promise<HostedEndpoint> {
    const { setting, stops, url, isLasting } = options;
    const { config, models } = requests;
    const claim = {
      ...{ ...summaryOf(requests), url },
      ...(deployment && { deployment }),
      ...(isLasting && { lasting: { config, models: [...models.values()] } }),
      stopGrace: limitsOf('serving', setting.limits, setting)['stop-grace'],
    };
    const record = await claimEndpoint(emulator, claim, stops.stop);
    try {
      const launch =
        (preparations: Preparations): Preparation =>
        (signal) =>
          preparations.fresh(requests, signal);
      return await HostedEndpoint.#begin(emulator, requests, options, record, launch);
    } catch (error) {
      await record.remove();
      throw error;
    }
  }

  /**
   * Goes on with a lasting endpoint that this process has taken over: with its containers, as far as they run. Errors: trouble of the disk.
   */
  static async reopen(emulator: Emulator, taken: EndpointRecord, options: HostingOptions): Promise<HostedEndpoint> {
    const {
      isKept: _isKept,
      isResting: _isResting,
      ...lasting
    } = taken.run.lasting ?? { config: { EndpointConfigName: '', ProductionVariants: [] }, models: [] };
    const record = keepOn(emulator, taken);
    record.keep({ url: options.url, run: { ...taken.run, lasting } });
    const models = new Map(lasting.models.map((model) => [model.ModelName ?? '', model]));
    const requests = { endpoint: taken.name, config: lasting.config, models };
    // An engine that is away leaves it to the endpoint to ask again.
    const remains = await remainsOf(emulator, taken).catch(() => undefined);
    return await HostedEndpoint.#begin(emulator, requests, options, record, (preparations) => preparations.again(taken, requests, remains));
  }

  static async #begin(
    emulator: Emulator,
    requests: EndpointRequests,
    options: HostingOptions,
    record: KeptRecord,
    how: (preparations: Preparations) => Preparation | Revival,
  ): Promise<HostedEndpoint> {
    const scope = new Scope();
    const { endpoint: name } = requests;
    const watched = await emulator.stopRequests.watch('endpoint', name, await emulator.owner, options.stops);
    scope.defer(async () => {
      watched[Symbol.dispose]();
      await emulator.stopRequests.forget('endpoint', name); // else it would end the next one of this name
    });
    const hosted = new HostedEndpoint(emulator, requests, options, record, scope, how);
    hosted.#obey(watched);
    return hosted;
  }

  private constructor(
    emulator: Emulator,
    requests: EndpointRequests,
    options: HostingOptions,
    record: KeptRecord,
    scope: Scope,
    how: (preparations: Preparations) => Preparation | Revival,
  ) {
    this.#emulator = emulator;
    this.#options = options;
    this.#record = record;
    this.#scope = scope;
    this.#requests = requests;
    this.#logs = { ...record.now.run.logs };
    this.#grants = new EndpointGrants(emulator, record, options.observer);
    this.#preparations = new Preparations(emulator, record, this.#grants, { ...options, hard: this.#hard.signal });
    this.stopped = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    this.stopped.catch(() => {}); // whoever stops it hears of trouble
    const { patience, engine, time } = emulator;
    const { setting, alarms } = options;
    this.endpoint = new Endpoint(engine, requests.endpoint, how(this.#preparations), {
      ...{
        patience,
        time,
        startAttempts: setting.startAttempts,
        random: Math.random,
        alarms,
        pace: (setting.pace ?? 1) / (setting.speed ?? 1),
      },
      newInstanceId: () => `i-${randomBytes(8).toString('hex')}`,
      openLog: (source) => this.#openLog(source),
      onEvent: (event) => this.#tell(event),
      onTakenOver: () => this.#keepLive(),
    });
  }

  /** Instance -> its log on the user's disk; also of instances that have gone. */
  get logs(): Readonly<Record<string, string>> {
    return this.#logs;
  }

  /** As it is now. */
  get record(): EndpointRecord {
    return this.#record.now;
  }

  /** The one that is in effect; that of an update, when it has taken the place of the one before. */
  get config(): CreateEndpointConfigInput {
    return this.endpoint.plan?.origin?.config ?? this.#requests.config;
  }

  get lastDeployment(): DeploymentConfig | undefined {
    return this.#record.now.deployment;
  }

  /**
   * Begins an update and returns what settles when it is done or rolled back. `anew`: images and code in place of those it was created with, and how
   * much of a hurry there is. Errors: InvalidRequest.
   */
  update(
    requests: EndpointRequests,
    deployment: DeploymentConfig | undefined,
    anew?: { readonly setting: HostingSetting; readonly haste: Haste },
  ): Promise<void> {
    const over = this.endpoint.update(
      (signal) => this.#preparations.fresh(requests, signal, anew?.setting),
      deploymentOf(deployment, instancesOf(requests.config)),
      anew?.haste,
    );
    if (deployment) this.#record.keep({ deployment });
    this.#keepLive({ config: requests.config, models: [...requests.models.values()], ...(deployment && { deployment }) });
    return over;
  }

  /** UpdateEndpointWeightsAndCapacities; settles when it is done. Errors: InvalidRequest. */
  reweigh(changes: readonly VariantChange[]): Promise<void> {
    const over = this.endpoint.reweigh(changes);
    this.#keepLive(); // what was asked for is brought about by whoever goes on with it
    return over;
  }

  /** Settles when what the next process needs to go on with it is on the disk. Errors: DiskTrouble. */
  async kept(): Promise<void> {
    await this.#record.flush();
  }

  /** SIGTERM, the grace cut short by `hard`, SIGKILL; everything removed. May be called again. */
  async stop(hard?: AbortSignal): Promise<void> {
    await this.#end('removed', hard);
  }

  /** As `stop`, but it is not forgotten: the next process starts it again. */
  async rest(hard?: AbortSignal): Promise<void> {
    await this.#end('resting', hard);
  }

  /** Lets go of it: its containers go on, and the next process with them. */
  async leave(): Promise<void> {
    await this.#end('left');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What was asked for first counts. */
  async #end(wanted: Fate, hard?: AbortSignal): Promise<void> {
    const isFirst = this.#fate === undefined;
    this.#fate ??= wanted;
    if (hard) relay(hard, this.#hard);
    // The endpoint first: what is under way may end within the grace.
    const how = { removed: () => this.endpoint.stop(hard), resting: () => this.endpoint.rest(hard), left: () => this.endpoint.leave() };
    const ended = how[this.#fate]();
    ended.catch(() => {}); // the first one is what `stopped` tells
    if (isFirst) this.#settle(this.#finish(ended, this.#fate).finally(() => this.#options.onStopped()));
    await this.stopped;
  }

  async #finish(ended: Promise<void>, fate: Fate): Promise<void> {
    const isGone = await ended.then(
      () => true,
      () => false, // thrown in its turn
    );
    const steps = new Scope(); // each of them whatever becomes of the others; the last comes first
    steps.defer(() => (fate === 'removed' ? this.#record.remove() : this.#record.flush()));
    steps.use(this.#scope);
    steps.defer(() => (fate === 'left' ? this.#grants.leave() : this.#grants[Symbol.asyncDispose]()));
    steps.defer(() => this.#keepFor(fate, isGone));
    steps.defer(() => this.#clear(fate));
    steps.defer(() => ended);
    await steps[Symbol.asyncDispose]();
  }

  /** What another process has left is not known by the endpoint alone. */
  async #clear(fate: Fate): Promise<void> {
    await this.#preparations.cleared();
    if (fate === 'left' || !this.#record.now.run.lasting) return;
    await removeLeftovers(this.#emulator.engine, labelsOf(this.#record.now), async () => true);
  }

  #keepFor(fate: Fate, isGone: boolean): void {
    const { run } = this.#record.now;
    if (fate === 'resting' && isGone) this.#record.keep(resting(this.#record.now));
    if (fate === 'resting' && !isGone) this.#emulator.leave(); // the next process sees that there is something to do
    if (fate === 'left' && run.lasting) this.#record.keep({ run: { ...run, lasting: { ...run.lasting, isKept: true } } });
  }

  /** A request of another process, or of whoever interrupts this one. */
  #obey({ stop: asked, kill }: StopSignals): void {
    const stop = (): void => void this.stop(kill).catch(() => {}); // whoever disposes it hears of trouble
    asked.addEventListener('abort', stop, { once: true });
    if (asked.aborted) stop();
  }

  /** One log an instance, named as the cloud names its stream: variant/instance. */
  async #openLog({ variant, instance }: InstanceSource): Promise<LogFile> {
    const path = instanceLogFile(this.#emulator.home.logs, this.#record.now.name, variant, instance);
    await mkdir(dirname(path), { recursive: true });
    const log = await LogFile.create(path);
    this.#logs[instance] = path;
    this.#record.keep({ run: { ...this.#record.now.run, logs: { ...this.#logs } } });
    this.#options.observer.log(instance, log, log.size);
    return log;
  }

  #tell(event: EndpointEvent): void {
    const { observer, url } = this.#options;
    if (this.#fate === undefined || this.#fate === 'removed') this.#note(event); // else the record says what the next process finds
    const { credentials } = this.#record.now.run;
    const isServing = event.event === 'status' && event.status === 'InService';
    observer.event(isServing ? { ...event, url, ...(credentials && { credentials: newsOf(credentials) }) } : event);
  }

  #note(event: EndpointEvent): void {
    // The first event comes out of the endpoint's constructor.
    const state = (this.endpoint as Endpoint | undefined)?.state;
    this.#record.keep(
      notesOf(this.#record.now, event, state, state ? this.config : this.#requests.config, this.#emulator.now().toISOString()),
    );
    const isUpdating = this.#record.now.status === 'Updating' || this.#record.now.status === 'RollingBack';
    if (state) this.#keepLive(isUpdating ? this.#record.now.run.lasting?.next : undefined);
  }

  /** Of an endpoint that lasts: what serves now, and what an update is about to bring. */
  #keepLive(next?: NextLasting): void {
    const { run } = this.#record.now;
    const { plan, state } = this.endpoint;
    if (run.lasting) this.#record.keep({ run: { ...run, lasting: lastingOf(run.lasting, plan, state, next) } });
  }
}

/** What is known of it before anything is looked at. */
function summaryOf({ endpoint, config, models }: EndpointRequests) {
  const [variant] = config.ProductionVariants ?? [];
  const { Image: image = '', ModelDataUrl, ModelDataSource } = models.get(variant?.ModelName ?? '')?.PrimaryContainer ?? {};
  const model = ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? 'no model';
  return { name: endpoint, configName: config.EndpointConfigName ?? '', image, model };
}
