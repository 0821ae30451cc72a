import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { structures } from './aws-shapes.ts';
import type { BrokenRule } from './broken-rule.ts';

/** What becomes of the members of one structure of a request. */
export interface MemberSupport {
  /** They have their effect. What is below them stands in the entry of its own structure. */
  readonly emulated?: readonly string[];
  /** Taken, kept, and shown by Describe where AWS shows them, but without effect here; so is all that is below them. Reported. */
  readonly stored?: readonly string[];
  /** Not taken: member -> what to do instead. */
  readonly refused?: Readonly<Record<string, string>>;
}

/**
 * Every member of CreateTrainingJob. What this says is emulated, the contract knows and describes; where a job cannot be run so yet,
 * `jobs/prepare.ts` refuses it.
 */
export const trainingMembers: Readonly<Record<string, MemberSupport>> = {
  CreateTrainingJobRequest: {
    emulated: [
      ...['TrainingJobName', 'HyperParameters', 'AlgorithmSpecification', 'RoleArn', 'InputDataConfig', 'OutputDataConfig'],
      ...['ResourceConfig', 'StoppingCondition', 'EnableNetworkIsolation', 'CheckpointConfig', 'DebugHookConfig'],
      ...['TensorBoardOutputConfig', 'ProfilerConfig', 'Environment', 'EnableManagedSpotTraining', 'RetryStrategy'],
    ],
    stored: [
      ...['VpcConfig', 'Tags', 'EnableInterContainerTrafficEncryption', 'DebugRuleConfigurations'],
      ...['ExperimentConfig', 'ProfilerRuleConfigurations', 'RemoteDebugConfig', 'InfraCheckConfig'],
      ...['SessionChainingConfig', 'MlflowConfig', 'ModelPackageConfig'],
    ],
    refused: { ServerlessJobConfig: 'Run it in the cloud: a serverless job has no container of yours.' },
  },
  AlgorithmSpecification: {
    emulated: [
      ...['TrainingImage', 'TrainingInputMode', 'MetricDefinitions', 'EnableSageMakerMetricsTimeSeries'],
      ...['ContainerEntrypoint', 'ContainerArguments'],
    ],
    // Images are pulled with the credentials that the engine's own user has.
    stored: ['TrainingImageConfig'],
    refused: { AlgorithmName: 'Name the image itself with AlgorithmSpecification.TrainingImage.' },
  },
  MetricDefinition: { emulated: ['Name', 'Regex'] },
  Channel: {
    emulated: ['ChannelName', 'DataSource', 'ContentType', 'CompressionType', 'RecordWrapperType', 'InputMode', 'ShuffleConfig'],
  },
  DataSource: {
    emulated: ['S3DataSource', 'FileSystemDataSource'],
    refused: { DatasetSource: 'Copy the data set to a directory and name that as S3DataSource.' },
  },
  S3DataSource: {
    emulated: ['S3DataType', 'S3Uri', 'S3DataDistributionType', 'AttributeNames', 'InstanceGroupNames'],
    stored: ['ModelAccessConfig', 'HubAccessConfig'],
  },
  FileSystemDataSource: { emulated: ['FileSystemId', 'FileSystemAccessMode', 'FileSystemType', 'DirectoryPath'] },
  ShuffleConfig: { emulated: ['Seed'] },
  OutputDataConfig: { emulated: ['S3OutputPath', 'CompressionType'], stored: ['KmsKeyId'] },
  ResourceConfig: {
    emulated: ['InstanceType', 'InstanceCount', 'InstanceGroups', 'KeepAlivePeriodInSeconds'],
    stored: ['VolumeSizeInGB', 'VolumeKmsKeyId', 'TrainingPlanArn', 'InstancePlacementConfig'],
    refused: {
      InstancePreferences: 'Choose one with ResourceConfig.InstanceType and ResourceConfig.InstanceCount.',
      SelectedInstanceType: 'Leave it out: it is for answers only.',
      SelectedInstanceCount: 'Leave it out: it is for answers only.',
    },
  },
  InstanceGroup: { emulated: ['InstanceType', 'InstanceCount', 'InstanceGroupName'] },
  // There is never a time in Pending here, which could be exceeded.
  StoppingCondition: { emulated: ['MaxRuntimeInSeconds', 'MaxWaitTimeInSeconds'], stored: ['MaxPendingTimeInSeconds'] },
  RetryStrategy: { emulated: ['MaximumRetryAttempts'] },
  CheckpointConfig: { emulated: ['S3Uri', 'LocalPath'] },
  DebugHookConfig: { emulated: ['LocalPath', 'S3OutputPath', 'HookParameters', 'CollectionConfigurations'] },
  CollectionConfiguration: { emulated: ['CollectionName', 'CollectionParameters'] },
  TensorBoardOutputConfig: { emulated: ['LocalPath', 'S3OutputPath'] },
  ProfilerConfig: {
    emulated: ['S3OutputPath', 'ProfilingIntervalInMilliseconds', 'ProfilingParameters', 'DisableProfiler'],
  },
};

/** The members of a request that are stored and have no effect, as the caller wrote them: `OutputDataConfig.KmsKeyId`. */
export const membersWithoutEffect = (request: CreateTrainingJobRequest): readonly string[] =>
  [...membersOf('CreateTrainingJobRequest', request, '')]
    .filter(({ support, member, value }) => support?.stored?.includes(member) && asksForSomething(value))
    .map(({ field }) => field);

/** The members of a request that cannot be honoured. */
export const refusedMembers = (request: CreateTrainingJobRequest): readonly BrokenRule[] =>
  [...membersOf('CreateTrainingJobRequest', request, '')].flatMap(({ support, member, field }) => {
    const remedy = support?.refused?.[member];
    return remedy === undefined ? [] : [{ message: `${field} is not emulated by this version of sm-local.`, remedy }];
  });

interface Member {
  readonly member: string;
  readonly field: string;
  readonly value: unknown;
  readonly support: MemberSupport | undefined;
}

/** Every member that is there, down to those that have no entry of their own. */
function* membersOf(structure: string, value: object, field: string): Generator<Member> {
  const support = trainingMembers[structure];
  for (const [member, content] of Object.entries(value)) {
    if (content === undefined || content === null) continue;
    const path = field === '' ? member : `${field}.${member}`;
    yield { member, field: path, value: content, support };
    const below = structures[structure]?.[member]?.replace(/(\[\])?!?$/, '') ?? '';
    if (!Object.hasOwn(trainingMembers, below)) continue;
    if (!Array.isArray(content)) yield* membersOf(below, content, path);
    else for (const [index, item] of content.entries()) yield* membersOf(below, item, `${path}[${index}]`);
  }
}

/** Whether it would do anything in the cloud: an empty list, or a switch that is off, would not. */
function asksForSomething(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== false && value !== null;
  return Object.values(value).some(asksForSomething);
}
