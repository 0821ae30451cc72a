import { randomBytes } from 'node:crypto';
import type { CreateEndpointConfigInput, CreateModelInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { type Callback, callbackVariables } from '../contract/callback.ts';
import { credentialsVariables } from '../contract/container-credentials.ts';
import { metricsScrape } from '../contract/container-metrics.ts';
import { type LimitOverrides, type Limits, limitsOf } from '../contract/limits.ts';
import { contractDefaults } from '../contract/names.ts';
import { withServingCode } from '../contract/script-mode.ts';
import { isUnusableInit } from '../contract/serving.ts';
import type { Grant } from '../credentials/credentials.ts';
import type { Emulator } from '../emulator.ts';
import type { ContainerSpec, Image, JoinedNetwork, Labels, Mount } from '../engine/engine.ts';
import { showsDirectory } from '../engine/file-sharing.ts';
import { whyNoGpus } from '../engine/gpus.ts';
import { findNetworks } from '../engine/join-networks.ts';
import { containerProxies } from '../engine/proxies.ts';
import { orAborted } from '../engine/steady.ts';
import { fail } from '../errors.ts';
import { callbackFor } from '../grants.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import type { VariantPlan } from '../hosting/fleet.ts';
import type { EndpointPlan } from '../hosting/generation.ts';
import { ModelCache } from '../hosting/model-data/cache.ts';
import { fetchModelData, type ModelFiles } from '../hosting/model-data/fetch.ts';
import { mountModelData } from '../hosting/model-data/mount.ts';
import { planVariant } from '../hosting/plan.ts';
import { findOrBuildImage, type ImageObserver, type ImageRequest } from '../image.ts';
import { hostLimits } from '../jobs/instance-limits.ts';
import type { WorkspaceStrategy } from '../jobs/workspace.ts';
import { Scope } from '../scope.ts';
import { relay } from '../stop.ts';
import type { SourceCode } from '../store/source-code.ts';
import { modelWorkspace, sharingOf } from '../workspace-choice.ts';
import { endpointCapture } from './capture.ts';

/** How this machine runs endpoints, whatever their requests say. */
export interface HostingSetting {
  /** They win over what a configuration asks for. */
  readonly limits: LimitOverrides;
  /** Exits with one code in a row after which a launch is given up. */
  readonly startAttempts: number;
  readonly gpus?: 'all' | number;
  /** Containers get the processors and the memory of their instance type. */
  readonly hasInstanceLimits?: boolean;
  /** Goes to /opt/ml/model/code of every model, and variables tell AWS's toolkits of it. */
  readonly code?: SourceCode;
  /** Gives the containers of a model a copy of it, into which they may write. */
  readonly isModelWritable?: boolean;
  /** What an image is called in a model -> how it is got, where that is not by its name alone. */
  readonly images?: Readonly<Record<string, ImageRequest>>;
  /** Networks of the user's that containers join besides. */
  readonly networks?: readonly JoinedNetwork[];
  /** Names that containers find in their hosts file, and the addresses. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Waits of deployments are multiplied by this; 1 by default. */
  readonly pace?: number;
  /** How many times as fast as the cloud's the clock runs that the patience of limits is measured by; 1 by default. */
  readonly speed?: number;
}

/** An endpoint's configuration, and the models there are, by name. */
export interface EndpointRequests {
  readonly endpoint: string;
  readonly config: CreateEndpointConfigInput;
  readonly models: ReadonlyMap<string, CreateModelInput>;
}

export interface EndpointParts extends EndpointRequests {
  /** Tells what this plan creates from all else that the endpoint has. */
  readonly generation: string;
  readonly setting: HostingSetting;
  readonly labels: Labels;
  /** What its containers find of credentials. */
  readonly grant: (model: CreateModelInput, image: Image) => Promise<Grant>;
}

/**
 * Works out what a configuration will create: images found, models on the disk and ready to be mounted. What it needs besides containers is
 * given back by the plan's `release`. Errors: those of images and of model data, NoGpu, trouble of the engine, and the signal's reason.
 */
export async function prepareEndpoint(
  emulator: Emulator,
  { labels, ...rest }: EndpointParts,
  observer: ImageObserver,
  signal: AbortSignal,
): Promise<PreparedEndpoint> {
  const parts = { ...rest, labels: { ...labels, 'sm-local.generation': rest.generation } };
  const scope = new Scope();
  const own = new Scope();
  const failed = new AbortController();
  const unlink = relay(signal, failed);
  const models = new Map<string, Promise<PreparedModel>>();
  const release = (): Promise<void> => allThenThrow([own[Symbol.asyncDispose](), scope[Symbol.asyncDispose]()]);
  try {
    const { config, generation } = parts;
    const capture = await endpointCapture(emulator, parts, observer, own);
    const prepared = (variant: ProductionVariant): Promise<VariantPlan> => {
      const name = variant.ModelName ?? '';
      const model = models.get(name) ?? prepareModel(emulator, parts, variant, observer, scope, failed.signal);
      models.set(name, model);
      return model.then((ready) => variantOf(emulator, parts, variant, ready));
    };
    const variants = await Promise.all((config.ProductionVariants ?? []).map(prepared));
    const [shadow] = await Promise.all((config.ShadowProductionVariants ?? []).map(prepared));
    const leave = (): Promise<void> => own[Symbol.asyncDispose]();
    const origin = { generation, config, models: [...parts.models.values()] };
    return {
      plan: { configName: config.EndpointConfigName ?? '', origin, variants, ...(shadow && { shadow }), capture, release, leave },
      directories: (await Promise.all(models.values())).flatMap(({ directories }) => directories),
    };
  } catch (error) {
    // What the other models are about to make must be there before all of it goes.
    failed.abort(error);
    await Promise.allSettled(models.values());
    await release().catch(() => {}); // the first trouble is the reason
    throw error;
  } finally {
    unlink();
  }
}

export interface PreparedEndpoint {
  readonly plan: EndpointPlan;
  /** Of this machine, in which its models are. */
  readonly directories: readonly string[];
}

interface PreparedModel {
  readonly request: CreateModelInput;
  readonly image: Image;
  readonly directories: readonly string[];
  readonly mounts: readonly Mount[];
  /** What leads its AWS clients to credentials, and to an API of this machine. */
  readonly clients: Readonly<Record<string, string>>;
  readonly callback: Callback | undefined;
  readonly container: Partial<ContainerSpec>;
}

async function prepareModel(
  emulator: Emulator,
  { endpoint, models, setting, labels, grant }: EndpointParts,
  variant: ProductionVariant,
  observer: ImageObserver,
  scope: Scope,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const { engine } = emulator;
  const { ModelName = '' } = variant;
  const request = models.get(ModelName) ?? { ModelName };
  const { Image: reference = '', Environment: environment = {} } = request.PrimaryContainer ?? {};
  const isolated = request.EnableNetworkIsolation ?? false;
  if (isolated && setting.networks) {
    const message = `The model ${ModelName} asks for network isolation, so its containers do not join the networks that endpoints join here.`;
    observer.event({ event: 'warning', message });
  }
  const networks = isolated ? undefined : await orAborted(findNetworks(engine, setting.networks), signal);
  const wanted = setting.images?.[reference] ?? { image: { kind: 'image', reference } as const };
  // Before the image, which may take longer: what is wrong with a model is known soon.
  const files = await fetchModel(emulator, request, setting, variant, observer, signal);
  // An engine that does not answer must not keep anybody from leaving.
  const asked = Promise.all([findOrBuildImage(emulator, wanted, observer, signal), engine.describe()]);
  const [image, description] = await orAborted(asked, signal);
  if (isUnusableInit(image.entrypoint)) {
    const message = `The entrypoint of ${reference} is ${image.entrypoint?.[0]}, which SageMaker's guide asks not to use: it is confused by the argument serve.`;
    observer.event({ event: 'warning', message });
  }
  const { gpus, extraHosts } = setting;
  if (gpus !== undefined && !description.hasGpuRuntime) throw fail('NoGpu', { wanted: `--gpus ${gpus}`, why: whyNoGpus(description) });
  const sharing = await sharingOf(emulator, { image: image.id, signal });
  const how = await modelsBy(emulator, modelWorkspace(emulator, sharing), files, { image: image.id, labels });
  const mounts = await mountModelData(files, how, {
    ...{ engine, image: image.id, volumeName: uniqueName, labels, scope, signal, isWritable: setting.isModelWritable === true },
    onWarning: (message) => observer.event({ event: 'warning', message }),
  });
  const place = isolated ? ({ source: 'none' } as const) : (await grant(request, image)).place;
  const callback = isolated ? undefined : await callbackFor(emulator);
  const network = isolated ? await isolatedNetwork(emulator, endpoint, labels, observer, scope) : undefined;
  return {
    request,
    image,
    directories: files.directories.map(({ path }) => path),
    mounts,
    clients: {
      ...credentialsVariables(place, { kind: 'endpoint', isolated, environment }),
      ...callbackVariables(callback, { isolated, given: { ...image.environment, ...environment } }),
    },
    callback,
    container: {
      ...(gpus !== undefined && { gpus }),
      ...(network !== undefined && { network }),
      ...(networks && { networks }),
      ...(extraHosts && { extraHosts }),
      ...(wanted.patches && { patches: wanted.patches }),
    },
  };
}

/** Models of the user's own directories are copied where the engine sees the home and not those. */
async function modelsBy(
  { engine, home }: Emulator,
  how: WorkspaceStrategy,
  { directories }: ModelFiles,
  place: { readonly image: string; readonly labels: Labels },
): Promise<WorkspaceStrategy> {
  if (how === 'archive') return how;
  const foreign = directories.filter(({ path }) => !path.startsWith(`${home.path}/`));
  const seen = await Promise.all(foreign.map(({ path }) => showsDirectory(engine, path, place)));
  return seen.every(Boolean) ? how : 'archive';
}

/** The model's data, within the time and the volume of the first variant that names it. */
async function fetchModel(
  emulator: Emulator,
  { PrimaryContainer = {} }: CreateModelInput,
  { code, limits, speed }: HostingSetting,
  { ModelDataDownloadTimeoutInSeconds: download, VolumeSizeInGB: volume }: ProductionVariant,
  observer: ImageObserver,
  signal: AbortSignal,
): Promise<ModelFiles> {
  return await fetchModelData(PrimaryContainer, {
    objects: () => emulator.objects,
    cache: new ModelCache(emulator.home.models, (name) => emulator.temporaryDirectory(name)),
    timeout: limitsOf('serving', limits, { asked: { ...(download !== undefined && { download }) }, speed }).download,
    time: emulator.time,
    ...(code && { code }),
    ...(volume !== undefined && { limitBytes: volume * 1024 ** 3 }),
    signal,
    onWarning: (message) => observer.event({ event: 'warning', message }),
    onProgress: (event) => observer.event(event),
  });
}

async function variantOf(
  { engine, region }: Emulator,
  { config, setting, labels }: EndpointParts,
  variant: ProductionVariant,
  { request, image, mounts, clients, callback, container }: PreparedModel,
): Promise<VariantPlan> {
  const { VariantName, InitialInstanceCount, InitialVariantWeight, RoutingConfig, InstanceType = contractDefaults.instanceType } = variant;
  const limited = setting.hasInstanceLimits ? hostLimits(InstanceType, await engine.describe()) : {};
  const environment = request.PrimaryContainer?.Environment ?? {};
  const isLeast = RoutingConfig?.RoutingStrategy === 'LEAST_OUTSTANDING_REQUESTS';
  return planVariant({
    ...(VariantName !== undefined && { variant: VariantName }),
    instanceCount: InitialInstanceCount ?? contractDefaults.instanceCount,
    weight: InitialVariantWeight ?? 1,
    routing: isLeast ? 'LEAST_OUTSTANDING_REQUESTS' : 'RANDOM',
    limits: variantLimits(variant, setting),
    image: image.id,
    imageName: request.PrimaryContainer?.Image ?? image.id,
    metrics: metricsScrape(config, request.PrimaryContainer ?? {}),
    mounts,
    labels,
    environment: setting.code ? withServingCode(environment, { program: setting.code.program, region }) : environment,
    region,
    isNetworkIsolated: request.EnableNetworkIsolation ?? false,
    proxies: containerProxies(engine.settings().proxies, callback ? [callback.host] : []),
    credentials: clients,
    container: { ...container, ...limited },
  });
}

/** Those that its configuration asks for, under those of this machine. */
export function variantLimits(
  { ContainerStartupHealthCheckTimeoutInSeconds: startup, ModelDataDownloadTimeoutInSeconds: download }: ProductionVariant,
  { limits, speed }: HostingSetting,
): Limits {
  const asked = { ...(startup !== undefined && { startup }), ...(download !== undefined && { download }) };
  return limitsOf('serving', limits, { asked, speed });
}

/** No way out to the world. The machine itself must reach the container, and so the container it. */
async function isolatedNetwork(
  { engine }: Emulator,
  endpoint: string,
  labels: Labels,
  observer: ImageObserver,
  scope: Scope,
): Promise<string> {
  const { isNative } = await engine.describe();
  if (!isNative) {
    throw fail('InvalidRequest', {
      message: `The model of ${endpoint} asks for EnableNetworkIsolation, and its containers could not be reached: this engine does not run on this machine.`,
      remedy: 'Leave it out here, or use an engine of this very machine.',
    });
  }
  const message = `The containers of ${endpoint} are isolated: they reach nothing but this machine's own services, which the cloud would not have.`;
  observer.event({ event: 'warning', message });
  const { id } = await engine.networks.create({ name: uniqueName(), labels, internal: true });
  scope.defer(() => engine.networks.remove(id));
  return id;
}

const uniqueName = (): string => `sm-local-${randomBytes(6).toString('hex')}`;
