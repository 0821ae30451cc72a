import {
  anything,
  channelName,
  identifier,
  jobName,
  kmsKeyId,
  oneLine,
  page,
  type RuleTable,
  roleArn,
  s3Uri,
  someLine,
  tags,
} from './constraints-shared.ts';
import { list, map, pattern, type Rule, text, whole } from './rules.ts';

/**
 * CreateTrainingJob and its companions. Source: API Reference, CreateTrainingJob and the data types it names. Two bounds differ
 * from today's model, which lowered them to 0 for jobs without containers: `InstanceCount` and `VolumeSizeInGB` are at least 1.
 */
const instanceCount = whole(1);
const volumeSize = whole(1);
const localPath = text(0, 4096, oneLine);
const image = text(0, 255, oneLine);
const word = text(1, 256, oneLine);
const parameters = map(20, word, text(0, 256, oneLine));
const processArguments = list(1, 100, text(0, 256, oneLine));
const groupName = text(1, 64, someLine);
const experimentName = text(1, 120, pattern('[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}', 'hold only letters, digits and hyphens'));

const hubArn = (least: number, kind: string): Rule => {
  const prefix = '(arn:[a-z0-9-\\.]{1,63}:sagemaker:\\w+(?:-\\w+)+:(\\d{12}|aws):hub-content\\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}';
  const suffix = '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\\/\\d{1,4}.\\d{1,4}.\\d{1,4})?';
  return text(least, 2048, pattern(`${prefix}\\/${kind}\\/${suffix}`, `be the ARN of a ${kind} in a hub`));
};
const sageMakerArn = (rest: string, says: string) => pattern(`arn:aws[a-z\\-]*:sagemaker:${rest}`, `be the ARN of a ${says}`);
const modelPackageArn = (kind: string) =>
  text(1, 2048, sageMakerArn(`[a-z0-9\\-]{9,16}:[0-9]{12}:${kind}/[\\S]{1,2048}`, kind.replaceAll('-', ' ')));
const trainingPlanArn = text(50, 2048, sageMakerArn('[a-z0-9\\-]*:[0-9]{12}:training-plan/.*', 'training plan'));

const debugRule = {
  RuleConfigurationName: word,
  LocalPath: localPath,
  S3OutputPath: s3Uri,
  RuleEvaluatorImage: image,
  VolumeSizeInGB: whole(0),
  RuleParameters: map(100, word, text(0, 256, oneLine)),
};

const profiler = {
  S3OutputPath: s3Uri,
  ProfilingIntervalInMilliseconds: { number: 'Long' as const, oneOf: [100, 200, 500, 1000, 5000, 60_000] },
  ProfilingParameters: parameters,
};
const keepAlive = whole(0, 21_600);

export const trainingRules: RuleTable = {
  CreateTrainingJobRequest: {
    TrainingJobName: jobName,
    RoleArn: roleArn,
    // The prose of the page still says 256 for values; the service names 2500 in its own errors.
    HyperParameters: map(100, text(0, 256, oneLine), text(0, 2500, oneLine)),
    InputDataConfig: list(1, 20),
    Tags: tags,
    DebugRuleConfigurations: list(0, 20),
    ProfilerRuleConfigurations: list(0, 20),
    Environment: map(100, text(0, 512, identifier), text(0, 512, anything)),
  },
  DescribeTrainingJobRequest: { TrainingJobName: jobName },
  StopTrainingJobRequest: { TrainingJobName: jobName },
  DeleteTrainingJobRequest: { TrainingJobName: jobName },
  UpdateTrainingJobRequest: { TrainingJobName: jobName, ProfilerRuleConfigurations: list(0, 20) },
  ListTrainingJobsRequest: { ...page, TrainingPlanArnEquals: trainingPlanArn },

  AlgorithmSpecification: {
    TrainingImage: image,
    AlgorithmName: text(
      1,
      170,
      pattern(
        '(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-]*\\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)',
        'be the name or the ARN of an algorithm',
      ),
    ),
    MetricDefinitions: list(0, 40),
    ContainerEntrypoint: processArguments,
    ContainerArguments: processArguments,
  },
  MetricDefinition: { Name: text(1, 255, someLine), Regex: text(1, 500, someLine) },
  TrainingRepositoryAuthConfig: {
    TrainingRepositoryCredentialsProviderArn: text(
      1,
      2048,
      pattern(
        'arn:[\\p{Alnum}\\-]+:lambda:[\\p{Alnum}\\-]+:[0-9]{12}:function:.*',
        'be the ARN of a Lambda function',
        'arn:[A-Za-z0-9\\-]+:lambda:[A-Za-z0-9\\-]+:[0-9]{12}:function:.*',
      ),
    ),
  },

  Channel: { ChannelName: channelName, ContentType: text(0, 256, oneLine) },
  S3DataSource: { S3Uri: s3Uri, AttributeNames: list(0, 16, text(1, 256, someLine)), InstanceGroupNames: list(0, 5, groupName) },
  FileSystemDataSource: {
    FileSystemId: text(11, 21, pattern('(fs-[0-9a-f]{8,})', 'look like fs-0123456789abcdef0')),
    DirectoryPath: localPath,
  },
  DatasetSource: { DatasetArn: hubArn(0, 'DataSet') },
  ShuffleConfig: { Seed: { number: 'Long' } },

  OutputDataConfig: { S3OutputPath: s3Uri, KmsKeyId: kmsKeyId },
  CheckpointConfig: { S3Uri: s3Uri, LocalPath: localPath },
  TensorBoardOutputConfig: { S3OutputPath: s3Uri, LocalPath: localPath },

  ResourceConfig: {
    InstanceCount: instanceCount,
    VolumeSizeInGB: volumeSize,
    VolumeKmsKeyId: kmsKeyId,
    KeepAlivePeriodInSeconds: keepAlive,
    InstanceGroups: list(0, 5),
    TrainingPlanArn: trainingPlanArn,
  },
  InstanceGroup: { InstanceCount: instanceCount, InstanceGroupName: groupName },
  InstancePlacementConfig: { PlacementSpecifications: list(0, 10) },
  PlacementSpecification: { UltraServerId: text(0, 256), InstanceCount: whole(0) },

  StoppingCondition: {
    // "The default value is 1 day. The maximum value is 28 days." stands in the page's prose only.
    MaxRuntimeInSeconds: whole(1, 2_419_200),
    MaxWaitTimeInSeconds: whole(1),
    MaxPendingTimeInSeconds: whole(7200, 2_419_200),
  },
  RetryStrategy: { MaximumRetryAttempts: whole(1, 30) },
  ExperimentConfig: {
    ExperimentName: experimentName,
    TrialName: experimentName,
    TrialComponentDisplayName: experimentName,
    RunName: experimentName,
  },

  DebugHookConfig: { LocalPath: localPath, S3OutputPath: s3Uri, HookParameters: parameters, CollectionConfigurations: list(0, 20) },
  CollectionConfiguration: { CollectionName: word, CollectionParameters: parameters },
  DebugRuleConfiguration: debugRule,
  ProfilerRuleConfiguration: debugRule,
  ProfilerConfig: profiler,
  ProfilerConfigForUpdate: profiler,
  ResourceConfigForUpdate: { KeepAlivePeriodInSeconds: keepAlive },

  ServerlessJobConfig: { BaseModelArn: hubArn(1, 'Model'), EvaluatorArn: { pattern: oneLine } },
  MlflowConfig: {
    MlflowResourceArn: text(0, 2048, sageMakerArn('[a-z0-9\\-]*:[0-9]{12}:mlflow-[a-zA-Z-]*/.*', 'MLflow resource')),
    MlflowExperimentName: word,
    MlflowRunName: word,
  },
  ModelPackageConfig: {
    ModelPackageGroupArn: modelPackageArn('model-package-group'),
    SourceModelPackageArn: modelPackageArn('model-package'),
  },
};
