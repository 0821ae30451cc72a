import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CreateEndpointConfigInput, CreateModelInput, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { deploymentOf, instancesOf } from '../contract/deployment.ts';
import { limitsOf } from '../contract/limits.ts';
import { contractDefaults } from '../contract/names.ts';
import type { Grant } from '../credentials/credentials.ts';
import { type CredentialsNews, newsOf } from '../credentials/kept.ts';
import type { Emulator } from '../emulator.ts';
import type { Image } from '../engine/engine.ts';
import { grantEndpoint } from '../grants.ts';
import type { Alarms } from '../hosting/alarms.ts';
import { Endpoint, type EndpointEvent } from '../hosting/endpoint.ts';
import type { VariantPhase } from '../hosting/endpoint-state.ts';
import type { InstanceSource } from '../hosting/fleet.ts';
import type { EndpointRecord } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { Scope } from '../scope.ts';
import type { StopSignals } from '../stop.ts';
import { LogFile } from '../store/log-file.ts';
import { instanceLogFile } from '../store/log-names.ts';
import { claimEndpoint, type KeptRecord } from './claim.ts';
import { type EndpointRequests, type HostingSetting, prepareEndpoint } from './prepare.ts';

export interface EndpointObserver extends ImageObserver {
  event(event: HostedEvent | Parameters<ImageObserver['event']>[0]): void;
  /** The lines of one instance; followed at the watcher's own pace. */
  log(instance: string, log: LogFile): void;
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
  readonly onStopped: () => void;
}

/** An endpoint that this process runs, with its record, its logs and its credentials. Stopping it removes all it has. */
export class HostedEndpoint implements AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Settles when it was stopped, by whomever, and everything is removed. Errors: trouble of the engine. */
  readonly stopped: Promise<void>;
  readonly #emulator: Emulator;
  readonly #options: HostingOptions;
  readonly #record: KeptRecord;
  readonly #scope: Scope;
  readonly #requests: EndpointRequests;
  readonly #logs: Record<string, string> = {};
  /** By role. */
  readonly #grants = new Map<string, Promise<Grant>>();
  #settle: (over: Promise<void>) => void = () => {};
  #isStopped = false;

  /** Claims the name and begins; the endpoint is Creating when this returns. Errors: ResourceInUse, trouble of the disk or the engine. */
  static async create(
    emulator: Emulator,
    requests: EndpointRequests,
    deployment: DeploymentConfig | undefined,
    options: HostingOptions,
  ): Promise<HostedEndpoint> {
    const { setting, stops } = options;
    const scope = new Scope();
    try {
      const record = await claimEndpoint(
        emulator,
        { ...summaryOf(requests), ...(deployment && { deployment }), stopGrace: limitsOf('serving', setting.limits)['stop-grace'] },
        scope,
        stops.stop,
      );
      const { endpoint: name } = requests;
      const watched = await emulator.stopRequests.watch('endpoint', name, await emulator.owner, stops);
      scope.defer(async () => {
        watched[Symbol.dispose]();
        await emulator.stopRequests.forget('endpoint', name); // else it would end the next one of this name
      });
      const hosted = new HostedEndpoint(emulator, requests, options, record, scope);
      hosted.#obey(watched);
      return hosted;
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(emulator: Emulator, requests: EndpointRequests, options: HostingOptions, record: KeptRecord, scope: Scope) {
    this.#emulator = emulator;
    this.#options = options;
    this.#record = record;
    this.#scope = scope;
    this.#requests = requests;
    this.stopped = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    this.stopped.catch(() => {}); // whoever stops it hears of trouble
    const { patience, engine } = emulator;
    const { setting, url, alarms } = options;
    record.keep({ url });
    this.endpoint = new Endpoint(engine, requests.endpoint, (signal) => this.#prepare(requests, signal), {
      ...{ patience, startAttempts: setting.startAttempts, random: Math.random, alarms, pace: setting.pace ?? 1 },
      newInstanceId: () => `i-${randomBytes(8).toString('hex')}`,
      openLog: (source) => this.#openLog(source),
      onEvent: (event) => this.#tell(event),
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
    return this.endpoint.plan?.config ?? this.#requests.config;
  }

  get lastDeployment(): DeploymentConfig | undefined {
    return this.#record.now.deployment;
  }

  /** Begins an update and returns what settles when it is done or rolled back. Errors: InvalidRequest. */
  update(requests: EndpointRequests, deployment: DeploymentConfig | undefined): Promise<void> {
    const over = this.endpoint.update((signal) => this.#prepare(requests, signal), deploymentOf(deployment, instancesOf(requests.config)));
    this.#record.keep({ ...(deployment && { deployment }) });
    return over;
  }

  /** SIGTERM, the grace cut short by `hard`, SIGKILL; everything removed. May be called again. */
  async stop(hard?: AbortSignal): Promise<void> {
    // The endpoint first: what is under way may end within the grace.
    const ended = this.endpoint.stop(hard);
    ended.catch(() => {}); // the first one is what `stopped` tells
    if (!this.#isStopped) {
      this.#settle(ended.finally(() => this.#scope[Symbol.asyncDispose]()).finally(() => this.#options.onStopped()));
    }
    this.#isStopped = true;
    await this.stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** A request of another process, or of whoever interrupts this one. */
  #obey({ stop: asked, kill }: StopSignals): void {
    const stop = (): void => void this.stop(kill).catch(() => {}); // whoever disposes it hears of trouble
    asked.addEventListener('abort', stop, { once: true });
    if (asked.aborted) stop();
  }

  async #prepare(requests: EndpointRequests, signal: AbortSignal) {
    const { observer, setting } = this.#options;
    const labels = { ...(await this.#emulator.labels()), 'sm-local.kind': 'endpoint', 'sm-local.name': requests.endpoint };
    const grant = (model: CreateModelInput, image: Image): Promise<Grant> => this.#grantFor(model, image, signal);
    const { plan, directories } = await prepareEndpoint(this.#emulator, { ...requests, setting, labels, grant }, observer, signal);
    const { run } = this.#record.now;
    const [first] = plan.variants;
    this.#record.keep({
      ...(first && this.#record.now.imageId === '' && { image: first.image, imageId: first.imageId }),
      run: { ...run, models: [...new Set([...(run.models ?? []), ...directories])] },
    });
    return plan;
  }

  /** The same for all models of a role, for as long as the endpoint lasts. One that could not be had is asked for again. */
  #grantFor(model: CreateModelInput, image: Image, signal: AbortSignal): Promise<Grant> {
    const role = model.ExecutionRoleArn ?? contractDefaults.roleArn;
    const known = this.#grants.get(role);
    if (known) return known;
    const taken = this.#takeGrant(role, model.PrimaryContainer?.Image ?? '', image, signal);
    this.#grants.set(role, taken);
    taken.catch(() => this.#grants.delete(role));
    return taken;
  }

  async #takeGrant(roleArn: string, name: string, image: Image, signal: AbortSignal): Promise<Grant> {
    const granted = { name: this.#record.now.name, image: name, imageId: image.id, roleArn };
    const grant = await grantEndpoint(this.#emulator, granted, this.#options.observer, signal);
    this.#scope.use(grant);
    const { run } = this.#record.now;
    const kept = run.credentials ? { moreCredentials: [...(run.moreCredentials ?? []), grant.kept] } : { credentials: grant.kept };
    this.#record.keep({ run: { ...run, ...kept } });
    return grant;
  }

  /** One log an instance, named as the cloud names its stream: variant/instance. */
  async #openLog({ variant, instance }: InstanceSource): Promise<LogFile> {
    const path = instanceLogFile(this.#emulator.home.logs, this.#record.now.name, variant, instance);
    await mkdir(dirname(path), { recursive: true });
    const log = await LogFile.create(path);
    this.#logs[instance] = path;
    this.#record.keep({ run: { ...this.#record.now.run, logs: { ...this.#logs } } });
    this.#options.observer.log(instance, log);
    return log;
  }

  #tell(event: EndpointEvent): void {
    const { observer, url } = this.#options;
    this.#note(event);
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
    const changed = event.event === 'status' && {
      status: event.status,
      lastModifiedTime: this.#emulator.now().toISOString(),
      failureReason: event.failureReason,
    };
    this.#record.keep({ ...known, phase: this.#phase(state?.phase), pending: state?.pending, ...changed });
  }
}

/** What is known of it before anything is looked at. */
function summaryOf({ endpoint, config, models }: EndpointRequests) {
  const [variant] = config.ProductionVariants ?? [];
  const { Image: image = '', ModelDataUrl, ModelDataSource } = models.get(variant?.ModelName ?? '')?.PrimaryContainer ?? {};
  const model = ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? 'no model';
  return { name: endpoint, configName: config.EndpointConfigName ?? '', image, model };
}
