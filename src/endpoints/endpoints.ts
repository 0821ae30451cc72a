import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CreateEndpointConfigInput,
  CreateEndpointInput,
  DeleteEndpointInput,
  DeploymentConfig,
  DescribeEndpointInput,
  DescribeEndpointOutput,
  ListEndpointsInput,
  ListEndpointsOutput,
  UpdateEndpointInput,
  UpdateEndpointWeightsAndCapacitiesInput,
} from '@aws-sdk/client-sagemaker';
import { checkDeploymentRules, instancesOf } from '../contract/deployment.ts';
import { refuseUnsupported } from '../contract/hosting-members.ts';
import { limitsOf } from '../contract/limits.ts';
import { listPage } from '../contract/listing.ts';
import { endpointArn } from '../contract/names.ts';
import { checkTags } from '../contract/tags.ts';
import { validateRequest } from '../contract/validation.ts';
import type { Emulator } from '../emulator.ts';
import { fail, reasonOf } from '../errors.ts';
import { AlarmStates } from '../hosting/alarms.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import type { Endpoint, VariantChange } from '../hosting/endpoint.ts';
import { describeEndpoint, type EndpointRecord } from '../hosting/record.ts';
import { neverStopped } from '../stop.ts';
import { isAlive } from '../store/owner.ts';
import { takeOver } from '../store/succession.ts';
import { adoptEndpoint, endTaken } from './adopt-endpoint.ts';
import { isTaken } from './catalogue.ts';
import { checkChanges, checkNotChanging, inProgress, retained } from './changes.ts';
import { alreadyExisting, latestFirst, missing } from './definitions.ts';
import { EndpointDefinitions } from './endpoint-definitions.ts';
import { HostedEndpoint, type HostingOptions } from './hosted-endpoint.ts';
import type { EndpointRequests } from './prepare.ts';

export interface EndpointsOptions extends Omit<HostingOptions, 'alarms' | 'onStopped'>, Partial<Pick<HostingOptions, 'alarms'>> {
  /** Models, endpoint configurations and endpoints are there for the next process too; else they go with this one. */
  readonly isLasting?: boolean;
}

/** Something that was begun, and goes on after the answer. */
export interface UnderWay {
  readonly arn: string;
  /** Settles when it is done. */
  readonly over: Promise<void>;
}

/** The models, endpoint configurations and endpoints of an account in a region: what SageMaker's operations on them do, checked as it checks them. */
export class Endpoints extends EndpointDefinitions implements AsyncDisposable {
  readonly #emulator: Emulator;
  readonly #options: EndpointsOptions;
  readonly #alarms: HostingOptions['alarms'];
  readonly #hosted = new Map<string, HostedEndpoint>();
  readonly #creations = new Map<string, Promise<HostedEndpoint>>();
  /** Those of processes that are gone, while they are taken over. */
  readonly #openings = new Map<string, Promise<HostedEndpoint | undefined>>();
  /** Those that belong to no process and are being ended. */
  readonly #ends = new Set<Promise<void>>();
  /** Those of `#hosted`: every invocation looks for its own among them. */
  #endpoints: readonly Endpoint[] = [];

  constructor(emulator: Emulator, options: EndpointsOptions) {
    super(emulator, { isLasting: options.isLasting === true, warn: (message) => options.observer.event({ event: 'warning', message }) });
    setMaxListeners(0, options.stops.stop, options.stops.kill); // every endpoint listens, however many there are
    this.#emulator = emulator;
    this.#options = options;
    this.#alarms = options.alarms ?? new AlarmStates();
  }

  /** Those of this process that there are now, whatever their status. */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** The one of this name, if this process has it. */
  hosted(name: string): HostedEndpoint | undefined {
    return this.#hosted.get(name);
  }

  /**
   * Goes on with the lasting endpoints whose process is gone: with their containers, where these run; others are started again, and are
   * SystemUpdating meanwhile. Returns when those that run have answered a ping, or should have done so. What is wrong with one of
   * them is told and keeps no other from being opened. Errors: DiskTrouble.
   */
  async open(): Promise<void> {
    const { endpoints, home } = this.#emulator;
    const { ping } = limitsOf('serving', this.#options.setting.limits, this.#options.setting);
    const opened = (await endpoints.list()).records.map(async ({ name, value }) => {
      if (!value.run?.lasting || (await isAlive(home, value.owner))) return;
      const opening = this.#open(name);
      this.#openings.set(name, opening);
      try {
        const endpoint = (await opening)?.endpoint;
        if (endpoint && endpoint.status !== 'SystemUpdating')
          await Promise.race([endpoint.launched, sleep(ping * 1000, undefined, { ref: false })]);
      } catch (error) {
        this.#emulator.leave(); // the next process sees that it is not finished
        this.warn(`The endpoint ${name} of a process that is gone could not be taken over: ${reasonOf(error)}`);
      } finally {
        this.#openings.delete(name);
      }
    });
    await Promise.all(opened);
  }

  async #open(name: string): Promise<HostedEndpoint | undefined> {
    const { endpoints, home, owner } = this.#emulator;
    const taken = await takeOver(home, endpoints, name, (await owner).id);
    if (taken?.status === 'Deleting') void this.#ending(endTaken(this.#emulator, taken, neverStopped));
    if (!taken || taken.status === 'Deleting') return undefined;
    return await this.#host(name, (options) => HostedEndpoint.reopen(this.#emulator, taken, options));
  }

  /**
   * Begins an endpoint; it is Creating when this returns. Everything it has goes when it is stopped, or when `stops` says so. Errors:
   * InvalidRequest, AlreadyExists, trouble of the disk. `setting`: in place of that of all endpoints.
   */
  async createEndpoint(request: CreateEndpointInput, setting = this.#options.setting): Promise<HostedEndpoint> {
    validateRequest('CreateEndpoint', request);
    refuseUnsupported('CreateEndpointInput', request);
    checkTags(request.Tags ?? []);
    const name = request.EndpointName ?? '';
    const config = await this.config(request.EndpointConfigName);
    checkDeploymentRules(request.DeploymentConfig, instancesOf(config));
    this.#checkAlarms(request.DeploymentConfig);
    const parts = await this.#parts(name, config);
    this.#checkFree(name);
    const creation = this.#host(name, (options) =>
      HostedEndpoint.create(this.#emulator, parts, request.DeploymentConfig, { ...options, setting }),
    );
    this.#creations.set(name, creation);
    return await creation.finally(() => this.#creations.delete(name));
  }

  async #host(name: string, begin: (options: HostingOptions) => Promise<HostedEndpoint>): Promise<HostedEndpoint> {
    const hosted = await begin({
      ...this.#options,
      alarms: this.#alarms,
      onStopped: () => {
        if (this.#hosted.get(name) === hosted) this.#hosted.delete(name); // else there is another one by now
        this.#list();
      },
    });
    this.#hosted.set(name, hosted);
    this.#list();
    return hosted;
  }

  /** Also for one of another process. Errors: InvalidRequest, also for one that is not there; DiskTrouble, RecordBroken. */
  async describeEndpoint(request: DescribeEndpointInput): Promise<DescribeEndpointOutput> {
    validateRequest('DescribeEndpoint', request);
    return describeEndpoint(await this.#record(request.EndpointName));
  }

  /** Those of other processes too. Errors: InvalidRequest, DiskTrouble. */
  async listEndpoints(request: ListEndpointsInput): Promise<ListEndpointsOutput> {
    validateRequest('ListEndpoints', request);
    const kept = (await this.#emulator.endpoints.list()).records.map(({ name, value }) => [name, value] as const);
    const own = [...this.#hosted].map(([name, { record }]) => [name, record] as const); // newer than what is on the disk
    const all = [...new Map([...kept, ...own]).values()].map((record) => ({ record, ...listable(record) }));
    const { items, ...rest } = listPage(all, request, latestFirst);
    const Endpoints = items.map(({ record: { name, arn, status }, creationTime, modifiedTime }) => ({
      ...{ EndpointName: name, EndpointArn: arn, EndpointStatus: status, CreationTime: creationTime, LastModifiedTime: modifiedTime },
    }));
    return { Endpoints, ...rest };
  }

  /** Begins an update; it is over when that is done or rolled back. Errors: InvalidRequest. */
  async updateEndpoint(request: UpdateEndpointInput): Promise<UnderWay> {
    validateRequest('UpdateEndpoint', request);
    refuseUnsupported('UpdateEndpointInput', request);
    const hosted = await this.#own(request.EndpointName);
    const config = await this.config(request.EndpointConfigName);
    const { models } = await this.#parts('', config);
    this.#checkIdle(hosted); // nothing is waited for from here to the beginning: of several at once one is begun
    const wanted = request.RetainAllVariantProperties ? retained(config, hosted, request.ExcludeRetainedVariantProperties ?? []) : config;
    const deployment = request.DeploymentConfig ?? (request.RetainDeploymentConfig ? hosted.lastDeployment : undefined);
    checkDeploymentRules(deployment, instancesOf(wanted));
    this.#checkAlarms(deployment);
    return await this.#underWay(hosted, hosted.update({ endpoint: hosted.endpoint.name, config: wanted, models }, deployment));
  }

  /** Begins the change. Errors: InvalidRequest. */
  async updateEndpointWeightsAndCapacities(request: UpdateEndpointWeightsAndCapacitiesInput): Promise<UnderWay> {
    validateRequest('UpdateEndpointWeightsAndCapacities', request);
    const hosted = await this.#own(request.EndpointName);
    this.#checkIdle(hosted);
    const changes = (request.DesiredWeightsAndCapacities ?? []).map(
      ({ VariantName = '', DesiredWeight, DesiredInstanceCount }): VariantChange => ({
        variant: VariantName,
        ...(DesiredWeight !== undefined && { weight: DesiredWeight }),
        ...(DesiredInstanceCount !== undefined && { instanceCount: DesiredInstanceCount }),
      }),
    );
    checkChanges(changes, hosted.endpoint);
    return await this.#underWay(hosted, hosted.reweigh(changes));
  }

  /**
   * Ends it; it is over when all it had is gone, or, for one of another process, when that has been told. Errors: InvalidRequest for one that
   * is not there, or that is being created or changed, which the service refuses too; trouble of the disk.
   */
  async deleteEndpoint(request: DeleteEndpointInput, hard?: AbortSignal): Promise<UnderWay> {
    validateRequest('DeleteEndpoint', request);
    await this.#opened(request.EndpointName);
    const { name, arn, status, owner } = await this.#record(request.EndpointName);
    checkNotChanging(arn, status);
    const hosted = this.#hosted.get(name);
    if (hosted) return await this.#underWay(hosted, hosted.stop(hard));
    const isTold = await this.#emulator.stopRequests.request('endpoint', name, owner, hard?.aborted === true);
    const end = isTold ? undefined : await adoptEndpoint(this.#emulator, name, neverStopped);
    return { arn, over: end ? this.#ending(end()) : Promise.resolve() };
  }

  /** Where requests for an endpoint of another living process go; undefined for one of this process, and for one that is not there. */
  async foreign(name: string): Promise<string | undefined> {
    if (this.#hosted.has(name)) return undefined;
    const record = await this.#emulator.endpoints.read(name);
    if (!record?.url || record.owner === (await this.#emulator.owner).id) return undefined;
    return (await this.#emulator.isRunning(record)) ? record.url : undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends every endpoint at once, those too that are about to be created; nothing of them stays. */
  async stop(hard?: AbortSignal): Promise<void> {
    await this.#forEach((hosted) => hosted.stop(hard));
  }

  /** As `stop`, but lasting endpoints are not forgotten: the next process starts them again. */
  async rest(hard?: AbortSignal): Promise<void> {
    await this.#forEach((hosted) => hosted.rest(hard));
  }

  /** Lets go of all: their containers go on, and the next process with them. */
  async leave(): Promise<void> {
    await this.#forEach((hosted) => {
      this.#emulator.leave();
      return hosted.leave();
    });
  }

  async #forEach(how: (hosted: HostedEndpoint) => Promise<void>): Promise<void> {
    await Promise.allSettled([...this.#creations.values(), ...this.#openings.values()]); // whoever began one hears of trouble
    await allThenThrow([...[...this.#hosted.values()].map(how), ...this.#ends]);
  }

  /** For whoever asks for it, and to be waited for in the end. */
  #ending(end: Promise<void>): Promise<void> {
    const over = end.finally(() => this.#ends.delete(over));
    over.catch(() => {});
    this.#ends.add(over);
    return over;
  }

  #list(): void {
    this.#endpoints = [...this.#hosted.values()].map(({ endpoint }) => endpoint);
  }

  /** The models are those of now: one that is deleted later is still served. Errors: InvalidRequest for one that is not there. */
  async #parts(endpoint: string, config: CreateEndpointConfigInput): Promise<EndpointRequests> {
    return { endpoint, config, models: new Map((await this.modelsOf(config)).map((model) => [model.ModelName ?? '', model])) };
  }

  /** Errors: AlreadyExists, for a name that differs in case only. One that is the same may be that of a process that is gone. */
  #checkFree(name: string): void {
    const others = [...this.#emulator.endpoints.names(), ...this.#creations.keys()].filter((other) => other !== name);
    if (this.#creations.has(name) || isTaken(others, name)) {
      throw fail('AlreadyExists', { message: alreadyExisting('endpoint', this.#arnOf(name)) });
    }
  }

  /** The service's words are not published; these are ours. */
  #checkAlarms(deployment: DeploymentConfig | undefined): void {
    const names = (deployment?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
    const unknown = names.filter((name) => this.#alarms.has?.(name) === false);
    if (unknown.length === 0) return;
    throw fail('InvalidRequest', {
      message: `AutoRollbackConfiguration.Alarms names what does not exist: ${unknown.join(', ')}.`,
      remedy: 'Define it with PutMetricAlarm, or correct the name.',
    });
  }

  /** Errors: InvalidRequest for one that is not there. */
  async #record(name = ''): Promise<EndpointRecord> {
    const record = this.#hosted.get(name)?.record ?? (await this.#emulator.endpoints.read(name));
    if (!record) throw missing('endpoint', this.#arnOf(name));
    return record;
  }

  /** One that is being taken over, when it is; whoever opens it hears of trouble. */
  async #opened(name = ''): Promise<HostedEndpoint | undefined> {
    return await this.#openings.get(name)?.catch(() => undefined);
  }

  /** One of this process. Errors: InvalidRequest. */
  async #own(name = ''): Promise<HostedEndpoint> {
    const hosted = this.#hosted.get(name) ?? (await this.#opened(name));
    if (hosted) return hosted;
    await this.#record(name);
    throw fail('InvalidRequest', {
      message: `The endpoint "${this.#arnOf(name)}" belongs to another process, which alone can change it.`,
      remedy: `Delete it, or change it where its sm-local serve runs. See: sm-local describe endpoint ${name}`,
    });
  }

  /** Errors: InvalidRequest where something is under way with it. */
  #checkIdle({ endpoint: { name, status } }: HostedEndpoint): void {
    checkNotChanging(this.#arnOf(name), status);
    if (status === 'Deleting' || status === 'SystemUpdating') throw inProgress(this.#arnOf(name), status);
  }

  /** A process that takes over from here knows of it. Errors: DiskTrouble. */
  async #underWay(hosted: HostedEndpoint, over: Promise<void>): Promise<UnderWay> {
    over.catch(() => {}); // for whoever asks
    await hosted.kept();
    return { arn: this.#arnOf(hosted.endpoint.name), over };
  }

  #arnOf(name: string): string {
    return endpointArn(this.#emulator.region, this.#emulator.account, name);
  }
}

const listable = ({ name, status, creationTime, lastModifiedTime = creationTime }: EndpointRecord) => ({
  ...{ name, status, creationTime: new Date(creationTime), modifiedTime: new Date(lastModifiedTime) },
});
