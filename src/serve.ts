import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DataCaptureConfig, EndpointStatus } from '@aws-sdk/client-sagemaker';
import { adoptEndpoint } from './adopt-endpoint.ts';
import { type ApiServer, startServer } from './api/server.ts';
import { endpointCapture } from './capture.ts';
import { credentialsVariables } from './contract/container-credentials.ts';
import { type LimitOverrides, limitsOf } from './contract/limits.ts';
import { contractDefaults, endpointArn } from './contract/names.ts';
import { validateRequest } from './contract/validation.ts';
import type { Grant } from './credentials/credentials.ts';
import { type CredentialsNews, newsOf } from './credentials/kept.ts';
import type { Emulator } from './emulator.ts';
import type { Image } from './engine/engine.ts';
import { whyNoGpus } from './engine/gpus.ts';
import { orAborted } from './engine/steady.ts';
import { fail } from './errors.ts';
import { grantEndpoint } from './grants.ts';
import { AlarmStates } from './hosting/alarms.ts';
import { Endpoint, type EndpointEvent, type EndpointFailure } from './hosting/endpoint.ts';
import type { InstanceSource } from './hosting/fleet.ts';
import { invocationHandler } from './hosting/invoke.ts';
import { type Model, mountModel, noModel, resolveModel } from './hosting/model.ts';
import { planVariant } from './hosting/plan.ts';
import type { EndpointRecord } from './hosting/record.ts';
import { findOrBuildImage, type ImageObserver, type ImageRequest } from './image.ts';
import { neverStopped, type StopSignals } from './jobs/stop.ts';
import { Scope } from './scope.ts';
import { LogFile } from './store/log-file.ts';
import { instanceLogFile } from './store/log-names.ts';
import { modelWorkspace, sharingOf } from './workspace-choice.ts';

/** An endpoint as asked for. */
export interface ServeSpec extends ImageRequest {
  readonly name: string;
  /** A directory, a model.tar.gz, or the name of a training job; none means an empty /opt/ml/model. */
  readonly model?: string;
  /** Relative paths of `model` start here. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits: LimitOverrides;
  /** Exits with one code in a row after which a launch is given up. */
  readonly startAttempts: number;
  /** Hands the container's answers on /invocations through untouched. */
  readonly isRaw: boolean;
  readonly gpus?: 'all' | number;
  /** Its invocations are written down as this says. */
  readonly dataCapture?: DataCaptureConfig;
}

export interface ServeObserver extends ImageObserver {
  event(event: ServeEvent | Parameters<ImageObserver['event']>[0]): void;
  /** The lines of one instance; followed at the watcher's own pace. */
  log(instance: string, log: LogFile): void;
}

/** The endpoint's own events; once it is InService, also where it can be reached, and what its containers find. */
export type ServeEvent = EndpointEvent & { readonly url?: string; readonly credentials?: CredentialsNews };

/** A running endpoint behind its HTTP port. Disposing it stops it with the grace. */
export interface ServedEndpoint extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Where its first container listens: past the proxy, for comparisons. */
  readonly containerUrl: string | undefined;
  readonly status: EndpointStatus;
  readonly failure: EndpointFailure | undefined;
  /** Instance -> its log on the user's disk. */
  readonly logs: Readonly<Record<string, string>>;
  /** Settles when it was stopped, by whomever, and everything is removed. Errors: trouble of the engine. */
  readonly stopped: Promise<void>;
  /** SIGTERM, the grace cut short by `hard`, SIGKILL; everything removed. */
  stop(hard?: AbortSignal): Promise<void>;
}

/**
 * Starts an endpoint and returns when it is InService or Failed, or when it was stopped meanwhile. Aborting `stops.stop` stops it at any
 * moment. Errors: InvalidRequest, ResourceInUse, ResourceNotFound, ModelArchiveInvalid, PortTaken, those of images, and trouble of the engine.
 */
export async function serve(emulator: Emulator, spec: ServeSpec, observer: ServeObserver, stops: StopSignals): Promise<ServedEndpoint> {
  checkRequest(spec);
  const model = await findModel(emulator, spec, stops.stop);
  // An engine that does not answer must not keep anybody from leaving.
  const asked = Promise.all([findOrBuildImage(emulator, spec, observer, stops.stop), emulator.engine.describe()]);
  const [image, description] = await orAborted(asked, stops.stop);
  if (spec.gpus !== undefined) {
    if (!description.hasGpuRuntime) throw fail('NoGpu', { wanted: `--gpus ${spec.gpus}`, why: whyNoGpus(description) });
  }
  stops.stop.throwIfAborted();

  const scope = new Scope();
  try {
    const { served, launched } = await start(emulator, spec, model, image, observer, scope, stops.stop);
    const watched = await emulator.stopRequests.watch('endpoint', spec.name, await emulator.owner, stops);
    scope.defer(() => watched[Symbol.dispose]());
    const stop = (): void => void served.stop(watched.kill).catch(() => {}); // whoever disposes it hears of trouble
    watched.stop.addEventListener('abort', stop, { once: true });
    if (watched.stop.aborted) stop();
    await launched;
    return served;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/** The parts of CreateModel and CreateEndpoint that are given, in AWS's words. Errors: InvalidRequest. */
function checkRequest(spec: ServeSpec): void {
  validateRequest('CreateEndpoint', { EndpointName: spec.name, EndpointConfigName: spec.name });
  validateRequest('CreateModel', {
    ModelName: spec.name,
    PrimaryContainer: { Image: imageName(spec), Environment: spec.environment },
    ExecutionRoleArn: contractDefaults.roleArn,
  });
  if (spec.dataCapture) {
    const ProductionVariants = [{ VariantName: 'AllTraffic', ModelName: spec.name }];
    validateRequest('CreateEndpointConfig', { EndpointConfigName: spec.name, ProductionVariants, DataCaptureConfig: spec.dataCapture });
  }
}

async function findModel(emulator: Emulator, spec: ServeSpec, signal: AbortSignal): Promise<Model> {
  if (spec.model === undefined) return await noModel(emulator.home.models);
  return await resolveModel(spec.model, {
    cwd: spec.cwd,
    cache: emulator.home.models,
    signal,
    ofJob: async (name) => {
      const job = await emulator.trainingJobs.read(name);
      if (job && !job.files.model) {
        throw fail('InvalidRequest', {
          message: `The training job ${name} (${job.status}) has no model.tar.gz.`,
          remedy: 'Its /opt/ml/model was empty, or it has not ended. Name another job, a directory or an archive.',
        });
      }
      return job?.files.model;
    },
  });
}

async function start(
  emulator: Emulator,
  spec: ServeSpec,
  model: Model,
  image: Image,
  observer: ServeObserver,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ readonly served: ServedEndpoint; readonly launched: Promise<unknown> }> {
  const { engine, region, account } = emulator;
  const onWarning = (message: string): void => observer.event({ event: 'warning', message });
  const capture = await endpointCapture(emulator, spec.name, spec.dataCapture, onWarning, scope);
  const limits = limitsOf('serving', spec.limits);
  const how = modelWorkspace(emulator, await sharingOf(emulator, { image: image.id, signal }));
  const granted = { name: spec.name, image: imageName(spec), imageId: image.id };
  const credentials = scope.use(await grantEndpoint(emulator, granted, observer, signal));
  const record = await claimName(emulator, spec, model, image, credentials, scope, signal);
  const labels = { ...(await emulator.labels()), 'sm-local.kind': 'endpoint', 'sm-local.name': spec.name };
  const mount = await mountModel(model, how, {
    ...{ engine, image: image.id, name: `sm-local-${randomBytes(6).toString('hex')}`, labels, scope, signal },
    onWarning,
  });
  const variant = planVariant({
    image: image.id,
    imageName: imageName(spec),
    mounts: [mount],
    labels,
    limits,
    environment: spec.environment,
    region,
    isNetworkIsolated: false,
    proxies: engine.settings().proxies,
    credentials: credentialsVariables(credentials.place, { kind: 'endpoint', isolated: false, environment: spec.environment }),
    ...(spec.gpus !== undefined && { container: { gpus: spec.gpus } }),
  });
  const logs = new Map<string, LogFile>();

  let endpoint: Endpoint | undefined;
  const handler = invocationHandler({ endpoints: () => (endpoint ? [endpoint] : []), region, account, limits, isRaw: spec.isRaw });
  const server = await startServer({ invocations: handler, endpoints: () => (endpoint ? [endpoint] : []), port: spec.port });
  scope.defer(() => server.close());
  record.keep({ url: server.url });

  endpoint = new Endpoint(engine, spec.name, async () => ({ configName: spec.name, variants: [variant], capture }), {
    startAttempts: spec.startAttempts,
    patience: emulator.patience,
    random: Math.random,
    alarms: new AlarmStates(),
    pace: 1,
    newInstanceId: () => `i-${randomBytes(8).toString('hex')}`,
    openLog: async (source) => {
      const log = await openLog(emulator, spec.name, source);
      logs.set(source.instance, log);
      record.keep({ run: { ...record.now.run, logs: pathsOf(logs) } });
      observer.log(source.instance, log);
      return log;
    },
    onEvent: (event) => {
      if (event.event === 'status') {
        const { status, failureReason } = event;
        record.keep({ status, lastModifiedTime: emulator.now().toISOString(), ...(failureReason !== undefined && { failureReason }) });
      }
      const isServing = event.event === 'status' && event.status === 'InService';
      observer.event(isServing ? { ...event, url: server.url, credentials: newsOf(credentials.kept) } : event);
    },
  });
  return { served: servedEndpoint(endpoint, server, logs, scope), launched: endpoint.launched };
}

function servedEndpoint(endpoint: Endpoint, server: ApiServer, logs: ReadonlyMap<string, LogFile>, scope: Scope): ServedEndpoint {
  let isStopped = false;
  let settle: (over: Promise<void>) => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    settle = resolve;
  });
  stopped.catch(() => {}); // whoever stops it hears of trouble
  const stop = async (hard?: AbortSignal): Promise<void> => {
    // The endpoint first: what is under way may end within the grace, and then the port goes.
    const ended = endpoint.stop(hard);
    if (!isStopped) settle(ended.finally(() => scope[Symbol.asyncDispose]()));
    isStopped = true;
    await stopped;
  };
  return {
    name: endpoint.name,
    url: server.url,
    get containerUrl() {
      const choice = endpoint.choose(undefined);
      return choice.kind === 'slot' ? `http://${choice.upstream.address.host}:${choice.upstream.address.port}` : undefined;
    },
    get status() {
      return endpoint.status;
    },
    get failure() {
      return endpoint.failure;
    },
    get logs() {
      return pathsOf(logs);
    },
    stopped,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

const imageName = ({ image }: ServeSpec): string => (image.kind === 'image' ? image.reference : image.tag);

/** The endpoint's record under its name; one whose process is gone is ended first. Errors: ResourceInUse. */
async function claimName(
  emulator: Emulator,
  spec: ServeSpec,
  model: Model,
  image: Image,
  credentials: Grant,
  scope: Scope,
  signal: AbortSignal,
) {
  const { endpoints, region, account } = emulator;
  const arn = endpointArn(region, account, spec.name);
  const owner = await emulator.owner;
  const first: EndpointRecord = {
    name: spec.name,
    arn,
    status: 'Creating',
    owner: owner.id,
    image: spec.image.kind === 'image' ? spec.image.reference : spec.image.path,
    imageId: image.id,
    model: model.from,
    creationTime: emulator.now().toISOString(),
    ...(spec.dataCapture && { dataCapture: spec.dataCapture }),
    run: {
      label: owner.id,
      stopGrace: limitsOf('serving', spec.limits)['stop-grace'],
      logs: {},
      model: model.directory,
      credentials: credentials.kept,
    },
  };
  const inUse = `Cannot create already existing endpoint "${arn}".`;
  await (await adoptEndpoint(emulator, spec.name, { ...neverStopped, leave: signal }))?.();
  signal.throwIfAborted();
  const writer = await endpoints.create(spec.name, first, inUse);
  scope.defer(async () => {
    await writer.flush().catch(() => {}); // what could not be written is not wanted any more
    await endpoints.remove(spec.name);
  });
  let now = first;
  return {
    get now() {
      return now;
    },
    keep(changes: Partial<EndpointRecord>): void {
      now = { ...now, ...changes };
      writer.put(now);
    },
  };
}

const pathsOf = (logs: ReadonlyMap<string, LogFile>): Readonly<Record<string, string>> =>
  Object.fromEntries([...logs].map(([instance, { path }]) => [instance, path]));

/** One log an instance, named as the cloud names its stream: variant/instance. */
async function openLog(emulator: Emulator, endpoint: string, { variant, instance }: InstanceSource) {
  const path = instanceLogFile(emulator.home.logs, endpoint, variant, instance);
  await mkdir(dirname(path), { recursive: true });
  return await LogFile.create(path);
}
