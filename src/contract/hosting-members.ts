import type { CreateEndpointConfigInput, CreateEndpointInput, CreateModelInput, UpdateEndpointInput } from '@aws-sdk/client-sagemaker';
import { refusal } from './broken-rule.ts';
import { refusedIn, type SupportTable, storedIn } from './member-support.ts';

/** The requests that make up an endpoint, by the names of their shapes. */
export interface HostingInputs {
  readonly CreateModelInput: CreateModelInput;
  readonly CreateEndpointConfigInput: CreateEndpointConfigInput;
  readonly CreateEndpointInput: CreateEndpointInput;
  readonly UpdateEndpointInput: UpdateEndpointInput;
}

const variant = 'Use a variant with InstanceType, InitialInstanceCount and a ModelName.';
const oneContainer = 'Give the model a PrimaryContainer alone.';

/** Every member of CreateModel, CreateEndpointConfig, CreateEndpoint and UpdateEndpoint, as far as one container an instance goes. */
export const hostingMembers: SupportTable = {
  CreateModelInput: {
    emulated: ['ModelName', 'PrimaryContainer', 'ExecutionRoleArn', 'EnableNetworkIsolation', 'Tags'],
    stored: ['VpcConfig', 'InferenceExecutionConfig'],
    refused: { Containers: oneContainer },
  },
  ContainerDefinition: {
    emulated: ['Image', 'Mode', 'ModelDataUrl', 'ModelDataSource', 'AdditionalModelDataSources', 'Environment', 'ContainerMetricsConfig'],
    // The host name of an only container is ignored by the cloud too; images are pulled with the credentials of the engine's own user.
    stored: ['ContainerHostname', 'ImageConfig'],
    refused: {
      ModelPackageName: 'Name the image itself, and its ModelDataUrl.',
      InferenceSpecificationName: 'Name the image itself, and its ModelDataUrl.',
      MultiModelConfig: oneContainer,
    },
  },
  ContainerMetricsConfig: { emulated: ['MetricsEndpoints'] },
  MetricsEndpoint: { emulated: ['MetricsEndpointPath', 'MetricPublishFrequencyInSeconds'] },
  ModelDataSource: { emulated: ['S3DataSource'] },
  AdditionalModelDataSource: { emulated: ['ChannelName', 'S3DataSource'] },
  S3ModelDataSource: {
    emulated: ['S3Uri', 'S3DataType', 'CompressionType'],
    stored: ['ModelAccessConfig', 'HubAccessConfig', 'ETag', 'ManifestEtag'],
    // The form of such a manifest is not published.
    refused: { ManifestS3Uri: 'Copy the artifacts below one prefix, and name that with S3DataType S3Prefix.' },
  },
  CreateEndpointConfigInput: {
    emulated: ['EndpointConfigName', 'ProductionVariants', 'ShadowProductionVariants', 'DataCaptureConfig', 'MetricsConfig', 'Tags'],
    stored: ['KmsKeyId', 'ExecutionRoleArn', 'VpcConfig'],
    refused: {
      AsyncInferenceConfig: 'Leave it out, and invoke the endpoint in real time.',
      ExplainerConfig: 'Leave it out: explanations are not made here.',
      EnableNetworkIsolation: 'Set it on the model.',
    },
  },
  MetricsConfig: {
    emulated: ['EnableDetailedObservability', 'MetricPublishFrequencyInSeconds'],
    stored: ['EnableEnhancedMetrics'],
  },
  // Objects are not encrypted here.
  DataCaptureConfig: {
    emulated: ['EnableCapture', 'InitialSamplingPercentage', 'DestinationS3Uri', 'CaptureOptions', 'CaptureContentTypeHeader'],
    stored: ['KmsKeyId'],
  },
  ProductionVariant: {
    emulated: [
      ...['VariantName', 'ModelName', 'InitialInstanceCount', 'InitialVariantWeight', 'RoutingConfig', 'InstanceType'],
      ...['ModelDataDownloadTimeoutInSeconds', 'ContainerStartupHealthCheckTimeoutInSeconds', 'VolumeSizeInGB'],
    ],
    stored: [
      ...['VariantInstanceProvisionTimeoutInSeconds', 'AcceleratorType', 'CoreDumpConfig', 'EnableSSMAccess'],
      ...['InferenceAmiVersion', 'CapacityReservationConfig'],
    ],
    refused: {
      InstancePools: 'Give the variant an InstanceType.',
      ServerlessConfig: variant,
      ManagedInstanceScaling: 'Give the variant the InitialInstanceCount it shall have.',
    },
  },
  ProductionVariantRoutingConfig: {
    emulated: ['RoutingStrategy'],
    refused: { PrefixAwareRoutingConfig: 'Choose RANDOM or LEAST_OUTSTANDING_REQUESTS.' },
  },
  CreateEndpointInput: { emulated: ['EndpointName', 'EndpointConfigName', 'Tags'], stored: ['DeploymentConfig'] },
  UpdateEndpointInput: {
    emulated: [
      ...['EndpointName', 'EndpointConfigName', 'RetainAllVariantProperties', 'ExcludeRetainedVariantProperties'],
      ...['DeploymentConfig', 'RetainDeploymentConfig'],
    ],
  },
};

/** The members of a request that are stored and have no effect, as the caller wrote them. */
export const hostingMembersWithoutEffect = <S extends keyof HostingInputs>(shape: S, request: HostingInputs[S]): readonly string[] =>
  storedIn(hostingMembers, shape, request);

/** Refuses what cannot be honoured, each with what to do instead. Errors: InvalidRequest. */
export function refuseUnsupported<S extends keyof HostingInputs>(shape: S, request: HostingInputs[S]): void {
  const broken = [
    ...refusedIn(hostingMembers, shape, request),
    ...inValues(request as Partial<CreateModelInput & CreateEndpointConfigInput>),
  ];
  const refused = refusal(broken);
  if (refused) throw refused;
}

/** Members that are taken, with values that are not. */
function* inValues({
  PrimaryContainer,
  ProductionVariants = [],
  ShadowProductionVariants = [],
}: Partial<CreateModelInput & CreateEndpointConfigInput>) {
  if (PrimaryContainer?.Mode === 'MultiModel') {
    yield {
      message: 'PrimaryContainer.Mode MultiModel is not emulated by this version of sm-local.',
      remedy: 'Give each model an endpoint of its own.',
    };
  }
  for (const { VariantName, ModelName, RoutingConfig } of [...ProductionVariants, ...ShadowProductionVariants]) {
    if (ModelName === undefined) {
      yield {
        message: `Variant ${VariantName} has no ModelName: inference components are not emulated by this version of sm-local.`,
        remedy: variant,
      };
    }
    if ((RoutingConfig?.RoutingStrategy as string | undefined) === 'PREFIX_AWARE') {
      yield {
        message: `Variant ${VariantName}: the RoutingStrategy PREFIX_AWARE is not emulated by this version of sm-local.`,
        remedy: 'Choose RANDOM or LEAST_OUTSTANDING_REQUESTS.',
      };
    }
  }
}
