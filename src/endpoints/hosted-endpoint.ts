import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CreateEndpointConfigInput, CreateModelInput, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { deploymentOf, instancesOf } from '../contract/deployment.ts';
import { limitsOf } from '../contract/limits.ts';
import type { Grant } from '../credentials/credentials.ts';
import { type CredentialsNews, newsOf } from '../credentials/kept.ts';
import type { Emulator } from '../emulator.ts';
import type { Image, Labels } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { reasonOf } from '../errors.ts';
import type { Alarms } from '../hosting/alarms.ts';
import { Endpoint, type EndpointEvent, type Preparation, type Revival, type VariantChange } from '../hosting/endpoint.ts';
import type { VariantPhase } from '../hosting/endpoint-state.ts';
import type { InstanceSource } from '../hosting/fleet.ts';
import type { EndpointPlan } from '../hosting/generation.ts';
import type { EndpointRecord, EndpointRun } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { Scope } from '../scope.ts';
import { neverStopped, relay, type StopSignals } from '../stop.ts';
import { LogFile } from '../store/log-file.ts';
import { instanceLogFile } from '../store/log-names.ts';
import { endContainers, labelsOf, resting } from './adopt-endpoint.ts';
import { claimEndpoint, type KeptRecord, keepOn } from './claim.ts';
import { EndpointGrants } from './endpoint-grants.ts';
import { type EndpointRequests, type HostingSetting, prepareEndpoint } from './prepare.ts';
import { isWhole, livePlanOf, planAgain, type Remains, remainsOf, withCountsOf, withImagesOf } from './revival.ts';

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
  /** What ends beside it of all that another process has left. */
  readonly #clearing = new Set<Promise<void>>();
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
      stopGrace: limitsOf('serving', setting.limits)['stop-grace'],
    };
    const record = await claimEndpoint(emulator, claim, stops.stop);
    try {
      const launch =
        (hosted: HostedEndpoint): Preparation =>
        (signal) =>
          hosted.#prepare(requests, signal);
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
    const remains = taken.status === 'Creating' ? undefined : await remainsOf(emulator, taken).catch(() => undefined);
    const how = (hosted: HostedEndpoint): Preparation | Revival =>
      taken.status === 'Creating' ? (signal) => hosted.#prepareAnew(requests, signal) : hosted.#revival(taken, remains);
    return await HostedEndpoint.#begin(emulator, requests, options, record, how);
  }

  static async #begin(
    emulator: Emulator,
    requests: EndpointRequests,
    options: HostingOptions,
    record: KeptRecord,
    how: (hosted: HostedEndpoint) => Preparation | Revival,
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
    how: (hosted: HostedEndpoint) => Preparation | Revival,
  ) {
    this.#emulator = emulator;
    this.#options = options;
    this.#record = record;
    this.#scope = scope;
    this.#requests = requests;
    this.#logs = { ...record.now.run.logs };
    this.#grants = new EndpointGrants(emulator, record, options.observer);
    this.stopped = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    this.stopped.catch(() => {}); // whoever stops it hears of trouble
    const { patience, engine } = emulator;
    const { setting, alarms } = options;
    this.endpoint = new Endpoint(engine, requests.endpoint, how(this), {
      ...{ patience, startAttempts: setting.startAttempts, random: Math.random, alarms, pace: setting.pace ?? 1 },
      newInstanceId: () => `i-${randomBytes(8).toString('hex')}`,
      openLog: (source) => this.#openLog(source),
      onEvent: (event) => this.#tell(event),
      onTakenOver: () => this.#keepLive({ next: undefined }),
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

  /** Begins an update and returns what settles when it is done or rolled back. Errors: InvalidRequest. */
  update(requests: EndpointRequests, deployment: DeploymentConfig | undefined): Promise<void> {
    const over = this.endpoint.update((signal) => this.#prepare(requests, signal), deploymentOf(deployment, instancesOf(requests.config)));
    this.#record.keep({ ...(deployment && { deployment }) });
    this.#keepLive({ next: requests.config.EndpointConfigName });
    return over;
  }

  /** UpdateEndpointWeightsAndCapacities; settles when it is done. Errors: InvalidRequest. */
  reweigh(changes: readonly VariantChange[]): Promise<void> {
    const over = this.endpoint.reweigh(changes);
    this.#keepLive({}); // what was asked for is brought about by whoever goes on with it
    return over;
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
    const steps = new Scope(); // each of them whatever becomes of the others; the last comes first
    steps.defer(() => (fate === 'removed' ? this.#record.remove() : this.#record.flush()));
    steps.use(this.#scope);
    steps.defer(() => (fate === 'left' ? this.#grants.leave() : this.#grants[Symbol.asyncDispose]()));
    steps.defer(() => this.#keepFor(fate));
    steps.defer(() => this.#clear(fate));
    steps.defer(() => ended);
    await steps[Symbol.asyncDispose]();
  }

  /** What another process has left is not known by the endpoint alone. */
  async #clear(fate: Fate): Promise<void> {
    await Promise.all(this.#clearing);
    if (fate === 'left' || !this.#record.now.run.lasting) return;
    await removeLeftovers(this.#emulator.engine, labelsOf(this.#record.now), async () => true);
  }

  #keepFor(fate: Fate): void {
    const { run } = this.#record.now;
    if (fate === 'resting') this.#record.keep(resting(this.#record.now));
    if (fate === 'left' && run.lasting) this.#record.keep({ run: { ...run, lasting: { ...run.lasting, isKept: true } } });
  }

  /** A request of another process, or of whoever interrupts this one. */
  #obey({ stop: asked, kill }: StopSignals): void {
    const stop = (): void => void this.stop(kill).catch(() => {}); // whoever disposes it hears of trouble
    asked.addEventListener('abort', stop, { once: true });
    if (asked.aborted) stop();
  }

  async #prepare(requests: EndpointRequests, signal: AbortSignal, setting = this.#options.setting): Promise<EndpointPlan> {
    const { observer } = this.#options;
    const parts = {
      ...requests,
      ...{ setting, generation: randomBytes(6).toString('hex') },
      labels: { 'sm-local.home': this.#emulator.home.path, ...labelsOf(this.#record.now) },
      grant: (model: CreateModelInput, image: Image): Promise<Grant> => this.#grants.for(model, image, signal),
    };
    const { plan, directories } = await prepareEndpoint(this.#emulator, parts, observer, signal);
    const { run } = this.#record.now;
    const [first] = plan.variants;
    this.#record.keep({
      ...(first && this.#record.now.imageId === '' && { image: first.image, imageId: first.imageId }),
      run: { ...run, models: [...new Set([...(run.models ?? []), ...directories])] },
    });
    return plan;
  }

  /** Of an attempt of another process nothing is of use. */
  async #prepareAnew(requests: EndpointRequests, signal: AbortSignal, setting = this.#options.setting): Promise<EndpointPlan> {
    const { engine } = this.#emulator;
    const labels = labelsOf(this.#record.now);
    const stops = { ...neverStopped, kill: AbortSignal.abort() };
    await endContainers(this.#emulator, this.#record.now, await engine.containers.list(labels), stops);
    await removeLeftovers(engine, labels, async () => true);
    return await this.#prepare(requests, signal, setting);
  }

  #revival(taken: EndpointRecord, remains: Remains | undefined): Revival {
    const { lasting } = taken.run;
    const cutOff = lasting?.next === undefined ? undefined : updateCutOff(lasting.next);
    this.#record.keep({ phase: undefined, pending: undefined });
    return {
      status: taken.status === 'Failed' ? 'Failed' : remains?.isServing ? 'InService' : 'SystemUpdating',
      failureReason: cutOff ?? taken.failureReason,
      begin: async (signal) => {
        const found = remains ?? (await remainsOf(this.#emulator, taken));
        const granted = this.#grants.again(signal);
        if (!found.isServing) await granted; // what is started now asks for them
        return { plan: await this.#planAgain(found, signal), running: found.running };
      },
    };
  }

  /** What serves, or has served. What else is there ends beside it. */
  async #planAgain({ running, others }: Remains, signal: AbortSignal): Promise<EndpointPlan> {
    const { setting, observer } = this.#options;
    const record = this.#record.now;
    const { lasting } = record.run;
    const live = lasting?.live;
    const isRunning = [...running.values()].some((instances) => instances.length > 0);
    if (!lasting || !live) return await this.#prepareAnew(this.#requests, signal);
    if (!isRunning && !(await isWhole(this.#emulator, record, live))) {
      const same = await withImagesOf(this.#emulator, live, setting);
      return withCountsOf(await this.#prepareAnew(this.#requests, signal, same), live);
    }
    const cleared = this.#endOthers(others, live.generation).catch((error: unknown) =>
      observer.event({ event: 'warning', message: `What was left of ${record.name} could not be removed: ${reasonOf(error)}` }),
    );
    this.#clearing.add(cleared);
    return await planAgain(this.#emulator, record, { ...lasting, live }, setting, observer);
  }

  async #endOthers(others: Remains['others'], generation: string): Promise<void> {
    await endContainers(this.#emulator, this.#record.now, others, { ...neverStopped, kill: this.#hard.signal });
    const isOther = async (labels: Labels): Promise<boolean> => labels['sm-local.generation'] !== generation;
    await removeLeftovers(this.#emulator.engine, labelsOf(this.#record.now), isOther);
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

  /** With the time when it began. */
  #phase(status: VariantPhase | undefined): EndpointRecord['phase'] {
    const { phase } = this.#record.now;
    return status && (phase?.status === status ? phase : { status, since: this.#emulator.now().toISOString() });
  }

  #note(event: EndpointEvent): void {
    // The first event comes out of the endpoint's constructor.
    const state = (this.endpoint as Endpoint | undefined)?.state;
    const [first] = state?.variants ?? [];
    const known = first && {
      ...{ variants: state?.variants, shadow: state?.shadow, image: first.image, imageId: first.imageId },
      configName: this.config.EndpointConfigName ?? '',
      dataCapture: this.config.DataCaptureConfig,
    };
    const { status, failureReason } = this.#record.now;
    // An endpoint that was taken over is what it was before.
    const hasChanged = event.event === 'status' && (event.status !== status || event.failureReason !== failureReason);
    const changed = hasChanged && {
      status: event.status,
      lastModifiedTime: this.#emulator.now().toISOString(),
      failureReason: event.failureReason,
    };
    this.#record.keep({ ...known, phase: this.#phase(state?.phase), pending: state?.pending, ...changed });
    const isSettled = event.event === 'status' && event.status !== 'Updating' && event.status !== 'RollingBack';
    if (first) this.#keepLive(isSettled ? { next: undefined } : {});
  }

  /** Of an endpoint that lasts: what serves now, and what is about to. */
  #keepLive(changes: { readonly next?: string | undefined }): void {
    const { run } = this.#record.now;
    const { plan, state } = this.endpoint;
    if (!run.lasting || !plan?.origin) return;
    const { next = 'next' in changes ? undefined : run.lasting.next } = changes;
    const { config, models } = plan.origin;
    const live = livePlanOf(plan, state);
    const lasting = { config, models, ...(live && { live }), ...(next !== undefined && { next }) };
    this.#record.keep({ run: { ...run, lasting } satisfies EndpointRun });
  }
}

/** Our words: the cloud has no such case. */
const updateCutOff = (config: string): string =>
  `The update to the endpoint configuration ${config} was cut off, since the process that ran the endpoint ended. What served before serves on.`;

/** What is known of it before anything is looked at. */
function summaryOf({ endpoint, config, models }: EndpointRequests) {
  const [variant] = config.ProductionVariants ?? [];
  const { Image: image = '', ModelDataUrl, ModelDataSource } = models.get(variant?.ModelName ?? '')?.PrimaryContainer ?? {};
  const model = ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? 'no model';
  return { name: endpoint, configName: config.EndpointConfigName ?? '', image, model };
}
