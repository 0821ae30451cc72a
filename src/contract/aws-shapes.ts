// Made by `node scripts/aws-shapes.mjs` from @aws-sdk/client-sagemaker 3.1142.0. Do not edit: run it again.
// Input shapes of the operations sm-local serves. What the SDK does not know (lengths, patterns, ranges) is in constraints.ts.

/** Operation -> the structure it takes. */
export const inputs = {
  CreateTrainingJob: 'CreateTrainingJobRequest',
  DescribeTrainingJob: 'DescribeTrainingJobRequest',
  StopTrainingJob: 'StopTrainingJobRequest',
  DeleteTrainingJob: 'DeleteTrainingJobRequest',
  ListTrainingJobs: 'ListTrainingJobsRequest',
  UpdateTrainingJob: 'UpdateTrainingJobRequest',
  CreateModel: 'CreateModelInput',
  DescribeModel: 'DescribeModelInput',
  DeleteModel: 'DeleteModelInput',
  ListModels: 'ListModelsInput',
  CreateEndpointConfig: 'CreateEndpointConfigInput',
  DescribeEndpointConfig: 'DescribeEndpointConfigInput',
  DeleteEndpointConfig: 'DeleteEndpointConfigInput',
  ListEndpointConfigs: 'ListEndpointConfigsInput',
  CreateEndpoint: 'CreateEndpointInput',
  DescribeEndpoint: 'DescribeEndpointInput',
  DeleteEndpoint: 'DeleteEndpointInput',
  ListEndpoints: 'ListEndpointsInput',
  UpdateEndpoint: 'UpdateEndpointInput',
  UpdateEndpointWeightsAndCapacities: 'UpdateEndpointWeightsAndCapacitiesInput',
  AddTags: 'AddTagsInput',
  ListTags: 'ListTagsInput',
  DeleteTags: 'DeleteTagsInput',
} as const;

export type Operation = keyof typeof inputs;

/** Structure -> member -> type: `!` after it means required, `[]` a list of it, `{}` a map of strings to it. */
export const structures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AddTagsInput: { ResourceArn: 'string!', Tags: 'Tag[]!' },
  AdditionalModelDataSource: { ChannelName: 'string!', S3DataSource: 'S3ModelDataSource!' },
  Alarm: { AlarmName: 'string' },
  AlgorithmSpecification: {
    TrainingImage: 'string',
    AlgorithmName: 'string',
    TrainingInputMode: 'TrainingInputMode!',
    MetricDefinitions: 'MetricDefinition[]',
    EnableSageMakerMetricsTimeSeries: 'boolean',
    ContainerEntrypoint: 'string[]',
    ContainerArguments: 'string[]',
    TrainingImageConfig: 'TrainingImageConfig',
  },
  AsyncInferenceClientConfig: { MaxConcurrentInvocationsPerInstance: 'number' },
  AsyncInferenceConfig: { ClientConfig: 'AsyncInferenceClientConfig', OutputConfig: 'AsyncInferenceOutputConfig!' },
  AsyncInferenceNotificationConfig: {
    SuccessTopic: 'string',
    ErrorTopic: 'string',
    IncludeInferenceResponseIn: 'AsyncNotificationTopicTypes[]',
  },
  AsyncInferenceOutputConfig: {
    KmsKeyId: 'string',
    S3OutputPath: 'string',
    NotificationConfig: 'AsyncInferenceNotificationConfig',
    S3FailurePath: 'string',
  },
  AutoRollbackConfig: { Alarms: 'Alarm[]' },
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: 'TrafficRoutingConfig!',
    TerminationWaitInSeconds: 'number',
    MaximumExecutionTimeoutInSeconds: 'number',
  },
  CapacitySize: { Type: 'CapacitySizeType!', Value: 'number!' },
  CaptureContentTypeHeader: { CsvContentTypes: 'string[]', JsonContentTypes: 'string[]' },
  CaptureOption: { CaptureMode: 'CaptureMode!' },
  Channel: {
    ChannelName: 'string!',
    DataSource: 'DataSource!',
    ContentType: 'string',
    CompressionType: 'CompressionType',
    RecordWrapperType: 'RecordWrapper',
    InputMode: 'TrainingInputMode',
    ShuffleConfig: 'ShuffleConfig',
  },
  CheckpointConfig: { S3Uri: 'string!', LocalPath: 'string' },
  ClarifyExplainerConfig: { EnableExplanations: 'string', InferenceConfig: 'ClarifyInferenceConfig', ShapConfig: 'ClarifyShapConfig!' },
  ClarifyInferenceConfig: {
    FeaturesAttribute: 'string',
    ContentTemplate: 'string',
    MaxRecordCount: 'number',
    MaxPayloadInMB: 'number',
    ProbabilityIndex: 'number',
    LabelIndex: 'number',
    ProbabilityAttribute: 'string',
    LabelAttribute: 'string',
    LabelHeaders: 'string[]',
    FeatureHeaders: 'string[]',
    FeatureTypes: 'ClarifyFeatureType[]',
  },
  ClarifyShapBaselineConfig: { MimeType: 'string', ShapBaseline: 'string', ShapBaselineUri: 'string' },
  ClarifyShapConfig: {
    ShapBaselineConfig: 'ClarifyShapBaselineConfig!',
    NumberOfSamples: 'number',
    UseLogit: 'boolean',
    Seed: 'number',
    TextConfig: 'ClarifyTextConfig',
  },
  ClarifyTextConfig: { Language: 'ClarifyTextLanguage!', Granularity: 'ClarifyTextGranularity!' },
  CollectionConfiguration: { CollectionName: 'string', CollectionParameters: 'string{}' },
  ContainerDefinition: {
    ContainerHostname: 'string',
    Image: 'string',
    ImageConfig: 'ImageConfig',
    Mode: 'ContainerMode',
    ModelDataUrl: 'string',
    ModelDataSource: 'ModelDataSource',
    AdditionalModelDataSources: 'AdditionalModelDataSource[]',
    Environment: 'string{}',
    ModelPackageName: 'string',
    InferenceSpecificationName: 'string',
    MultiModelConfig: 'MultiModelConfig',
    ContainerMetricsConfig: 'ContainerMetricsConfig',
  },
  ContainerMetricsConfig: { MetricsEndpoints: 'MetricsEndpoint[]' },
  CreateEndpointConfigInput: {
    EndpointConfigName: 'string!',
    ProductionVariants: 'ProductionVariant[]!',
    DataCaptureConfig: 'DataCaptureConfig',
    Tags: 'Tag[]',
    KmsKeyId: 'string',
    AsyncInferenceConfig: 'AsyncInferenceConfig',
    ExplainerConfig: 'ExplainerConfig',
    ShadowProductionVariants: 'ProductionVariant[]',
    ExecutionRoleArn: 'string',
    VpcConfig: 'VpcConfig',
    EnableNetworkIsolation: 'boolean',
    MetricsConfig: 'MetricsConfig',
  },
  CreateEndpointInput: { EndpointName: 'string!', EndpointConfigName: 'string!', DeploymentConfig: 'DeploymentConfig', Tags: 'Tag[]' },
  CreateModelInput: {
    ModelName: 'string!',
    PrimaryContainer: 'ContainerDefinition',
    Containers: 'ContainerDefinition[]',
    InferenceExecutionConfig: 'InferenceExecutionConfig',
    ExecutionRoleArn: 'string',
    Tags: 'Tag[]',
    VpcConfig: 'VpcConfig',
    EnableNetworkIsolation: 'boolean',
  },
  CreateTrainingJobRequest: {
    TrainingJobName: 'string!',
    HyperParameters: 'string{}',
    AlgorithmSpecification: 'AlgorithmSpecification',
    RoleArn: 'string!',
    InputDataConfig: 'Channel[]',
    OutputDataConfig: 'OutputDataConfig!',
    ResourceConfig: 'ResourceConfig',
    VpcConfig: 'VpcConfig',
    StoppingCondition: 'StoppingCondition',
    Tags: 'Tag[]',
    EnableNetworkIsolation: 'boolean',
    EnableInterContainerTrafficEncryption: 'boolean',
    EnableManagedSpotTraining: 'boolean',
    CheckpointConfig: 'CheckpointConfig',
    DebugHookConfig: 'DebugHookConfig',
    DebugRuleConfigurations: 'DebugRuleConfiguration[]',
    TensorBoardOutputConfig: 'TensorBoardOutputConfig',
    ExperimentConfig: 'ExperimentConfig',
    ProfilerConfig: 'ProfilerConfig',
    ProfilerRuleConfigurations: 'ProfilerRuleConfiguration[]',
    Environment: 'string{}',
    RetryStrategy: 'RetryStrategy',
    RemoteDebugConfig: 'RemoteDebugConfig',
    InfraCheckConfig: 'InfraCheckConfig',
    SessionChainingConfig: 'SessionChainingConfig',
    ServerlessJobConfig: 'ServerlessJobConfig',
    MlflowConfig: 'MlflowConfig',
    ModelPackageConfig: 'ModelPackageConfig',
  },
  DataCaptureConfig: {
    EnableCapture: 'boolean',
    InitialSamplingPercentage: 'number!',
    DestinationS3Uri: 'string!',
    KmsKeyId: 'string',
    CaptureOptions: 'CaptureOption[]!',
    CaptureContentTypeHeader: 'CaptureContentTypeHeader',
  },
  DataSource: { S3DataSource: 'S3DataSource', FileSystemDataSource: 'FileSystemDataSource', DatasetSource: 'DatasetSource' },
  DatasetSource: { DatasetArn: 'string!' },
  DebugHookConfig: {
    LocalPath: 'string',
    S3OutputPath: 'string!',
    HookParameters: 'string{}',
    CollectionConfigurations: 'CollectionConfiguration[]',
  },
  DebugRuleConfiguration: {
    RuleConfigurationName: 'string!',
    LocalPath: 'string',
    S3OutputPath: 'string',
    RuleEvaluatorImage: 'string!',
    InstanceType: 'ProcessingInstanceType',
    VolumeSizeInGB: 'number',
    RuleParameters: 'string{}',
  },
  DeleteEndpointConfigInput: { EndpointConfigName: 'string!' },
  DeleteEndpointInput: { EndpointName: 'string!' },
  DeleteModelInput: { ModelName: 'string!' },
  DeleteTagsInput: { ResourceArn: 'string!', TagKeys: 'string[]!' },
  DeleteTrainingJobRequest: { TrainingJobName: 'string!' },
  DeploymentConfig: {
    BlueGreenUpdatePolicy: 'BlueGreenUpdatePolicy',
    RollingUpdatePolicy: 'RollingUpdatePolicy',
    AutoRollbackConfiguration: 'AutoRollbackConfig',
  },
  DescribeEndpointConfigInput: { EndpointConfigName: 'string!' },
  DescribeEndpointInput: { EndpointName: 'string!' },
  DescribeModelInput: { ModelName: 'string!' },
  DescribeTrainingJobRequest: { TrainingJobName: 'string!' },
  DesiredWeightAndCapacity: {
    VariantName: 'string!',
    DesiredWeight: 'number',
    DesiredInstanceCount: 'number',
    ServerlessUpdateConfig: 'ProductionVariantServerlessUpdateConfig',
  },
  ExperimentConfig: { ExperimentName: 'string', TrialName: 'string', TrialComponentDisplayName: 'string', RunName: 'string' },
  ExplainerConfig: { ClarifyExplainerConfig: 'ClarifyExplainerConfig' },
  FileSystemDataSource: {
    FileSystemId: 'string!',
    FileSystemAccessMode: 'FileSystemAccessMode!',
    FileSystemType: 'FileSystemType!',
    DirectoryPath: 'string!',
  },
  HubAccessConfig: { HubContentArn: 'string!' },
  ImageConfig: { RepositoryAccessMode: 'RepositoryAccessMode!', RepositoryAuthConfig: 'RepositoryAuthConfig' },
  InferenceExecutionConfig: { Mode: 'InferenceExecutionMode!' },
  InferenceHubAccessConfig: { HubContentArn: 'string!' },
  InfraCheckConfig: { EnableInfraCheck: 'boolean' },
  InstanceGroup: { InstanceType: 'TrainingInstanceType!', InstanceCount: 'number!', InstanceGroupName: 'string!' },
  InstancePlacementConfig: { EnableMultipleJobs: 'boolean', PlacementSpecifications: 'PlacementSpecification[]' },
  InstancePool: { InstanceType: 'ProductionVariantInstanceType!', ModelNameOverride: 'string', Priority: 'number!' },
  InstancePreference: { InstanceType: 'TrainingInstanceType!', InstanceCount: 'number', TrainingPlanArns: 'string[]' },
  ListEndpointConfigsInput: {
    SortBy: 'EndpointConfigSortKey',
    SortOrder: 'OrderKey',
    NextToken: 'string',
    MaxResults: 'number',
    NameContains: 'string',
    CreationTimeBefore: 'timestamp',
    CreationTimeAfter: 'timestamp',
  },
  ListEndpointsInput: {
    SortBy: 'EndpointSortKey',
    SortOrder: 'OrderKey',
    NextToken: 'string',
    MaxResults: 'number',
    NameContains: 'string',
    CreationTimeBefore: 'timestamp',
    CreationTimeAfter: 'timestamp',
    LastModifiedTimeBefore: 'timestamp',
    LastModifiedTimeAfter: 'timestamp',
    StatusEquals: 'EndpointStatus',
  },
  ListModelsInput: {
    SortBy: 'ModelSortKey',
    SortOrder: 'OrderKey',
    NextToken: 'string',
    MaxResults: 'number',
    NameContains: 'string',
    CreationTimeBefore: 'timestamp',
    CreationTimeAfter: 'timestamp',
  },
  ListTagsInput: { ResourceArn: 'string!', NextToken: 'string', MaxResults: 'number' },
  ListTrainingJobsRequest: {
    NextToken: 'string',
    MaxResults: 'number',
    CreationTimeAfter: 'timestamp',
    CreationTimeBefore: 'timestamp',
    LastModifiedTimeAfter: 'timestamp',
    LastModifiedTimeBefore: 'timestamp',
    NameContains: 'string',
    StatusEquals: 'TrainingJobStatus',
    SortBy: 'SortBy',
    SortOrder: 'SortOrder',
    WarmPoolStatusEquals: 'WarmPoolResourceStatus',
    TrainingPlanArnEquals: 'string',
  },
  MetricDefinition: { Name: 'string!', Regex: 'string!' },
  MetricsConfig: {
    EnableEnhancedMetrics: 'boolean',
    EnableDetailedObservability: 'boolean',
    MetricPublishFrequencyInSeconds: 'MetricPublishFrequencyInSeconds',
  },
  MetricsEndpoint: { MetricsEndpointPath: 'string!', MetricPublishFrequencyInSeconds: 'MetricPublishFrequencyInSeconds' },
  MlflowConfig: { MlflowResourceArn: 'string!', MlflowExperimentName: 'string', MlflowRunName: 'string' },
  ModelAccessConfig: { AcceptEula: 'boolean!' },
  ModelDataSource: { S3DataSource: 'S3ModelDataSource' },
  ModelPackageConfig: { ModelPackageGroupArn: 'string!', SourceModelPackageArn: 'string' },
  MultiModelConfig: { ModelCacheSetting: 'ModelCacheSetting' },
  OutputDataConfig: { KmsKeyId: 'string', S3OutputPath: 'string!', CompressionType: 'OutputCompressionType' },
  PlacementSpecification: { UltraServerId: 'string', InstanceCount: 'number!' },
  PrefixAwareRoutingConfig: { PrefixLength: 'number', ConcurrencyThreshold: 'number' },
  ProductionVariant: {
    VariantName: 'string!',
    ModelName: 'string',
    InitialInstanceCount: 'number',
    InstanceType: 'ProductionVariantInstanceType',
    InstancePools: 'InstancePool[]',
    VariantInstanceProvisionTimeoutInSeconds: 'number',
    InitialVariantWeight: 'number',
    AcceleratorType: 'ProductionVariantAcceleratorType',
    CoreDumpConfig: 'ProductionVariantCoreDumpConfig',
    ServerlessConfig: 'ProductionVariantServerlessConfig',
    VolumeSizeInGB: 'number',
    ModelDataDownloadTimeoutInSeconds: 'number',
    ContainerStartupHealthCheckTimeoutInSeconds: 'number',
    EnableSSMAccess: 'boolean',
    ManagedInstanceScaling: 'ProductionVariantManagedInstanceScaling',
    RoutingConfig: 'ProductionVariantRoutingConfig',
    InferenceAmiVersion: 'ProductionVariantInferenceAmiVersion',
    CapacityReservationConfig: 'ProductionVariantCapacityReservationConfig',
  },
  ProductionVariantCapacityReservationConfig: {
    CapacityReservationPreference: 'CapacityReservationPreference',
    MlReservationArn: 'string',
  },
  ProductionVariantCoreDumpConfig: { DestinationS3Uri: 'string!', KmsKeyId: 'string' },
  ProductionVariantManagedInstanceScaling: {
    Status: 'ManagedInstanceScalingStatus',
    MinInstanceCount: 'number',
    MaxInstanceCount: 'number',
    ScaleInPolicy: 'ProductionVariantManagedInstanceScalingScaleInPolicy',
  },
  ProductionVariantManagedInstanceScalingScaleInPolicy: {
    Strategy: 'ManagedInstanceScalingScaleInStrategy!',
    MaximumStepSize: 'number',
    CooldownInMinutes: 'number',
  },
  ProductionVariantRoutingConfig: { RoutingStrategy: 'RoutingStrategy!', PrefixAwareRoutingConfig: 'PrefixAwareRoutingConfig' },
  ProductionVariantServerlessConfig: { MemorySizeInMB: 'number!', MaxConcurrency: 'number!', ProvisionedConcurrency: 'number' },
  ProductionVariantServerlessUpdateConfig: { MaxConcurrency: 'number', ProvisionedConcurrency: 'number' },
  ProfilerConfig: {
    S3OutputPath: 'string',
    ProfilingIntervalInMilliseconds: 'number',
    ProfilingParameters: 'string{}',
    DisableProfiler: 'boolean',
  },
  ProfilerConfigForUpdate: {
    S3OutputPath: 'string',
    ProfilingIntervalInMilliseconds: 'number',
    ProfilingParameters: 'string{}',
    DisableProfiler: 'boolean',
  },
  ProfilerRuleConfiguration: {
    RuleConfigurationName: 'string!',
    LocalPath: 'string',
    S3OutputPath: 'string',
    RuleEvaluatorImage: 'string!',
    InstanceType: 'ProcessingInstanceType',
    VolumeSizeInGB: 'number',
    RuleParameters: 'string{}',
  },
  RemoteDebugConfig: { EnableRemoteDebug: 'boolean' },
  RemoteDebugConfigForUpdate: { EnableRemoteDebug: 'boolean' },
  RepositoryAuthConfig: { RepositoryCredentialsProviderArn: 'string!' },
  ResourceConfig: {
    InstanceType: 'TrainingInstanceType',
    InstanceCount: 'number',
    VolumeSizeInGB: 'number',
    VolumeKmsKeyId: 'string',
    KeepAlivePeriodInSeconds: 'number',
    InstanceGroups: 'InstanceGroup[]',
    TrainingPlanArn: 'string',
    InstancePlacementConfig: 'InstancePlacementConfig',
    InstancePreferences: 'InstancePreference[]',
    SelectedInstanceType: 'TrainingInstanceType',
    SelectedInstanceCount: 'number',
  },
  ResourceConfigForUpdate: { KeepAlivePeriodInSeconds: 'number!' },
  RetryStrategy: { MaximumRetryAttempts: 'number!' },
  RollingUpdatePolicy: {
    MaximumBatchSize: 'CapacitySize!',
    WaitIntervalInSeconds: 'number!',
    MaximumExecutionTimeoutInSeconds: 'number',
    RollbackMaximumBatchSize: 'CapacitySize',
  },
  S3DataSource: {
    S3DataType: 'S3DataType!',
    S3Uri: 'string!',
    S3DataDistributionType: 'S3DataDistribution',
    AttributeNames: 'string[]',
    InstanceGroupNames: 'string[]',
    ModelAccessConfig: 'ModelAccessConfig',
    HubAccessConfig: 'HubAccessConfig',
  },
  S3ModelDataSource: {
    S3Uri: 'string!',
    S3DataType: 'S3ModelDataType!',
    CompressionType: 'ModelCompressionType!',
    ModelAccessConfig: 'ModelAccessConfig',
    HubAccessConfig: 'InferenceHubAccessConfig',
    ManifestS3Uri: 'string',
    ETag: 'string',
    ManifestEtag: 'string',
  },
  ServerlessJobConfig: {
    BaseModelArn: 'string!',
    AcceptEula: 'boolean',
    JobType: 'ServerlessJobType!',
    CustomizationTechnique: 'CustomizationTechnique',
    Peft: 'Peft',
    EvaluationType: 'EvaluationType',
    EvaluatorArn: 'string',
    SequenceLength: 'string',
  },
  SessionChainingConfig: { EnableSessionTagChaining: 'boolean' },
  ShuffleConfig: { Seed: 'number!' },
  StopTrainingJobRequest: { TrainingJobName: 'string!' },
  StoppingCondition: { MaxRuntimeInSeconds: 'number', MaxWaitTimeInSeconds: 'number', MaxPendingTimeInSeconds: 'number' },
  Tag: { Key: 'string!', Value: 'string!' },
  TensorBoardOutputConfig: { LocalPath: 'string', S3OutputPath: 'string!' },
  TrafficRoutingConfig: {
    Type: 'TrafficRoutingConfigType!',
    WaitIntervalInSeconds: 'number!',
    CanarySize: 'CapacitySize',
    LinearStepSize: 'CapacitySize',
  },
  TrainingImageConfig: {
    TrainingRepositoryAccessMode: 'TrainingRepositoryAccessMode!',
    TrainingRepositoryAuthConfig: 'TrainingRepositoryAuthConfig',
  },
  TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: 'string!' },
  UpdateEndpointInput: {
    EndpointName: 'string!',
    EndpointConfigName: 'string!',
    RetainAllVariantProperties: 'boolean',
    ExcludeRetainedVariantProperties: 'VariantProperty[]',
    DeploymentConfig: 'DeploymentConfig',
    RetainDeploymentConfig: 'boolean',
  },
  UpdateEndpointWeightsAndCapacitiesInput: { EndpointName: 'string!', DesiredWeightsAndCapacities: 'DesiredWeightAndCapacity[]!' },
  UpdateTrainingJobRequest: {
    TrainingJobName: 'string!',
    ProfilerConfig: 'ProfilerConfigForUpdate',
    ProfilerRuleConfigurations: 'ProfilerRuleConfiguration[]',
    ResourceConfig: 'ResourceConfigForUpdate',
    RemoteDebugConfig: 'RemoteDebugConfigForUpdate',
  },
  VariantProperty: { VariantPropertyType: 'VariantPropertyType!' },
  VpcConfig: { SecurityGroupIds: 'string[]!', Subnets: 'string[]!' },
};

/** Enum -> its values, with white space between. */
export const enums: Readonly<Record<string, string>> = {
  AsyncNotificationTopicTypes: 'ERROR_NOTIFICATION_TOPIC SUCCESS_NOTIFICATION_TOPIC',
  CapacityReservationPreference: 'capacity-reservations-only',
  CapacitySizeType: 'CAPACITY_PERCENT INSTANCE_COUNT',
  CaptureMode: 'Input InputAndOutput Output',
  ClarifyFeatureType: 'categorical numerical text',
  ClarifyTextGranularity: 'paragraph sentence token',
  ClarifyTextLanguage: `
    af sq ar hy eu bn bg ca zh hr cs da nl en et fi fr de el gu he hi hu is id ga it kn ky lv lij lt lb mk ml mr xx ne nb fa pl pt ro ru sa
    sr tn si sk sl es sv tl ta tt te tr uk ur yo
  `,
  CompressionType: 'Gzip None',
  ContainerMode: 'MultiModel SingleModel',
  CustomizationTechnique: 'DPO RLAIF RLVR SFT',
  EndpointConfigSortKey: 'CreationTime Name',
  EndpointSortKey: 'CreationTime Name Status',
  EndpointStatus: 'Creating Deleting Failed InService OutOfService RollingBack SystemUpdating UpdateRollbackFailed Updating',
  EvaluationType: 'BenchmarkEvaluation CustomScorerEvaluation LLMAJEvaluation',
  FileSystemAccessMode: 'ro rw',
  FileSystemType: 'EFS FSxLustre',
  InferenceExecutionMode: 'Direct Serial',
  ManagedInstanceScalingScaleInStrategy: 'CONSOLIDATION IDLE_RELEASE',
  ManagedInstanceScalingStatus: 'DISABLED ENABLED',
  ModelCacheSetting: 'Disabled Enabled',
  ModelCompressionType: 'Gzip None',
  ModelSortKey: 'CreationTime Name',
  OrderKey: 'Ascending Descending',
  OutputCompressionType: 'GZIP NONE',
  Peft: 'LORA',
  ProcessingInstanceType: `
    ml.c4.2xlarge ml.c4.4xlarge ml.c4.8xlarge ml.c4.xlarge ml.c5.18xlarge ml.c5.2xlarge ml.c5.4xlarge ml.c5.9xlarge ml.c5.xlarge
    ml.c6i.12xlarge ml.c6i.16xlarge ml.c6i.24xlarge ml.c6i.2xlarge ml.c6i.32xlarge ml.c6i.4xlarge ml.c6i.8xlarge ml.c6i.xlarge
    ml.c7i.12xlarge ml.c7i.16xlarge ml.c7i.24xlarge ml.c7i.2xlarge ml.c7i.48xlarge ml.c7i.4xlarge ml.c7i.8xlarge ml.c7i.large ml.c7i.xlarge
    ml.c8i.12xlarge ml.c8i.16xlarge ml.c8i.24xlarge ml.c8i.2xlarge ml.c8i.32xlarge ml.c8i.48xlarge ml.c8i.4xlarge ml.c8i.8xlarge
    ml.c8i.96xlarge ml.c8i.xlarge ml.g4dn.12xlarge ml.g4dn.16xlarge ml.g4dn.2xlarge ml.g4dn.4xlarge ml.g4dn.8xlarge ml.g4dn.xlarge
    ml.g5.12xlarge ml.g5.16xlarge ml.g5.24xlarge ml.g5.2xlarge ml.g5.48xlarge ml.g5.4xlarge ml.g5.8xlarge ml.g5.xlarge ml.g6e.12xlarge
    ml.g6e.16xlarge ml.g6e.24xlarge ml.g6e.2xlarge ml.g6e.48xlarge ml.g6e.4xlarge ml.g6e.8xlarge ml.g6e.xlarge ml.g6.12xlarge ml.g6.16xlarge
    ml.g6.24xlarge ml.g6.2xlarge ml.g6.48xlarge ml.g6.4xlarge ml.g6.8xlarge ml.g6.xlarge ml.g7e.12xlarge ml.g7e.24xlarge ml.g7e.2xlarge
    ml.g7e.48xlarge ml.g7e.4xlarge ml.g7e.8xlarge ml.g7.12xlarge ml.g7.24xlarge ml.g7.2xlarge ml.g7.48xlarge ml.g7.4xlarge ml.g7.8xlarge
    ml.m4.10xlarge ml.m4.16xlarge ml.m4.2xlarge ml.m4.4xlarge ml.m4.xlarge ml.m5.12xlarge ml.m5.24xlarge ml.m5.2xlarge ml.m5.4xlarge
    ml.m5.large ml.m5.xlarge ml.m6i.12xlarge ml.m6i.16xlarge ml.m6i.24xlarge ml.m6i.2xlarge ml.m6i.32xlarge ml.m6i.4xlarge ml.m6i.8xlarge
    ml.m6i.large ml.m6i.xlarge ml.m7i.12xlarge ml.m7i.16xlarge ml.m7i.24xlarge ml.m7i.2xlarge ml.m7i.48xlarge ml.m7i.4xlarge ml.m7i.8xlarge
    ml.m7i.large ml.m7i.xlarge ml.m8i.12xlarge ml.m8i.16xlarge ml.m8i.24xlarge ml.m8i.2xlarge ml.m8i.32xlarge ml.m8i.48xlarge ml.m8i.4xlarge
    ml.m8i.8xlarge ml.m8i.96xlarge ml.m8i.large ml.m8i.xlarge ml.p2.16xlarge ml.p2.8xlarge ml.p2.xlarge ml.p3.16xlarge ml.p3.2xlarge
    ml.p3.8xlarge ml.p5.4xlarge ml.r5d.12xlarge ml.r5d.16xlarge ml.r5d.24xlarge ml.r5d.2xlarge ml.r5d.4xlarge ml.r5d.8xlarge ml.r5d.large
    ml.r5d.xlarge ml.r5.12xlarge ml.r5.16xlarge ml.r5.24xlarge ml.r5.2xlarge ml.r5.4xlarge ml.r5.8xlarge ml.r5.large ml.r5.xlarge
    ml.r6i.12xlarge ml.r6i.16xlarge ml.r6i.24xlarge ml.r6i.2xlarge ml.r6i.32xlarge ml.r6i.4xlarge ml.r6i.8xlarge ml.r6i.large ml.r6i.xlarge
    ml.r7i.12xlarge ml.r7i.16xlarge ml.r7i.24xlarge ml.r7i.2xlarge ml.r7i.48xlarge ml.r7i.4xlarge ml.r7i.8xlarge ml.r7i.large ml.r7i.xlarge
    ml.r8i.12xlarge ml.r8i.16xlarge ml.r8i.24xlarge ml.r8i.2xlarge ml.r8i.32xlarge ml.r8i.48xlarge ml.r8i.4xlarge ml.r8i.8xlarge
    ml.r8i.96xlarge ml.r8i.large ml.r8i.xlarge ml.t3.2xlarge ml.t3.large ml.t3.medium ml.t3.xlarge
  `,
  ProductionVariantAcceleratorType: 'ml.eia1.large ml.eia1.medium ml.eia1.xlarge ml.eia2.large ml.eia2.medium ml.eia2.xlarge',
  ProductionVariantInferenceAmiVersion: `
    al2023-ami-sagemaker-inference-gpu-4-1 al2-ami-sagemaker-inference-gpu-2 al2-ami-sagemaker-inference-gpu-2-1
    al2-ami-sagemaker-inference-gpu-3-1 al2-ami-sagemaker-inference-neuron-2
  `,
  ProductionVariantInstanceType: `
    ml.c4.2xlarge ml.c4.4xlarge ml.c4.8xlarge ml.c4.large ml.c4.xlarge ml.c5d.18xlarge ml.c5d.2xlarge ml.c5d.4xlarge ml.c5d.9xlarge
    ml.c5d.large ml.c5d.xlarge ml.c5.18xlarge ml.c5.2xlarge ml.c5.4xlarge ml.c5.9xlarge ml.c5.large ml.c5.xlarge ml.c6gd.12xlarge
    ml.c6gd.16xlarge ml.c6gd.2xlarge ml.c6gd.4xlarge ml.c6gd.8xlarge ml.c6gd.large ml.c6gd.xlarge ml.c6gn.12xlarge ml.c6gn.16xlarge
    ml.c6gn.2xlarge ml.c6gn.4xlarge ml.c6gn.8xlarge ml.c6gn.large ml.c6gn.xlarge ml.c6g.12xlarge ml.c6g.16xlarge ml.c6g.2xlarge
    ml.c6g.4xlarge ml.c6g.8xlarge ml.c6g.large ml.c6g.xlarge ml.c6in.12xlarge ml.c6in.16xlarge ml.c6in.24xlarge ml.c6in.2xlarge
    ml.c6in.32xlarge ml.c6in.4xlarge ml.c6in.8xlarge ml.c6in.large ml.c6in.xlarge ml.c6i.12xlarge ml.c6i.16xlarge ml.c6i.24xlarge
    ml.c6i.2xlarge ml.c6i.32xlarge ml.c6i.4xlarge ml.c6i.8xlarge ml.c6i.large ml.c6i.xlarge ml.c7g.12xlarge ml.c7g.16xlarge ml.c7g.2xlarge
    ml.c7g.4xlarge ml.c7g.8xlarge ml.c7g.large ml.c7g.xlarge ml.c7i.12xlarge ml.c7i.16xlarge ml.c7i.24xlarge ml.c7i.2xlarge ml.c7i.48xlarge
    ml.c7i.4xlarge ml.c7i.8xlarge ml.c7i.large ml.c7i.xlarge ml.c8g.12xlarge ml.c8g.16xlarge ml.c8g.24xlarge ml.c8g.2xlarge ml.c8g.48xlarge
    ml.c8g.4xlarge ml.c8g.8xlarge ml.c8g.large ml.c8g.medium ml.c8g.xlarge ml.dl1.24xlarge ml.g4dn.12xlarge ml.g4dn.16xlarge ml.g4dn.2xlarge
    ml.g4dn.4xlarge ml.g4dn.8xlarge ml.g4dn.xlarge ml.g5.12xlarge ml.g5.16xlarge ml.g5.24xlarge ml.g5.2xlarge ml.g5.48xlarge ml.g5.4xlarge
    ml.g5.8xlarge ml.g5.xlarge ml.g6e.12xlarge ml.g6e.16xlarge ml.g6e.24xlarge ml.g6e.2xlarge ml.g6e.48xlarge ml.g6e.4xlarge ml.g6e.8xlarge
    ml.g6e.xlarge ml.g6.12xlarge ml.g6.16xlarge ml.g6.24xlarge ml.g6.2xlarge ml.g6.48xlarge ml.g6.4xlarge ml.g6.8xlarge ml.g6.xlarge
    ml.g7e.12xlarge ml.g7e.24xlarge ml.g7e.2xlarge ml.g7e.48xlarge ml.g7e.4xlarge ml.g7e.8xlarge ml.g7.12xlarge ml.g7.24xlarge ml.g7.2xlarge
    ml.g7.48xlarge ml.g7.4xlarge ml.g7.8xlarge ml.inf1.24xlarge ml.inf1.2xlarge ml.inf1.6xlarge ml.inf1.xlarge ml.inf2.24xlarge
    ml.inf2.48xlarge ml.inf2.8xlarge ml.inf2.xlarge ml.m4.10xlarge ml.m4.16xlarge ml.m4.2xlarge ml.m4.4xlarge ml.m4.xlarge ml.m5d.12xlarge
    ml.m5d.24xlarge ml.m5d.2xlarge ml.m5d.4xlarge ml.m5d.large ml.m5d.xlarge ml.m5.12xlarge ml.m5.24xlarge ml.m5.2xlarge ml.m5.4xlarge
    ml.m5.large ml.m5.xlarge ml.m6gd.12xlarge ml.m6gd.16xlarge ml.m6gd.2xlarge ml.m6gd.4xlarge ml.m6gd.8xlarge ml.m6gd.large ml.m6gd.xlarge
    ml.m6g.12xlarge ml.m6g.16xlarge ml.m6g.2xlarge ml.m6g.4xlarge ml.m6g.8xlarge ml.m6g.large ml.m6g.xlarge ml.m6i.12xlarge ml.m6i.16xlarge
    ml.m6i.24xlarge ml.m6i.2xlarge ml.m6i.32xlarge ml.m6i.4xlarge ml.m6i.8xlarge ml.m6i.large ml.m6i.xlarge ml.m7i.12xlarge ml.m7i.16xlarge
    ml.m7i.24xlarge ml.m7i.2xlarge ml.m7i.48xlarge ml.m7i.4xlarge ml.m7i.8xlarge ml.m7i.large ml.m7i.xlarge ml.m8g.12xlarge ml.m8g.16xlarge
    ml.m8g.24xlarge ml.m8g.2xlarge ml.m8g.48xlarge ml.m8g.4xlarge ml.m8g.8xlarge ml.m8g.large ml.m8g.medium ml.m8g.xlarge ml.p2.16xlarge
    ml.p2.8xlarge ml.p2.xlarge ml.p3.16xlarge ml.p3.2xlarge ml.p3.8xlarge ml.p4de.24xlarge ml.p4d.24xlarge ml.p5en.48xlarge ml.p5e.48xlarge
    ml.p5.48xlarge ml.p5.4xlarge ml.p6e-gb200.36xlarge ml.p6-b200.48xlarge ml.p6-b300.48xlarge ml.r5d.12xlarge ml.r5d.24xlarge
    ml.r5d.2xlarge ml.r5d.4xlarge ml.r5d.large ml.r5d.xlarge ml.r5.12xlarge ml.r5.24xlarge ml.r5.2xlarge ml.r5.4xlarge ml.r5.large
    ml.r5.xlarge ml.r6gd.12xlarge ml.r6gd.16xlarge ml.r6gd.2xlarge ml.r6gd.4xlarge ml.r6gd.8xlarge ml.r6gd.large ml.r6gd.xlarge
    ml.r6g.12xlarge ml.r6g.16xlarge ml.r6g.2xlarge ml.r6g.4xlarge ml.r6g.8xlarge ml.r6g.large ml.r6g.xlarge ml.r6i.12xlarge ml.r6i.16xlarge
    ml.r6i.24xlarge ml.r6i.2xlarge ml.r6i.32xlarge ml.r6i.4xlarge ml.r6i.8xlarge ml.r6i.large ml.r6i.xlarge ml.r7gd.12xlarge
    ml.r7gd.16xlarge ml.r7gd.2xlarge ml.r7gd.4xlarge ml.r7gd.8xlarge ml.r7gd.large ml.r7gd.medium ml.r7gd.xlarge ml.r7i.12xlarge
    ml.r7i.16xlarge ml.r7i.24xlarge ml.r7i.2xlarge ml.r7i.48xlarge ml.r7i.4xlarge ml.r7i.8xlarge ml.r7i.large ml.r7i.xlarge ml.r8g.12xlarge
    ml.r8g.16xlarge ml.r8g.24xlarge ml.r8g.2xlarge ml.r8g.48xlarge ml.r8g.4xlarge ml.r8g.8xlarge ml.r8g.large ml.r8g.medium ml.r8g.xlarge
    ml.t2.2xlarge ml.t2.large ml.t2.medium ml.t2.xlarge ml.trn1n.32xlarge ml.trn1.2xlarge ml.trn1.32xlarge ml.trn2.48xlarge
  `,
  RecordWrapper: 'None RecordIO',
  RepositoryAccessMode: 'Platform Vpc',
  RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS PREFIX_AWARE RANDOM',
  S3DataDistribution: 'FullyReplicated ShardedByS3Key',
  S3DataType: 'AugmentedManifestFile Converse ManifestFile S3Prefix',
  S3ModelDataType: 'S3Object S3Prefix',
  ServerlessJobType: 'Evaluation FineTuning',
  SortBy: 'CreationTime Name Status',
  SortOrder: 'Ascending Descending',
  TrafficRoutingConfigType: 'ALL_AT_ONCE CANARY LINEAR',
  TrainingInputMode: 'FastFile File Pipe',
  TrainingInstanceType: `
    ml.c4.2xlarge ml.c4.4xlarge ml.c4.8xlarge ml.c4.xlarge ml.c5n.18xlarge ml.c5n.2xlarge ml.c5n.4xlarge ml.c5n.9xlarge ml.c5n.xlarge
    ml.c5.18xlarge ml.c5.2xlarge ml.c5.4xlarge ml.c5.9xlarge ml.c5.xlarge ml.c6i.12xlarge ml.c6i.16xlarge ml.c6i.24xlarge ml.c6i.2xlarge
    ml.c6i.32xlarge ml.c6i.4xlarge ml.c6i.8xlarge ml.c6i.xlarge ml.c7i.12xlarge ml.c7i.16xlarge ml.c7i.24xlarge ml.c7i.2xlarge
    ml.c7i.48xlarge ml.c7i.4xlarge ml.c7i.8xlarge ml.c7i.large ml.c7i.xlarge ml.c8i.12xlarge ml.c8i.16xlarge ml.c8i.24xlarge ml.c8i.2xlarge
    ml.c8i.32xlarge ml.c8i.48xlarge ml.c8i.4xlarge ml.c8i.8xlarge ml.c8i.96xlarge ml.c8i.xlarge ml.g4dn.12xlarge ml.g4dn.16xlarge
    ml.g4dn.2xlarge ml.g4dn.4xlarge ml.g4dn.8xlarge ml.g4dn.xlarge ml.g5.12xlarge ml.g5.16xlarge ml.g5.24xlarge ml.g5.2xlarge ml.g5.48xlarge
    ml.g5.4xlarge ml.g5.8xlarge ml.g5.xlarge ml.g6e.12xlarge ml.g6e.16xlarge ml.g6e.24xlarge ml.g6e.2xlarge ml.g6e.48xlarge ml.g6e.4xlarge
    ml.g6e.8xlarge ml.g6e.xlarge ml.g6.12xlarge ml.g6.16xlarge ml.g6.24xlarge ml.g6.2xlarge ml.g6.48xlarge ml.g6.4xlarge ml.g6.8xlarge
    ml.g6.xlarge ml.g7e.12xlarge ml.g7e.24xlarge ml.g7e.2xlarge ml.g7e.48xlarge ml.g7e.4xlarge ml.g7e.8xlarge ml.g7.12xlarge ml.g7.24xlarge
    ml.g7.2xlarge ml.g7.48xlarge ml.g7.4xlarge ml.g7.8xlarge ml.m4.10xlarge ml.m4.16xlarge ml.m4.2xlarge ml.m4.4xlarge ml.m4.xlarge
    ml.m5.12xlarge ml.m5.24xlarge ml.m5.2xlarge ml.m5.4xlarge ml.m5.large ml.m5.xlarge ml.m6i.12xlarge ml.m6i.16xlarge ml.m6i.24xlarge
    ml.m6i.2xlarge ml.m6i.32xlarge ml.m6i.4xlarge ml.m6i.8xlarge ml.m6i.large ml.m6i.xlarge ml.m7i.12xlarge ml.m7i.16xlarge ml.m7i.24xlarge
    ml.m7i.2xlarge ml.m7i.48xlarge ml.m7i.4xlarge ml.m7i.8xlarge ml.m7i.large ml.m7i.xlarge ml.m8i.12xlarge ml.m8i.16xlarge ml.m8i.24xlarge
    ml.m8i.2xlarge ml.m8i.32xlarge ml.m8i.48xlarge ml.m8i.4xlarge ml.m8i.8xlarge ml.m8i.96xlarge ml.m8i.large ml.m8i.xlarge ml.p2.16xlarge
    ml.p2.8xlarge ml.p2.xlarge ml.p3dn.24xlarge ml.p3.16xlarge ml.p3.2xlarge ml.p3.8xlarge ml.p4de.24xlarge ml.p4d.24xlarge ml.p5en.48xlarge
    ml.p5e.48xlarge ml.p5.48xlarge ml.p5.4xlarge ml.p6e-gb200.36xlarge ml.p6-b200.48xlarge ml.p6-b300.48xlarge ml.r5d.12xlarge
    ml.r5d.16xlarge ml.r5d.24xlarge ml.r5d.2xlarge ml.r5d.4xlarge ml.r5d.8xlarge ml.r5d.large ml.r5d.xlarge ml.r5.12xlarge ml.r5.16xlarge
    ml.r5.24xlarge ml.r5.2xlarge ml.r5.4xlarge ml.r5.8xlarge ml.r5.large ml.r5.xlarge ml.r6i.12xlarge ml.r6i.16xlarge ml.r6i.24xlarge
    ml.r6i.2xlarge ml.r6i.32xlarge ml.r6i.4xlarge ml.r6i.8xlarge ml.r6i.large ml.r6i.xlarge ml.r7i.12xlarge ml.r7i.16xlarge ml.r7i.24xlarge
    ml.r7i.2xlarge ml.r7i.48xlarge ml.r7i.4xlarge ml.r7i.8xlarge ml.r7i.large ml.r7i.xlarge ml.r8i.12xlarge ml.r8i.16xlarge ml.r8i.24xlarge
    ml.r8i.2xlarge ml.r8i.32xlarge ml.r8i.48xlarge ml.r8i.4xlarge ml.r8i.8xlarge ml.r8i.96xlarge ml.r8i.large ml.r8i.xlarge ml.t3.2xlarge
    ml.t3.large ml.t3.medium ml.t3.xlarge ml.trn1n.32xlarge ml.trn1.2xlarge ml.trn1.32xlarge ml.trn2.48xlarge
  `,
  TrainingJobStatus: 'Completed Deleting Failed InProgress Stopped Stopping',
  TrainingRepositoryAccessMode: 'Platform Vpc',
  VariantPropertyType: 'DataCaptureConfig DesiredInstanceCount DesiredWeight',
  WarmPoolResourceStatus: 'Available InUse Reused Terminated',
};

/** Enum of numbers -> its values. */
export const numberEnums: Readonly<Record<string, readonly number[]>> = {
  MetricPublishFrequencyInSeconds: [10, 30, 60, 120, 180, 240, 300],
};
