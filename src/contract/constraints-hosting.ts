import {
  anything,
  channelName,
  destinationS3Uri,
  identifier,
  kmsKeyId,
  modelName,
  namePattern,
  oneLine,
  page,
  type RuleTable,
  resourceName,
  roleArn,
  s3Uri,
  tags,
} from './constraints-shared.ts';
import { list, map, pattern, type Rule, text, whole } from './rules.ts';

/**
 * CreateModel, CreateEndpointConfig, CreateEndpoint and their companions. Source: API Reference, these operations and the data
 * types they name.
 */
const shortWord = text(1, 64, oneLine);
const weight: Rule = { number: 'Float', range: [0, Number.POSITIVE_INFINITY] };
const startupTimeout = whole(60, 3600);
const concurrency = whole(1, 200);
const waitInterval = whole(0, 3600);
const executionTimeout = whole(600, 28_800);
const contentTypes = list(
  1,
  10,
  text(
    1,
    256,
    pattern('[a-zA-Z0-9](-*[a-zA-Z0-9])*\\/[a-zA-Z0-9](-*[a-zA-Z0-9.])*', 'be a plain content type such as text/csv, without parameters'),
  ),
);
const topicArn = text(0, 2048, pattern('arn:aws[a-z\\-]*:sns:[a-z0-9\\-]*:[0-9]{12}:[a-zA-Z0-9_.-]+', 'be the ARN of an SNS topic'));

export const hostingRules: RuleTable = {
  CreateModelInput: { ModelName: modelName, Containers: list(0, 15), ExecutionRoleArn: roleArn, Tags: tags },
  DescribeModelInput: { ModelName: modelName },
  DeleteModelInput: { ModelName: modelName },
  ListModelsInput: page,
  ContainerDefinition: {
    ContainerHostname: text(0, 63, namePattern),
    Image: text(0, 255, pattern('[\\S]+', 'be an image reference without spaces')),
    ModelDataUrl: s3Uri,
    AdditionalModelDataSources: list(0, 5),
    // 1024 is what the API page says; all variables of a model together are bounded in hosting-rules.ts.
    Environment: map(100, text(0, 1024, identifier), text(0, 1024, anything)),
    ModelPackageName: text(
      1,
      176,
      pattern(
        '(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-]*\\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)(\\/[0-9]{1,9})?',
        'be the name or the ARN of a model package',
      ),
    ),
    InferenceSpecificationName: text(1, 63, namePattern),
  },
  RepositoryAuthConfig: { RepositoryCredentialsProviderArn: text(1, 2048, oneLine) },
  S3ModelDataSource: { S3Uri: s3Uri, ManifestS3Uri: s3Uri },
  AdditionalModelDataSource: { ChannelName: channelName },
  InferenceHubAccessConfig: { HubContentArn: text(0, 255, oneLine) },
  ContainerMetricsConfig: { MetricsEndpoints: list(0, 1) },
  MetricsEndpoint: { MetricsEndpointPath: text(0, 256, pattern('/.*', 'begin with /')) },

  CreateEndpointConfigInput: {
    EndpointConfigName: resourceName,
    ProductionVariants: list(1, 10),
    ShadowProductionVariants: list(1, 10),
    ExecutionRoleArn: roleArn,
    KmsKeyId: kmsKeyId,
    Tags: tags,
  },
  DescribeEndpointConfigInput: { EndpointConfigName: resourceName },
  DeleteEndpointConfigInput: { EndpointConfigName: resourceName },
  ListEndpointConfigsInput: page,
  ProductionVariant: {
    VariantName: resourceName,
    ModelName: modelName,
    InitialInstanceCount: whole(1),
    InstancePools: list(1, 5),
    VariantInstanceProvisionTimeoutInSeconds: whole(300, 3600),
    InitialVariantWeight: weight,
    VolumeSizeInGB: whole(1, 512),
    ModelDataDownloadTimeoutInSeconds: startupTimeout,
    ContainerStartupHealthCheckTimeoutInSeconds: startupTimeout,
  },
  InstancePool: { ModelNameOverride: modelName, Priority: whole(1, 5) },
  ProductionVariantCoreDumpConfig: { DestinationS3Uri: destinationS3Uri, KmsKeyId: kmsKeyId },
  // The model bounds the memory by 1024 and 6144; the developer guide's "Serverless Inference" gives the steps between.
  ProductionVariantServerlessConfig: {
    MemorySizeInMB: { oneOf: [1024, 2048, 3072, 4096, 5120, 6144] },
    MaxConcurrency: concurrency,
    ProvisionedConcurrency: concurrency,
  },
  ProductionVariantManagedInstanceScaling: { MinInstanceCount: whole(0), MaxInstanceCount: whole(1) },
  ProductionVariantManagedInstanceScalingScaleInPolicy: { MaximumStepSize: whole(1, 100), CooldownInMinutes: whole(5, 1440) },
  PrefixAwareRoutingConfig: { PrefixLength: whole(1024, 65_536), ConcurrencyThreshold: whole(1, 1024) },
  ProductionVariantCapacityReservationConfig: {
    MlReservationArn: text(
      20,
      258,
      pattern('arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z0-9\\-]{1,14}/.*', 'be the ARN of a capacity reservation'),
    ),
  },

  DataCaptureConfig: {
    InitialSamplingPercentage: whole(0, 100),
    DestinationS3Uri: destinationS3Uri,
    KmsKeyId: kmsKeyId,
    CaptureOptions: list(1, 32),
  },
  CaptureContentTypeHeader: { CsvContentTypes: contentTypes, JsonContentTypes: contentTypes },
  AsyncInferenceClientConfig: { MaxConcurrentInvocationsPerInstance: whole(1, 1000) },
  AsyncInferenceOutputConfig: { KmsKeyId: kmsKeyId, S3OutputPath: destinationS3Uri, S3FailurePath: destinationS3Uri },
  AsyncInferenceNotificationConfig: { SuccessTopic: topicArn, ErrorTopic: topicArn, IncludeInferenceResponseIn: list(0, 2) },

  ClarifyExplainerConfig: { EnableExplanations: shortWord },
  ClarifyInferenceConfig: {
    FeaturesAttribute: shortWord,
    ContentTemplate: shortWord,
    MaxRecordCount: whole(1),
    MaxPayloadInMB: whole(1, 25),
    ProbabilityIndex: whole(0),
    LabelIndex: whole(0),
    ProbabilityAttribute: shortWord,
    LabelAttribute: shortWord,
    LabelHeaders: list(1, 16, shortWord),
    FeatureHeaders: list(1, 256, shortWord),
    FeatureTypes: list(1, 256),
  },
  ClarifyShapConfig: { NumberOfSamples: whole(1) },
  ClarifyShapBaselineConfig: {
    MimeType: text(0, 255, pattern('[a-zA-Z0-9](-*[a-zA-Z0-9])*\\/[a-zA-Z0-9](-*[a-zA-Z0-9+.])*', 'be a content type such as text/csv')),
    ShapBaseline: text(1, 4096, pattern('[\\s\\S]+', 'not be empty')),
    ShapBaselineUri: s3Uri,
  },

  CreateEndpointInput: { EndpointName: resourceName, EndpointConfigName: resourceName, Tags: tags },
  DescribeEndpointInput: { EndpointName: resourceName },
  DeleteEndpointInput: { EndpointName: resourceName },
  ListEndpointsInput: page,
  UpdateEndpointInput: { EndpointName: resourceName, EndpointConfigName: resourceName, ExcludeRetainedVariantProperties: list(0, 3) },
  UpdateEndpointWeightsAndCapacitiesInput: {
    EndpointName: resourceName,
    DesiredWeightsAndCapacities: list(1, Number.POSITIVE_INFINITY),
  },
  DesiredWeightAndCapacity: { VariantName: resourceName, DesiredWeight: weight, DesiredInstanceCount: whole(0) },
  ProductionVariantServerlessUpdateConfig: { MaxConcurrency: concurrency, ProvisionedConcurrency: concurrency },

  BlueGreenUpdatePolicy: { TerminationWaitInSeconds: whole(0, 3600), MaximumExecutionTimeoutInSeconds: executionTimeout },
  TrafficRoutingConfig: { WaitIntervalInSeconds: waitInterval },
  CapacitySize: { Value: whole(1) },
  RollingUpdatePolicy: { WaitIntervalInSeconds: waitInterval, MaximumExecutionTimeoutInSeconds: executionTimeout },
  AutoRollbackConfig: { Alarms: list(1, 10) },
  Alarm: { AlarmName: text(1, 255, pattern('(?!\\s*$).+', 'be one line and not blank')) },
};
