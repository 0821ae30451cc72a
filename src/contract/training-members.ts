import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { BrokenRule } from './broken-rule.ts';
import { refusedIn, type SupportTable, storedIn } from './member-support.ts';

/**
 * Every member of CreateTrainingJob. What this says is emulated, the contract knows and describes; where a job cannot be run so yet,
 * `jobs/prepare.ts` refuses it.
 */
export const trainingMembers: SupportTable = {
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
  storedIn(trainingMembers, 'CreateTrainingJobRequest', request);

/** The members of a request that cannot be honoured. */
export const refusedMembers = (request: CreateTrainingJobRequest): readonly BrokenRule[] =>
  refusedIn(trainingMembers, 'CreateTrainingJobRequest', request);
