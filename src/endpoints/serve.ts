import type { CreateEndpointConfigInput, CreateEndpointInput, CreateModelInput } from '@aws-sdk/client-sagemaker';
import { startServer } from '../api/server.ts';
import type { FaultSettings } from '../contract/faults.ts';
import { limitsOf } from '../contract/limits.ts';
import { type MetricAlarm, metricAlarmWarnings } from '../contract/metric-alarm.ts';
import { contractDefaults } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import { refuseNetworks } from '../engine/join-networks.ts';
import { fail } from '../errors.ts';
import type { Alarms } from '../hosting/alarms.ts';
import type { Endpoint } from '../hosting/endpoint.ts';
import { Faults } from '../hosting/faults.ts';
import { invocationHandler } from '../hosting/invoke.ts';
import { MetricAlarms } from '../hosting/metric-alarms.ts';
import type { ModelMembers } from '../hosting/model-data/definition.ts';
import { Monitor } from '../hosting/monitor.ts';
import type { InvocationRecorder } from '../hosting/record-sent.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import type { ImageRequest } from '../image.ts';
import { Scope } from '../scope.ts';
import type { StopSignals } from '../stop.ts';
import { created, takenUpOrCreated } from './begin.ts';
import { Endpoints } from './endpoints.ts';
import type { EndpointObserver, HostedEndpoint, HostedEvent } from './hosted-endpoint.ts';
import { largeBodyWarnings } from './large-bodies.ts';
import type { HostingSetting } from './prepare.ts';

/** What to serve, as requests of SageMaker's API: what they name of each other is among them. */
export interface HostingRequests {
  readonly models: readonly CreateModelInput[];
  readonly endpointConfigs: readonly CreateEndpointConfigInput[];
  readonly endpoints: readonly CreateEndpointInput[];
  /** Those that may guard deployments, as CloudWatch's PutMetricAlarm defines them. */
  readonly alarms?: readonly MetricAlarm[];
}

/** Endpoints as asked for. */
export interface ServeSpec {
  readonly requests: HostingRequests;
  readonly setting: HostingSetting;
  /** 0 takes a free one. */
  readonly port: number;
  /** Hands the container's answers on /invocations through untouched. */
  readonly isRaw: boolean;
  /** Faults on demand. */
  readonly faults?: FaultSettings;
  /** In place of those of the requests. */
  readonly alarms?: Alarms;
  /** Told of what goes to containers. */
  readonly recorder?: InvocationRecorder;
  /** They may outlive this process, and those that another one has left are gone on with as they are. */
  readonly isLasting?: boolean;
  /** What endpoints are made of is there; they are created by whoever called, when it is time. */
  readonly isEmptyAtFirst?: boolean;
}

/** One image with one model, as people ask for it. */
export interface ServedImage extends ImageRequest {
  /** Of the model, the configuration and the endpoint. */
  readonly name: string;
  /** A directory, a model.tar.gz, the name of a training job, or an s3:// address; none means an empty /opt/ml/model. */
  readonly model?: string;
  /** Relative paths of `model` start here. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly instanceCount?: number;
}

export interface ServeObserver extends EndpointObserver {
  /** Each request, when it is over; on the hot path. */
  invocation?(over: InvocationOver): void;
}
export type ServeEvent = HostedEvent;

/** Running endpoints behind one HTTP port. Disposing it stops them with the grace. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly endpoints: readonly HostedEndpoint[];
  /** Where the first container of the first endpoint listens: past the proxy, for comparisons. */
  readonly containerUrl: string | undefined;
  /** How they do. */
  readonly monitor: Monitor;
  /** UpdateEndpoint and the rest, on what runs here. */
  readonly operations: Endpoints;
  /** Those of the requests. */
  readonly alarms: MetricAlarms | undefined;
  /** Settles when all of them were stopped, by whomever, and everything is removed. Errors: trouble of the engine. */
  readonly stopped: Promise<unknown>;
  /** SIGTERM, the grace cut short by `hard`, SIGKILL; everything removed. */
  stop(hard?: AbortSignal): Promise<void>;
  readonly isLasting: boolean;
  /** Lets go of them, where they are lasting: their containers go on, and another process with them. */
  leave(): Promise<void>;
}

/**
 * The requests for an image of one's own. What is on this machine is named by absolute paths.
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

async function modelOf(emulator: Emulator, { model, cwd }: ServedImage): Promise<ModelMembers> {
  if (model === undefined) return {};
  const { modelDefinitionOf } = await import('../hosting/model-data/definition.ts');
  const ofJob = async (name: string): Promise<string | undefined> => {
    const job = await emulator.trainingJobs.read(name);
    const model = job?.files.model ?? job?.files.stored?.model;
    if (job && model === undefined) {
      throw fail('InvalidRequest', {
        message: `The training job ${name} (${job.status}) has no model.tar.gz.`,
        remedy: 'Its /opt/ml/model was empty, or it has not ended. Name another job, a directory or an archive.',
      });
    }
    return model;
  };
  return await modelDefinitionOf(model, { cwd, ofJob, jobs: () => emulator.trainingJobs.names() });
}

/**
 * Starts endpoints and returns when each of them is InService or Failed, or was stopped meanwhile. Aborting `stops.stop` stops them at any
 * moment. Errors: WrongUsage, InvalidRequest, AlreadyExists, PortTaken, and trouble of the engine or the disk.
 */
export async function serve(emulator: Emulator, spec: ServeSpec, observer: ServeObserver, stops: StopSignals): Promise<Served> {
  const { region, account } = emulator;
  const { requests, setting, port, isRaw, recorder, isLasting = false, isEmptyAtFirst } = spec;
  for (const { ModelName, EnableNetworkIsolation } of requests.models) {
    if (EnableNetworkIsolation) refuseNetworks(setting.networks, `The model ${ModelName}`);
  }
  const scope = new Scope();
  try {
    let running: Endpoints | undefined;
    const endpoints = (): readonly Endpoint[] => running?.endpoints ?? [];
    const limits = limitsOf('serving', setting.limits, setting);
    const monitor = new Monitor({
      variants: () => endpoints().flatMap((endpoint) => endpoint.running),
      inRotation: (name, variant) =>
        endpoints()
          .find((endpoint) => endpoint.name === name)
          ?.serving(variant) ?? 0,
      onWarning: (message) => observer.event({ event: 'warning', message }),
    });
    const warnOfSize = largeBodyWarnings(limits['payload-warn'], (message) => observer.event({ event: 'warning', message }));
    const onOver = (over: InvocationOver): void => {
      monitor.add(over);
      warnOfSize(over);
      observer.invocation?.(over);
    };
    const serving = () => endpoints().flatMap(({ running: variants }) => variants.flatMap(({ inRotation }) => inRotation));
    const faults = spec.faults && new Faults(spec.faults, { limit: limits.invocation, serving });
    scope.defer(() => faults?.[Symbol.dispose]());
    const invocations = invocationHandler({ endpoints, region, account, limits, isRaw, onOver, faults, recorder });
    const server = await startServer({ invocations, endpoints, metrics: () => monitor.prometheus(), port });
    scope.defer(() => server.close());
    const alarms = metricAlarmsOf(requests, monitor, observer);
    const guards = spec.alarms ?? alarms;
    running = scope.use(
      new Endpoints(emulator, { setting, observer, stops, url: server.url, isLasting, ...(guards && { alarms: guards }) }),
    );
    const asked = isEmptyAtFirst ? { ...requests, endpoints: [] } : requests;
    const hosted = isLasting ? await takenUpOrCreated(emulator, running, asked, stops.stop) : await created(running, asked);
    await Promise.all(hosted.map(({ endpoint }) => endpoint.launched));
    return servedBy(server.url, { monitor, alarms, operations: running, isLasting }, hosted, scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

function metricAlarmsOf({ alarms = [], endpoints }: HostingRequests, monitor: Monitor, observer: ServeObserver): MetricAlarms | undefined {
  if (alarms.length === 0) return undefined;
  const made = new MetricAlarms(alarms, { metrics: monitor.metrics });
  const names = endpoints.map(({ EndpointName = '' }) => EndpointName);
  for (const message of alarms.flatMap((alarm) => metricAlarmWarnings(alarm, names))) observer.event({ event: 'warning', message });
  return made;
}

function servedBy(
  url: string,
  parts: Pick<Served, 'monitor' | 'alarms' | 'operations' | 'isLasting'>,
  hosted: readonly HostedEndpoint[],
  scope: Scope,
): Served {
  const stopped = Promise.all(hosted.map((each) => each.stopped));
  stopped.catch(() => {}); // for whoever asks
  /** The endpoints first: what is under way may end within the grace, and then the port goes, also where they could not be removed. */
  const end = async (endpoints: () => Promise<void>): Promise<void> => {
    const steps = new Scope();
    steps.use(scope);
    steps.defer(endpoints);
    await steps[Symbol.asyncDispose]();
  };
  const stop = (hard?: AbortSignal): Promise<void> => end(() => parts.operations.stop(hard));
  return {
    url,
    ...parts,
    endpoints: hosted,
    get containerUrl() {
      const choice = hosted[0]?.endpoint.choose(undefined);
      return choice?.kind === 'slot' ? `http://${choice.upstream.address.host}:${choice.upstream.address.port}` : undefined;
    },
    stopped,
    stop,
    leave: () => end(() => parts.operations.leave()),
    [Symbol.asyncDispose]: () => stop(),
  };
}
