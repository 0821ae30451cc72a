import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';

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

/** `algo-1` … `algo-n` in numerical order: the order in which containers are made. */
export function trainingHosts({ ResourceConfig }: CreateTrainingJobRequest): readonly string[] {
  const count = ResourceConfig?.InstanceCount ?? 1;
  return Array.from({ length: count }, (_, index) => `algo-${index + 1}`);
}

/**
 * The files of /opt/ml/input/config as one host finds them: compact JSON without a newline at the end, keys in the order real jobs show.
 * Source: "How Amazon SageMaker Provides Training Information"; sizes and orders from published jobs (contract §3).
 */
export function trainingTree(request: CreateTrainingJobRequest, host: string): Tree {
  const json = (value: unknown): string => JSON.stringify(value);
  return new Map([
    ['input/config/hyperparameters.json', json(request.HyperParameters ?? {})],
    ['input/config/inputdataconfig.json', json(inputDataConfig(request))],
    ['input/config/metric-definition-regex.json', json(metricDefinitions(request))],
    ['input/config/resourceconfig.json', json(resourceConfig(request, host))],
  ]);
}

/** Permission bits of a directory, e.g. `0o755`. */
export type DirectoryMode = number;

/**
 * Directories that exist before the container starts, parents first. Source: published trees of real jobs. The cloud makes them for root
 * (0755, and `input/config` 0644, which only root can enter), and an image with another user fails there on what it may not do; by default
 * such an image may enter and write here, with `cloudModes` it meets what the cloud has.
 */
export function trainingDirectories(job: {
  readonly channels: readonly string[];
  readonly runsAsRoot: boolean;
  readonly cloudModes: boolean;
}): ReadonlyMap<string, DirectoryMode> {
  const written = job.runsAsRoot || job.cloudModes ? 0o755 : 0o777;
  return new Map([
    ['input', 0o755],
    ['input/config', job.cloudModes ? 0o644 : 0o755],
    ['input/data', 0o755],
    ...job.channels.map((channel) => [channelPath(channel), 0o755] as const),
    ['model', written],
    ['output', written],
    ['output/data', written],
    ['output/metrics', written],
    ['output/metrics/sagemaker', written],
  ]);
}

/**
 * What is mounted: the parts of /opt/ml that the platform fills or collects, never /opt/ml itself, so that what the image has elsewhere
 * below it (commonly /opt/ml/code) stays visible.
 */
export const trainingMountPoints = ['input', 'model', 'output'] as const;

export const channelPath = (channel: string): string => `input/data/${channel}`;

/** The file beside a File-mode channel that lists what was downloaded. Seen in a real job; format of a manifest (inferred). */
export const channelManifestPath = (channel: string): string => `input/data/${channel}-manifest`;

export const channelManifest = (prefix: string, names: readonly string[]): string => JSON.stringify([{ prefix }, ...names]);

/** The mode a channel is read in: its own, else the job's. */
export const inputModeOf = (request: CreateTrainingJobRequest, channel: Channel): string =>
  channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File';

function inputDataConfig(request: CreateTrainingJobRequest): object {
  const entries = (request.InputDataConfig ?? []).map((channel) => [
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

function resourceConfig(request: CreateTrainingJobRequest, host: string): object {
  const instanceType = request.ResourceConfig?.InstanceType ?? 'ml.m5.large';
  const hosts = [...trainingHosts(request)].sort(); // the cloud sorts as text: algo-10 before algo-2
  return {
    current_host: host,
    current_instance_type: instanceType,
    current_group_name: 'homogeneousCluster',
    hosts,
    instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: instanceType, hosts }],
    network_interface_name: 'eth0',
    topology: null,
  };
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
    ...(!hasGpu && { NVIDIA_VISIBLE_DEVICES: 'void' }),
    ...request.Environment,
    // Who wins a clash is not documented; a job must not be able to misname itself.
    TRAINING_JOB_NAME: request.TrainingJobName ?? '',
    TRAINING_JOB_ARN: place.arn,
  };
}

/**
 * The host name: an EC2 private DNS name, not `algo-1`, as in every published environment. Derived from the job's name and the host, so
 * that a run can be repeated exactly.
 */
export function trainingHostname(jobName: string, { region, host }: Pick<TrainingPlace, 'region' | 'host'>): string {
  const hash = fnv1a(`${jobName}/${host}`);
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-10-0-${(hash >>> 8) & 255}-${hash & 255}.${domain}`;
}

/** FNV-1a, 32 bit: a short, well-known hash; nothing depends on its strength. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
