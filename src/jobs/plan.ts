import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Callback, callbackVariables } from '../contract/callback.ts';
import { shardOf } from '../contract/channel-hosts.ts';
import { limits } from '../contract/limits.ts';
import {
  channelManifest,
  channelManifestPath,
  type DirectoryMode,
  type Tree,
  trainingDirectories,
  trainingEnvironment,
  trainingProcess,
  trainingTree,
} from '../contract/training.ts';
import {
  channelsOf,
  hostsOf,
  type TrainingCluster,
  type TrainingHost,
  trainingCluster,
  trainingHostname,
} from '../contract/training-hosts.ts';
import { type SyncedDirectory, syncedDirectories } from '../contract/training-syncs.ts';
import type { Image, JoinedNetwork, Labels } from '../engine/engine.ts';
import { containerProxies, type Proxies, withProxies } from '../engine/proxies.ts';
import type { ChannelInput, FileSystemInput, ObjectsInput } from './channels/input.ts';
import type { SourceOptions } from './channels/resolve.ts';
import { shareOf } from './channels/share.ts';
import { type HostLimits, hostLimits, type Machine } from './instance-limits.ts';
import { type NetworkPlan, planNetwork } from './network.ts';
import type { PipeInput } from './pipe/channel.ts';

/** Everything a training job will create, worked out before anything is created. */
export interface TrainingPlan {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTrainingJobRequest;
  readonly image: Image;
  /** Laid over its files on every host (`ContainerSpec.patches`). */
  readonly patches?: readonly string[];
  readonly hosts: readonly HostPlan[];
  readonly network: NetworkPlan;
  /** What the request does not say, with its times filled in. */
  readonly options: TrainingOptions;
  /** Seconds from the start of the download to the forced end. */
  readonly maxRuntime: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number;
  /** Among the environment of its hosts; undefined when they have none. */
  readonly proxies: Proxies | undefined;
}

/** What a request does not say: how this machine runs it. */
export interface TrainingOptions extends SourceOptions {
  /** Seconds from the start of the download to the forced end; the request's MaxRuntimeInSeconds when absent. May be a fraction. */
  readonly maxRuntime?: number;
  /** How many times as fast as the cloud's the clock runs by which a request's MaxRuntimeInSeconds is measured; 1 by default. */
  readonly speed?: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number;
  /** Bytes of /dev/shm; half of the memory that the container may use when absent. */
  readonly shmSize?: number;
  readonly gpus?: 'all' | number;
  /** Containers get the processors and the memory of their instance type, as far as the engine has them; all of the engine's when absent. */
  readonly instanceLimits?: boolean;
  readonly cloudModes?: boolean;
  /** Networks of the user's that its hosts join besides, unless they are isolated. */
  readonly networks?: readonly JoinedNetwork[];
  /** Names that its hosts find in their hosts file, and the addresses. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Commands and addresses that are told of each change of its status (`hooks/hooks.ts`). */
  readonly hooks?: readonly string[];
  /** Deals host numbers out to instance groups in another order (see `trainingCluster`). */
  readonly shuffleSeed?: number;
  /** Seconds in which the first FIFO of each channel in Pipe mode must be opened; waited for as long as it takes when absent. */
  readonly pipeWithin?: number;
  /** Seconds from the start of its program to the interruption of its spot instances: the n-th of the n-th attempt. */
  readonly interruptAfter?: readonly number[];
}

/** Seconds that a job may run, by this machine's clock. */
export const maxRuntimeOf = ({ StoppingCondition }: CreateTrainingJobRequest, { maxRuntime, speed = 1 }: TrainingOptions): number =>
  maxRuntime ?? (StoppingCondition?.MaxRuntimeInSeconds ?? limits.run.cloud) / speed;

export interface HostPlan {
  readonly host: string;
  /** Paths under /opt/ml. */
  readonly directories: ReadonlyMap<string, DirectoryMode>;
  readonly tree: Tree;
  /** What this host gets of the channels in File and FastFile mode. */
  readonly channels: readonly ObjectsInput[];
  readonly fileSystems: readonly FileSystemInput[];
  /** What it gets of those in Pipe mode. */
  readonly pipes: readonly PipeInput[];
  /** Copied to where the request says while the program runs. */
  readonly synced: readonly SyncedDirectory[];
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whom the image names as its user; empty means root. */
  readonly user: string;
  readonly hostname: string;
  /** Bytes of /dev/shm. */
  readonly shmSize: number;
  /** All of the engine's when absent. */
  readonly limits?: HostLimits;
  readonly gpus?: 'all' | number;
  readonly labels: Labels;
}

export interface PlanContext {
  readonly region: string;
  readonly account: string;
  readonly arn: string;
  readonly image: Image;
  /** In the order of the request. */
  readonly channels: readonly ChannelInput[];
  /** Labels of everything this job creates. */
  readonly labels: Labels;
  /** What the engine has. */
  readonly machine: Machine;
  readonly maxRuntime: number;
  readonly options: TrainingOptions;
  /** How containers reach the world; those that are isolated from it do not get them. */
  readonly proxies?: Proxies | undefined;
  /** Where they reach an API of this machine; neither do those get that. */
  readonly callback?: Callback | undefined;
}

export function planTraining(request: CreateTrainingJobRequest, context: PlanContext): TrainingPlan {
  const name = request.TrainingJobName ?? '';
  const { options } = context;
  const { user } = context.image;
  const cluster = trainingCluster(request, options.shuffleSeed);
  const names = cluster.hosts.map((member) => member.name);
  const isIsolated = request.EnableNetworkIsolation ?? false;
  const { callback } = context;
  const proxies = isIsolated ? undefined : containerProxies(context.proxies, [...names, ...(callback ? [callback.host] : [])]);
  const given = { ...context.image.environment, ...request.Environment };
  const own = callbackVariables(callback, { isolated: isIsolated, given });
  const hosts = cluster.hosts.map((member): HostPlan => {
    const host = member.name;
    const place = { region: context.region, account: context.account, arn: context.arn, host };
    const inputs = inputsOf(request, context.channels, member, cluster);
    const limits = options.instanceLimits ? hostLimits(member.instanceType, context.machine) : undefined;
    return {
      host,
      directories: trainingDirectories(request, member, { runsAsRoot: isRoot(user), cloudModes: options.cloudModes ?? false }),
      tree: new Map([...trainingTree(request, member, cluster), ...manifests(inputs.channels)]),
      ...inputs,
      synced: syncedDirectories(request),
      ...trainingProcess(request),
      environment: withProxies({ ...own, ...trainingEnvironment(request, place, options.gpus !== undefined) }, proxies),
      user,
      hostname: trainingHostname(name, place),
      shmSize: options.shmSize ?? Math.floor((limits ?? context.machine).memory / 2),
      ...(limits && { limits }),
      ...(options.gpus !== undefined && { gpus: options.gpus }),
      labels: { ...context.labels, 'sm-local.host': host },
    };
  });
  const { arn, image, maxRuntime } = context;
  const network = planNetwork(names, isIsolated);
  return { name, arn, request, image, hosts, network, options, maxRuntime, stopGrace: options.stopGrace, proxies };
}

/** Whether `user`, as an image names it, is root: `''`, `0`, `root:group`, … */
export const isRoot = (user: string): boolean => ['', '0', 'root'].includes(user.split(':')[0] ?? '');

/** The plan with what leads to credentials, known only when the job begins. Variables of the request's own come first. */
export const withCredentials = (plan: TrainingPlan, variables: Readonly<Record<string, string>>): TrainingPlan => ({
  ...plan,
  hosts: plan.hosts.map((host) => ({ ...host, environment: { ...variables, ...host.environment } })),
});

/** What one host gets of the channels that are for its instance group. */
function inputsOf(
  request: CreateTrainingJobRequest,
  found: readonly ChannelInput[],
  host: TrainingHost,
  cluster: TrainingCluster,
): Pick<HostPlan, 'channels' | 'fileSystems' | 'pipes'> {
  const channels: ObjectsInput[] = [];
  const fileSystems: FileSystemInput[] = [];
  const pipes: PipeInput[] = [];
  for (const channel of channelsOf(request, host)) {
    const input = found.find((each) => each.channel === channel.ChannelName);
    const receiving = hostsOf(cluster, channel).map(({ name }) => name);
    if (input?.kind === 'file-system') fileSystems.push(input);
    else if (input?.mode === 'Pipe') pipes.push({ input, channel, shard: shardOf(channel, host.name, receiving) });
    else if (input?.kind === 'objects') channels.push(shareOf(input, channel, host.name, receiving));
  }
  return { channels, fileSystems, pipes };
}

const manifests = (channels: readonly ObjectsInput[]): [path: string, content: string][] =>
  channels
    .filter(({ mode }) => mode === 'File')
    .map(({ channel, prefix, objects }) => [
      channelManifestPath(channel),
      channelManifest(
        prefix,
        objects.map(({ name }) => name),
      ),
    ]);
