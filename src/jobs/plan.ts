import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import {
  channelManifest,
  channelManifestPath,
  type DirectoryMode,
  type Tree,
  trainingDirectories,
  trainingEnvironment,
  trainingHostname,
  trainingHosts,
  trainingProcess,
  trainingTree,
} from '../contract/training.ts';
import type { Image, Labels } from '../engine/engine.ts';
import type { ChannelSource } from './inputs.ts';

/** Everything a training job will create, worked out before anything is created. */
export interface TrainingPlan {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTrainingJobRequest;
  readonly image: Image;
  readonly hosts: readonly HostPlan[];
  /** What the request does not say, with its times filled in. */
  readonly options: TrainingOptions;
  /** Seconds from the start of the download to the forced end. */
  readonly maxRuntime: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number;
}

/** What a request does not say: how this machine runs it. */
export interface TrainingOptions {
  /** Seconds from the start of the download to the forced end; the request's MaxRuntimeInSeconds when absent. May be a fraction. */
  readonly maxRuntime?: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number;
  /** Bytes of /dev/shm; half of the engine's memory when absent. */
  readonly shmSize?: number;
  readonly gpus?: 'all' | number;
  readonly cloudModes?: boolean;
}

export interface HostPlan {
  readonly host: string;
  /** Paths under /opt/ml. */
  readonly directories: ReadonlyMap<string, DirectoryMode>;
  readonly tree: Tree;
  readonly channels: readonly ChannelSource[];
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Lines of the hosts file. */
  readonly extraHosts: Readonly<Record<string, string>>;
  /** Bytes of /dev/shm. */
  readonly shmSize: number;
  readonly gpus?: 'all' | number;
  readonly labels: Labels;
}

export interface PlanContext {
  readonly region: string;
  readonly account: string;
  readonly arn: string;
  readonly image: Image;
  readonly channels: readonly ChannelSource[];
  /** Labels of everything this job creates. */
  readonly labels: Labels;
  readonly shmSize: number;
  readonly maxRuntime: number;
  readonly options: TrainingOptions;
}

export function planTraining(request: CreateTrainingJobRequest, context: PlanContext): TrainingPlan {
  const name = request.TrainingJobName ?? '';
  const { options } = context;
  const runsAsRoot = ['', '0', 'root'].includes(context.image.user.split(':')[0] ?? '');
  const hosts = trainingHosts(request).map((host): HostPlan => {
    const place = { region: context.region, account: context.account, arn: context.arn, host };
    return {
      host,
      directories: trainingDirectories({
        channels: context.channels.map(({ channel }) => channel),
        runsAsRoot,
        cloudModes: options.cloudModes ?? false,
      }),
      tree: new Map([...trainingTree(request, host), ...manifests(context.channels)]),
      channels: context.channels,
      ...trainingProcess(request),
      environment: trainingEnvironment(request, place, options.gpus !== undefined),
      hostname: trainingHostname(name, place),
      // The only host of a job finds itself by name on the default bridge, which has no name service.
      extraHosts: { [host]: '127.0.0.1' },
      shmSize: context.shmSize,
      ...(options.gpus !== undefined && { gpus: options.gpus }),
      labels: { ...context.labels, 'sm-local.host': host },
    };
  });
  const { arn, image, maxRuntime } = context;
  return { name, arn, request, image, hosts, options, maxRuntime, stopGrace: options.stopGrace };
}

/** The plan with what leads to credentials, known only when the job begins. Variables of the request's own come first. */
export const withCredentials = (plan: TrainingPlan, variables: Readonly<Record<string, string>>): TrainingPlan => ({
  ...plan,
  hosts: plan.hosts.map((host) => ({ ...host, environment: { ...variables, ...host.environment } })),
});

const manifests = (channels: readonly ChannelSource[]): [path: string, content: string][] =>
  channels.map(({ channel, prefix, files }) => [
    channelManifestPath(channel),
    channelManifest(
      prefix,
      files.map(({ path }) => path),
    ),
  ]);
