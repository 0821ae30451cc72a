import type {
  CreateEndpointConfigInput,
  CreateEndpointInput,
  CreateModelInput,
  DeploymentConfig,
  UpdateEndpointInput,
  UpdateEndpointWeightsAndCapacitiesInput,
} from '@aws-sdk/client-sagemaker';
import { checkDeploymentRules, instancesOf } from '../contract/deployment.ts';
import { endpointInProgress } from '../contract/failure.ts';
import { hostingMembersWithoutEffect, refuseUnsupported } from '../contract/hosting-members.ts';
import { checkEndpointConfigRules, checkModelRules } from '../contract/hosting-rules.ts';
import { endpointArn, endpointConfigArn, modelArn } from '../contract/names.ts';
import { validateRequest } from '../contract/validation.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { AlarmStates } from '../hosting/alarms.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import type { Endpoint, VariantChange } from '../hosting/endpoint.ts';
import { HostedEndpoint, type HostingOptions } from './hosted-endpoint.ts';
import type { EndpointRequests } from './prepare.ts';

export type EndpointsOptions = Omit<HostingOptions, 'alarms' | 'onStopped'> & Partial<Pick<HostingOptions, 'alarms'>>;

/** The models, endpoint configurations and endpoints of this process: what SageMaker's operations on them do, checked as it checks them. */
export class Endpoints implements AsyncDisposable {
  readonly #emulator: Emulator;
  readonly #options: EndpointsOptions;
  readonly #alarms: HostingOptions['alarms'];
  readonly #models = new Map<string, CreateModelInput>();
  readonly #configs = new Map<string, CreateEndpointConfigInput>();
  readonly #hosted = new Map<string, HostedEndpoint>();
  readonly #creations = new Set<Promise<HostedEndpoint>>();
  /** Those of `#hosted`: every invocation looks for its own among them. */
  #endpoints: readonly Endpoint[] = [];

  constructor(emulator: Emulator, options: EndpointsOptions) {
    this.#emulator = emulator;
    this.#options = options;
    this.#alarms = options.alarms ?? new AlarmStates();
  }

  /** Those there are now, whatever their status. */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Errors: InvalidRequest, ResourceInUse. */
  createModel(request: CreateModelInput): void {
    validateRequest('CreateModel', request);
    checkModelRules(request);
    refuseUnsupported('CreateModelInput', request);
    this.#warnOfStored('CreateModel', hostingMembersWithoutEffect('CreateModelInput', request));
    const name = request.ModelName ?? '';
    if (this.#models.has(name)) throw existing('model', modelArn(this.#emulator.region, this.#emulator.account, name));
    this.#models.set(name, request);
  }

  /** Errors: InvalidRequest, also for a model that is not there; ResourceInUse. */
  createEndpointConfig(request: CreateEndpointConfigInput): void {
    const { region, account } = this.#emulator;
    validateRequest('CreateEndpointConfig', request);
    checkEndpointConfigRules(request);
    refuseUnsupported('CreateEndpointConfigInput', request);
    this.#warnOfStored('CreateEndpointConfig', hostingMembersWithoutEffect('CreateEndpointConfigInput', request));
    for (const { ModelName = '' } of [...(request.ProductionVariants ?? []), ...(request.ShadowProductionVariants ?? [])]) {
      if (!this.#models.has(ModelName)) throw missing('model', modelArn(region, account, ModelName));
    }
    const name = request.EndpointConfigName ?? '';
    if (this.#configs.has(name)) throw existing('endpoint configuration', endpointConfigArn(region, account, name));
    this.#configs.set(name, request);
  }

  /**
   * Begins an endpoint; it is Creating when this returns. Everything it has goes when it is stopped, or when `stops` says so. Errors:
   * InvalidRequest, ResourceInUse, trouble of the disk.
   */
  async createEndpoint(request: CreateEndpointInput): Promise<HostedEndpoint> {
    validateRequest('CreateEndpoint', request);
    refuseUnsupported('CreateEndpointInput', request);
    const name = request.EndpointName ?? '';
    const config = this.#config(request.EndpointConfigName);
    checkDeploymentRules(request.DeploymentConfig, instancesOf(config));
    this.#checkAlarms(request.DeploymentConfig);
    const creation = this.#create(name, config, request.DeploymentConfig);
    this.#creations.add(creation);
    return await creation.finally(() => this.#creations.delete(creation));
  }

  async #create(name: string, config: CreateEndpointConfigInput, deployment: DeploymentConfig | undefined): Promise<HostedEndpoint> {
    const hosted = await HostedEndpoint.create(this.#emulator, this.#parts(name, config), deployment, {
      ...this.#options,
      alarms: this.#alarms,
      onStopped: () => {
        this.#hosted.delete(name);
        this.#list();
      },
    });
    this.#hosted.set(name, hosted);
    this.#list();
    return hosted;
  }

  /** Begins an update and returns what settles when it is done or rolled back. Errors: InvalidRequest. */
  updateEndpoint(request: UpdateEndpointInput): Promise<void> {
    validateRequest('UpdateEndpoint', request);
    refuseUnsupported('UpdateEndpointInput', request);
    const hosted = this.#settled(request.EndpointName);
    const config = this.#config(request.EndpointConfigName);
    const wanted = request.RetainAllVariantProperties ? retained(config, hosted, request.ExcludeRetainedVariantProperties ?? []) : config;
    const deployment = request.DeploymentConfig ?? (request.RetainDeploymentConfig ? hosted.lastDeployment : undefined);
    checkDeploymentRules(deployment, instancesOf(wanted));
    this.#checkAlarms(deployment);
    return hosted.update(this.#parts(hosted.endpoint.name, wanted), deployment);
  }

  /** Begins the change and returns what settles when it is done. Errors: InvalidRequest. */
  updateEndpointWeightsAndCapacities(request: UpdateEndpointWeightsAndCapacitiesInput): Promise<void> {
    validateRequest('UpdateEndpointWeightsAndCapacities', request);
    const { endpoint } = this.#settled(request.EndpointName);
    const changes = (request.DesiredWeightsAndCapacities ?? []).map(
      ({ VariantName = '', DesiredWeight, DesiredInstanceCount }): VariantChange => ({
        variant: VariantName,
        ...(DesiredWeight !== undefined && { weight: DesiredWeight }),
        ...(DesiredInstanceCount !== undefined && { instanceCount: DesiredInstanceCount }),
      }),
    );
    checkChanges(changes, endpoint);
    return endpoint.reweigh(changes);
  }

  /**
   * Ends it; returns when all it had is gone. Errors: InvalidRequest for one that is not there, or that is being created or changed, which the
   * service refuses too; trouble of the engine.
   */
  async deleteEndpoint(name: string, hard?: AbortSignal): Promise<void> {
    const hosted = this.#settled(name);
    await hosted.stop(hard);
  }

  /** Its endpoints keep what they have of it. Errors: InvalidRequest for one that is not there. */
  deleteEndpointConfig(name: string): void {
    if (!this.#configs.delete(name))
      throw missing('endpoint configuration', endpointConfigArn(this.#emulator.region, this.#emulator.account, name));
  }

  /** Endpoint configurations that name it, and what serves, keep it. Errors: InvalidRequest for one that is not there. */
  deleteModel(name: string): void {
    if (!this.#models.delete(name)) throw missing('model', modelArn(this.#emulator.region, this.#emulator.account, name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends every endpoint at once, those too that are about to be created. */
  async stop(hard?: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#creations); // whoever creates one hears of trouble
    await allThenThrow([...this.#hosted.values()].map((hosted) => hosted.stop(hard)));
  }

  #list(): void {
    this.#endpoints = [...this.#hosted.values()].map(({ endpoint }) => endpoint);
  }

  /** The models are those of now: one that is deleted later is still served. */
  #parts(endpoint: string, config: CreateEndpointConfigInput): EndpointRequests {
    return { endpoint, config, models: new Map(this.#models) };
  }

  #config(name = ''): CreateEndpointConfigInput {
    const config = this.#configs.get(name);
    if (!config) throw missing('endpoint configuration', endpointConfigArn(this.#emulator.region, this.#emulator.account, name));
    return config;
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

  /** One that nothing is under way with. */
  #settled(name = ''): HostedEndpoint {
    const hosted = this.#running(name);
    const { status } = hosted.endpoint;
    if (status === 'Creating' || status === 'Updating' || status === 'RollingBack') {
      const message = endpointInProgress(endpointArn(this.#emulator.region, this.#emulator.account, name), status);
      throw fail('InvalidRequest', { message, remedy: 'Wait until it is InService or Failed.' });
    }
    return hosted;
  }

  #running(name = ''): HostedEndpoint {
    const hosted = this.#hosted.get(name);
    if (!hosted) throw missing('endpoint', endpointArn(this.#emulator.region, this.#emulator.account, name));
    return hosted;
  }

  #warnOfStored(operation: string, members: readonly string[]): void {
    if (members.length === 0) return;
    this.#options.observer.event({ event: 'warning', message: `Stored, but without effect here (${operation}): ${members.join(', ')}.` });
  }
}

/** The configuration with the capture, the weights and the counts that the endpoint has now, for variants of the same name. Source: API Reference, UpdateEndpoint. */
function retained(
  config: CreateEndpointConfigInput,
  { endpoint, config: before }: HostedEndpoint,
  except: UpdateEndpointInput['ExcludeRetainedVariantProperties'],
) {
  const excluded = new Set(except?.map(({ VariantPropertyType }) => VariantPropertyType));
  const live = new Map(endpoint.state.variants.map((variant) => [variant.name, variant]));
  const { DataCaptureConfig: own, ...rest } = config;
  const capture = excluded.has('DataCaptureConfig') ? own : before.DataCaptureConfig;
  return {
    ...rest,
    ...(capture && { DataCaptureConfig: capture }),
    ProductionVariants: config.ProductionVariants?.map((variant) => {
      const now = live.get(variant.VariantName ?? '');
      return {
        ...variant,
        ...(now && !excluded.has('DesiredInstanceCount') && { InitialInstanceCount: now.desiredInstances }),
        ...(now && !excluded.has('DesiredWeight') && { InitialVariantWeight: now.weight }),
      };
    }),
  };
}

/** What a configuration cannot mean. The service's words are not published; these are ours. */
function checkChanges(changes: readonly VariantChange[], endpoint: Endpoint): void {
  const names = endpoint.state.variants.map(({ name }) => name);
  for (const { variant, instanceCount } of changes) {
    if (!names.includes(variant)) {
      throw fail('InvalidRequest', {
        message: `The endpoint ${endpoint.name} has no variant ${variant}.`,
        remedy: `It has: ${names.join(', ')}.`,
      });
    }
    if (instanceCount === 0) {
      throw fail('InvalidRequest', {
        message: `DesiredInstanceCount of variant ${variant} cannot be 0: a real-time endpoint needs an instance.`,
        remedy: 'Give it at least 1, or take its traffic away with DesiredWeight 0.',
      });
    }
  }
}

const missing = (what: string, arn: string): Error =>
  fail('InvalidRequest', { message: `Could not find ${what} "${arn}".`, remedy: 'Check the name, or create it first.' });

const existing = (what: string, arn: string): Error =>
  fail('ResourceInUse', { message: `Cannot create already existing ${what} "${arn}".` });
