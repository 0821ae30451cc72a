import type { CreateEndpointConfigInput, CreateEndpointInput, CreateModelInput } from '@aws-sdk/client-sagemaker';
import { startServer } from './api/server.ts';
import { limitsOf } from './contract/limits.ts';
import { contractDefaults } from './contract/names.ts';
import type { Emulator } from './emulator.ts';
import type { HostingSetting } from './endpoint-plan.ts';
import { Endpoints } from './endpoints.ts';
import { fail } from './errors.ts';
import type { EndpointObserver, HostedEndpoint, HostedEvent } from './hosted-endpoint.ts';
import type { Endpoint } from './hosting/endpoint.ts';
import { invocationHandler } from './hosting/invoke.ts';
import type { ImageRequest } from './image.ts';
import type { StopSignals } from './jobs/stop.ts';
import { Scope } from './scope.ts';
import { toUri } from './store/location.ts';

/** What to serve, as requests of SageMaker's API: what they name of each other is among them. */
export interface HostingRequests {
  readonly models: readonly CreateModelInput[];
  readonly endpointConfigs: readonly CreateEndpointConfigInput[];
  readonly endpoints: readonly CreateEndpointInput[];
}

/** Endpoints as asked for. */
export interface ServeSpec {
  readonly requests: HostingRequests;
  readonly setting: HostingSetting;
  /** 0 takes a free one. */
  readonly port: number;
  /** Hands the container's answers on /invocations through untouched. */
  readonly isRaw: boolean;
}

/** One image with one model, as people ask for it. */
export interface ServedImage extends ImageRequest {
  /** Of the model, the configuration and the endpoint. */
  readonly name: string;
  /** A directory, a model.tar.gz, or the name of a training job; none means an empty /opt/ml/model. */
  readonly model?: string;
  /** Relative paths of `model` start here. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly instanceCount?: number;
}

export type ServeObserver = EndpointObserver;
export type ServeEvent = HostedEvent;

/** Running endpoints behind one HTTP port. Disposing it stops them with the grace. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly endpoints: readonly HostedEndpoint[];
  /** Where the first container of the first endpoint listens: past the proxy, for comparisons. */
  readonly containerUrl: string | undefined;
  /** Settles when all of them were stopped, by whomever, and everything is removed. Errors: trouble of the engine. */
  readonly stopped: Promise<unknown>;
  /** SIGTERM, the grace cut short by `hard`, SIGKILL; everything removed. */
  stop(hard?: AbortSignal): Promise<void>;
}

/**
 * The requests for an image of one's own. What a directory of this machine is to be served from is named by file:// addresses.
 * Errors: InvalidRequest, InputNotFound, ResourceNotFound.
 */
export async function requestsFor(emulator: Emulator, served: ServedImage): Promise<HostingRequests & Pick<HostingSetting, 'images'>> {
  const { image, buildArguments, name, environment, instanceType = contractDefaults.instanceType, instanceCount = 1 } = served;
  const reference = image.kind === 'image' ? image.reference : image.tag;
  const container = { Image: reference, Environment: environment, ...(await modelOf(emulator, served)) };
  const variant = {
    VariantName: 'AllTraffic',
    ModelName: name,
    InstanceType: instanceType as 'ml.m5.large',
    InitialInstanceCount: instanceCount,
  };
  return {
    models: [{ ModelName: name, PrimaryContainer: container, ExecutionRoleArn: contractDefaults.roleArn }],
    endpointConfigs: [{ EndpointConfigName: name, ProductionVariants: [variant] }],
    endpoints: [{ EndpointName: name, EndpointConfigName: name }],
    images: { [reference]: { image, ...(buildArguments && { buildArguments }) } },
  };
}

/** A path wins over a job of the same name. */
async function modelOf(emulator: Emulator, { model, cwd }: ServedImage): Promise<{ readonly ModelDataUrl?: string }> {
  if (model === undefined) return {};
  const { modelPath } = await import('./hosting/model.ts');
  const path = await modelPath(model, cwd, async (name) => {
    const job = await emulator.trainingJobs.read(name);
    if (job && !job.files.model) {
      throw fail('InvalidRequest', {
        message: `The training job ${name} (${job.status}) has no model.tar.gz.`,
        remedy: 'Its /opt/ml/model was empty, or it has not ended. Name another job, a directory or an archive.',
      });
    }
    return job?.files.model;
  });
  return { ModelDataUrl: toUri(path, cwd) };
}

/**
 * Starts endpoints and returns when each of them is InService or Failed, or was stopped meanwhile. Aborting `stops.stop` stops them at any
 * moment. Errors: InvalidRequest, ResourceInUse, PortTaken, and trouble of the engine or the disk.
 */
export async function serve(emulator: Emulator, spec: ServeSpec, observer: ServeObserver, stops: StopSignals): Promise<Served> {
  const { region, account } = emulator;
  const { requests, setting, port, isRaw } = spec;
  const scope = new Scope();
  try {
    let running: Endpoints | undefined;
    const endpoints = (): readonly Endpoint[] => running?.endpoints ?? [];
    const limits = limitsOf('serving', setting.limits);
    const invocations = invocationHandler({ endpoints, region, account, limits, isRaw });
    const server = await startServer({ invocations, endpoints, port });
    scope.defer(() => server.close());
    running = scope.use(new Endpoints(emulator, { setting, observer, stops, url: server.url }));
    for (const model of requests.models) running.createModel(model);
    for (const config of requests.endpointConfigs) running.createEndpointConfig(config);
    const hosted: HostedEndpoint[] = [];
    for (const endpoint of requests.endpoints) hosted.push(await running.createEndpoint(endpoint));
    await Promise.all(hosted.map(({ endpoint }) => endpoint.launched));
    return servedBy(server.url, running, hosted, scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

function servedBy(url: string, running: Endpoints, hosted: readonly HostedEndpoint[], scope: Scope): Served {
  const stop = async (hard?: AbortSignal): Promise<void> => {
    // The endpoints first: what is under way may end within the grace, and then the port goes.
    await running.stop(hard);
    await scope[Symbol.asyncDispose]();
  };
  return {
    url,
    endpoints: hosted,
    get containerUrl() {
      const choice = hosted[0]?.endpoint.choose(undefined);
      return choice?.kind === 'slot' ? `http://${choice.upstream.address.host}:${choice.upstream.address.port}` : undefined;
    },
    stopped: Promise.all(hosted.map(({ stopped }) => stopped)),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}
