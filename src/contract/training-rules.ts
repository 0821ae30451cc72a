import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type BrokenRule, refusal, repeated } from './broken-rule.ts';
import { checkInstanceCount } from './instance-quota.ts';
import { limits } from './limits.ts';
import { withoutNulls } from './nulls.ts';
import { inputModeOf } from './training.ts';

/**
 * Refuses a CreateTrainingJob whose members contradict each other; for requests that `validateRequest` has let through. Errors:
 * InvalidRequest with everything found; InstanceQuota.
 */
export function checkTrainingRules(request: CreateTrainingJobRequest): void {
  const refused = refusal(brokenTrainingRules(withoutNulls(request)));
  if (refused) throw refused;
  const { InstanceType = '', InstanceCount = 0, InstanceGroups } = request.ResourceConfig ?? {};
  checkInstanceCount(InstanceType, 'training job', InstanceCount);
  const inGroups = (InstanceGroups ?? []).reduce((sum, group) => sum + (group.InstanceCount ?? 0), 0);
  checkInstanceCount(InstanceGroups?.[0]?.InstanceType ?? '', 'training job', inGroups);
}

export const brokenTrainingRules = (request: CreateTrainingJobRequest): readonly BrokenRule[] => [
  // A serverless job has no container and no instances of its own.
  ...(request.ServerlessJobConfig ? [] : [...inAlgorithm(request), ...inResources(request)]),
  ...inTimes(request),
  ...inChannels(request),
];

/** Source: API Reference, AlgorithmSpecification and TrainingImageConfig. The messages are ours. */
function* inAlgorithm({ AlgorithmSpecification, VpcConfig }: CreateTrainingJobRequest): Generator<BrokenRule> {
  const { TrainingImage, AlgorithmName, TrainingImageConfig } = AlgorithmSpecification ?? {};
  if ((TrainingImage === undefined) === (AlgorithmName === undefined)) {
    yield {
      message: 'AlgorithmSpecification must have exactly one of TrainingImage and AlgorithmName.',
      remedy: TrainingImage === undefined ? 'Add AlgorithmSpecification.TrainingImage.' : 'Remove AlgorithmSpecification.AlgorithmName.',
    };
  }
  if (TrainingImageConfig?.TrainingRepositoryAccessMode === 'Vpc' && !VpcConfig) {
    yield {
      message: 'TrainingRepositoryAccessMode Vpc requires VpcConfig.',
      remedy: 'Add VpcConfig, or set TrainingRepositoryAccessMode to Platform.',
    };
  }
}

/** Source: API Reference, ResourceConfig; "SageMaker Managed Warm Pools". */
function* inResources({ ResourceConfig, EnableManagedSpotTraining }: CreateTrainingJobRequest): Generator<BrokenRule> {
  const { InstanceGroups, InstanceType, InstanceCount, InstancePreferences, KeepAlivePeriodInSeconds } = ResourceConfig ?? {};
  const hasGroups = InstanceGroups !== undefined && InstanceGroups.length > 0;
  if (hasGroups && (InstanceType !== undefined || InstanceCount !== undefined)) {
    // The service's own words: sagemaker-python-sdk issue 5564.
    yield {
      message: 'InstanceType or InstanceCount cannot be specified with InstanceGroups',
      remedy: 'Remove ResourceConfig.InstanceType and ResourceConfig.InstanceCount, or ResourceConfig.InstanceGroups.',
    };
  }
  if (!hasGroups && !InstancePreferences?.length && (InstanceType === undefined || InstanceCount === undefined)) {
    yield {
      message: 'ResourceConfig must have InstanceType and InstanceCount, or InstanceGroups.',
      remedy: `Add ResourceConfig.${InstanceType === undefined ? 'InstanceType' : 'InstanceCount'}.`,
    };
  }
  for (const name of repeated((InstanceGroups ?? []).map(({ InstanceGroupName }) => InstanceGroupName))) {
    yield { message: `Instance group names must be unique: ${name} is there twice.`, remedy: `Rename one of the groups ${name}.` };
  }
  if (KeepAlivePeriodInSeconds && (hasGroups || EnableManagedSpotTraining)) {
    const other = hasGroups ? 'InstanceGroups' : 'EnableManagedSpotTraining';
    yield {
      message: `KeepAlivePeriodInSeconds cannot be specified with ${other}.`,
      remedy: `Remove KeepAlivePeriodInSeconds or ${other}.`,
    };
  }
}

function* inTimes({ StoppingCondition, EnableManagedSpotTraining }: CreateTrainingJobRequest): Generator<BrokenRule> {
  const { MaxRuntimeInSeconds = limits.run.cloud, MaxWaitTimeInSeconds } = StoppingCondition ?? {};
  if (!EnableManagedSpotTraining && MaxWaitTimeInSeconds !== undefined) {
    // The service's own words: Kenza-AI/sagify issue 111.
    yield {
      message: 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
      remedy: 'Remove StoppingCondition.MaxWaitTimeInSeconds, or set EnableManagedSpotTraining to true.',
    };
  }
  if (EnableManagedSpotTraining && (MaxWaitTimeInSeconds === undefined || MaxWaitTimeInSeconds < MaxRuntimeInSeconds)) {
    // The first half is quoted in public code; "when …" is taken from the message above.
    yield {
      message:
        'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true',
      remedy: `Set StoppingCondition.MaxWaitTimeInSeconds to ${MaxRuntimeInSeconds} or more.`,
    };
  }
}

/** Source: API Reference, Channel, S3DataSource and FileSystemDataSource. */
function* inChannels(request: CreateTrainingJobRequest): Generator<BrokenRule> {
  const channels = request.InputDataConfig ?? [];
  for (const name of repeated(channels.map(({ ChannelName }) => ChannelName))) {
    yield { message: `Channel names must be unique: ${name} is there twice.`, remedy: `Rename one of the channels ${name}.` };
  }
  yield* inNames(request);
  for (const channel of channels) yield* inChannel(channel, request);
}

/** A File-mode channel has a manifest beside it, a Pipe-mode one has FIFOs: no other channel can have its directory there. */
function* inNames(request: CreateTrainingJobRequest): Generator<BrokenRule> {
  const named = (request.InputDataConfig ?? []).map((channel) => ({
    name: channel.ChannelName ?? '',
    mode: inputModeOf(request, channel),
  }));
  for (const { name, mode } of named) {
    const isTaken = (other: string): boolean =>
      mode === 'Pipe' ? other.startsWith(`${name}_`) && /^\d+$/.test(other.slice(name.length + 1)) : other === `${name}-manifest`;
    for (const other of named.filter((each) => (mode === 'Pipe' || mode === 'File') && isTaken(each.name))) {
      const what = mode === 'Pipe' ? 'A pipe' : 'The manifest';
      yield {
        message: `${what} of channel ${name} has the name of channel ${other.name}.`,
        remedy: `Rename the channel ${other.name}.`,
      };
    }
  }
}

function* inChannel(channel: Channel, request: CreateTrainingJobRequest): Generator<BrokenRule> {
  const { ChannelName: name, DataSource, CompressionType, RecordWrapperType } = channel;
  const { S3DataSource, FileSystemDataSource } = DataSource ?? {};
  const mode = inputModeOf(request, channel);
  const change = (mode: string): string => `set InputMode of the channel ${name} to ${mode}`;

  const sources = Object.entries(DataSource ?? {}).filter(([, source]) => source !== undefined);
  if (sources.length !== 1) {
    yield {
      message: `The data source of channel ${name} must be exactly one of S3DataSource, FileSystemDataSource and DatasetSource.`,
      remedy: `Give the channel ${name} one data source; it has ${sources.length}.`,
    };
  }
  if (mode !== 'Pipe' && CompressionType === 'Gzip') {
    // The service's own words for File: sagemaker-python-sdk issue 716.
    yield {
      message: `Invalid compression type for channel ${name}: ${mode} mode only supports NONE, got Gzip instead`,
      remedy: `Remove CompressionType and let your program decompress, or ${change('Pipe')}.`,
    };
  }
  if (mode !== 'Pipe' && RecordWrapperType === 'RecordIO') {
    yield {
      message: `Invalid record wrapper type for channel ${name}: ${mode} mode only supports NONE, got RecordIO instead`,
      remedy: `Remove RecordWrapperType, or ${change('Pipe')}.`,
    };
  }
  const dataType = S3DataSource?.S3DataType;
  if (mode !== 'Pipe' && dataType === 'AugmentedManifestFile') {
    yield {
      message: `Invalid S3 data type for channel ${name}: AugmentedManifestFile is only supported in Pipe mode, got ${mode} instead`,
      remedy: `In the request, ${change('Pipe')}.`,
    };
  } else if (mode === 'FastFile' && dataType !== undefined && dataType !== 'S3Prefix') {
    yield {
      message: `Invalid S3 data type for channel ${name}: FastFile mode only supports S3Prefix, got ${dataType} instead`,
      remedy: `In the request, ${change('File')}, or name a prefix with S3DataType S3Prefix.`,
    };
  }
  if (dataType === 'AugmentedManifestFile' && !S3DataSource?.AttributeNames?.length) {
    yield {
      message: `Channel ${name} has the S3 data type AugmentedManifestFile and no AttributeNames.`,
      remedy: `Name the attributes to stream in AttributeNames of the channel ${name}.`,
    };
  }
  if (FileSystemDataSource && mode !== 'File') {
    yield {
      message: `Invalid input mode for channel ${name}: a file system is only supported in File mode, got ${mode} instead`,
      remedy: `In the request, ${change('File')}.`,
    };
  }
  if (FileSystemDataSource && !request.VpcConfig) {
    yield { message: `The file system of channel ${name} requires VpcConfig.`, remedy: 'Add VpcConfig with subnets and security groups.' };
  }
  const groups = (request.ResourceConfig?.InstanceGroups ?? []).map(({ InstanceGroupName }) => InstanceGroupName);
  for (const group of S3DataSource?.InstanceGroupNames ?? []) {
    if (groups.includes(group)) continue;
    const known = groups.length > 0 ? `There are: ${groups.join(', ')}.` : 'ResourceConfig.InstanceGroups has none.';
    yield { message: `Channel ${name} names the instance group ${group}, which does not exist.`, remedy: `Name another group. ${known}` };
  }
}
