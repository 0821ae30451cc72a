import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { checkpointPath, configOnRequest, isProfiled } from './training-config.ts';
import { channelsOf, resourceConfig, type TrainingCluster, type TrainingHost } from './training-hosts.ts';
import { keepAlive } from './warm-pools.ts';

/** A directory as data: path under /opt/ml -> content. Nothing is written here. */
export type Tree = ReadonlyMap<string, string>;

/** Where a job runs and under which name its container knows itself. */
export interface TrainingPlace {
  readonly region: string;
  readonly account: string;
  readonly arn: string;
  /** `algo-1`, `algo-2`, … */
  readonly host: string;
}

/**
 * The files of /opt/ml/input/config as one host finds them: compact JSON without a newline at the end, keys in the order real jobs show.
 * That inputdataconfig.json leaves out channels of other instance groups is inferred: the host has no data of them. Source: "How Amazon
 * SageMaker Provides Training Information"; sizes and orders from published jobs (contract §3).
 */
export function trainingTree(request: CreateTrainingJobRequest, host: TrainingHost, cluster: TrainingCluster): Tree {
  const files: readonly (readonly [name: string, content: object])[] = [
    ['hyperparameters.json', request.HyperParameters ?? {}],
    ['inputdataconfig.json', inputDataConfig(request, channelsOf(request, host))],
    ['metric-definition-regex.json', metricDefinitions(request)],
    ['resourceconfig.json', resourceConfig(cluster, host)],
    ...configOnRequest(request),
  ];
  return new Map(files.map(([name, content]) => [`input/config/${name}`, JSON.stringify(content)]));
}

/** Permission bits of a directory, e.g. `0o755`. */
export type DirectoryMode = number;

/**
 * Directories that exist before the container starts, parents first. Source: published trees of real jobs. The cloud makes them for root
 * (0755, and `input/config` 0644, which only root can enter), and an image with another user fails there on what it may not do; by default
 * such an image may enter and write here, with `cloudModes` it meets what the cloud has.
 */
export function trainingDirectories(
  request: CreateTrainingJobRequest,
  host: TrainingHost,
  { runsAsRoot, cloudModes }: { readonly runsAsRoot: boolean; readonly cloudModes: boolean },
): ReadonlyMap<string, DirectoryMode> {
  const written = runsAsRoot || cloudModes ? 0o755 : 0o777;
  const channels = channelsOf(request, host).filter((channel) => inputModeOf(request, channel) !== 'Pipe');
  return new Map([
    ['input', 0o755],
    ['input/config', cloudModes ? 0o644 : 0o755],
    ['input/data', 0o755],
    ...channels.map(({ ChannelName = '' }) => [channelPath(ChannelName), 0o755] as const),
    ['model', written],
    ['output', written],
    ['output/data', written],
    ['output/metrics', written],
    ['output/metrics/sagemaker', written],
    ...writtenOnRequest(request).map((path) => [path, written] as const),
  ]);
}

/** A checkpoint directory outside of /opt/ml is not part of the tree. */
function writtenOnRequest(request: CreateTrainingJobRequest): readonly string[] {
  const checkpoints = request.CheckpointConfig ? pathBelowMl(checkpointPath(request)) : undefined;
  return [
    ...(isProfiled(request) ? ['output/profiler'] : []),
    ...(checkpoints === undefined ? [] : withParents(checkpoints)),
    ...(isKeptWarm(request) ? withParents(warmPoolCache) : []),
  ];
}

/** `/opt/ml/checkpoints/` -> `checkpoints`; undefined for what is elsewhere, and for /opt/ml itself. */
function pathBelowMl(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const isBelow = parts[0] === 'opt' && parts[1] === 'ml' && parts.length > 2 && !parts.includes('..');
  return isBelow ? parts.slice(2).join('/') : undefined;
}

/** `a/b/c` -> `a`, `a/b`, `a/b/c`. */
const withParents = (path: string): readonly string[] => path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** Kept between the jobs of a warm pool. Source: "SageMaker Managed Warm Pools". */
const warmPoolCache = 'sagemaker/warmpoolcache';

const isKeptWarm = (request: CreateTrainingJobRequest): boolean => keepAlive(request) > 0;

/**
 * What is mounted: the parts of /opt/ml that the platform fills or collects, never /opt/ml itself, so that what the image has elsewhere
 * below it (commonly /opt/ml/code) stays visible.
 */
export const mountPoints = (directories: ReadonlyMap<string, DirectoryMode>): readonly string[] =>
  [...directories.keys()].filter((path) => !path.includes('/'));

export const channelPath = (channel: string): string => `input/data/${channel}`;

/** The file beside a File-mode channel that lists what was downloaded. Seen in a real job; format of a manifest (inferred). */
export const channelManifestPath = (channel: string): string => `input/data/${channel}-manifest`;

export const channelManifest = (prefix: string, names: readonly string[]): string => JSON.stringify([{ prefix }, ...names]);

/** The mode a channel is read in: its own, else the job's. */
export const inputModeOf = (request: CreateTrainingJobRequest, channel: Channel): string =>
  channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File';

function inputDataConfig(request: CreateTrainingJobRequest, channels: readonly Channel[]): object {
  const entries = channels.map((channel) => [
    channel.ChannelName,
    {
      ...(channel.ContentType !== undefined && { ContentType: channel.ContentType }),
      TrainingInputMode: inputModeOf(request, channel),
      // Not a slip: the API calls it S3DataDistributionType, the file S3DistributionType.
      S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
      RecordWrapperType: channel.RecordWrapperType ?? 'None',
    },
  ]);
  return Object.fromEntries(entries);
}

const metricDefinitions = (request: CreateTrainingJobRequest): object[] =>
  (request.AlgorithmSpecification?.MetricDefinitions ?? []).map(({ Name, Regex }) => ({ Name, Regex }));

/**
 * What SageMaker runs: `docker run IMAGE train`, or the request's own entrypoint and arguments, which drop `train`.
 * Source: "How Amazon SageMaker Runs Your Training Image".
 */
export function trainingProcess({ AlgorithmSpecification }: CreateTrainingJobRequest): {
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
} {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given } = AlgorithmSpecification ?? {};
  const command = given ?? (entrypoint ? [] : ['train']);
  return entrypoint ? { entrypoint, command } : { command };
}

/**
 * The platform's variables and the request's own; nothing of the host. AWS_DEFAULT_REGION and SM_* are left out on purpose: no real job has
 * them from the platform. Source: "How Amazon SageMaker Provides Training Information"; environments printed by real jobs (contract §7.1).
 */
export function trainingEnvironment(
  request: CreateTrainingJobRequest,
  place: TrainingPlace,
  hasGpu: boolean,
): Readonly<Record<string, string>> {
  return {
    AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
    AWS_REGION: place.region,
    DMLC_INTERFACE: 'eth0',
    SAGEMAKER_METRICS_DIRECTORY: '/opt/ml/output/metrics/sagemaker',
    ...(isKeptWarm(request) && { SAGEMAKER_MANAGED_WARMPOOL_CACHE_DIRECTORY: `/opt/ml/${warmPoolCache}` }),
    ...(!hasGpu && { NVIDIA_VISIBLE_DEVICES: 'void' }),
    ...request.Environment,
    // Who wins a clash is not documented; a job must not be able to misname itself.
    TRAINING_JOB_NAME: request.TrainingJobName ?? '',
    TRAINING_JOB_ARN: place.arn,
  };
}
