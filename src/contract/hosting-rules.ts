import type {
  ContainerDefinition,
  CreateEndpointConfigInput,
  CreateModelInput,
  ProductionVariant,
  S3ModelDataSource,
} from '@aws-sdk/client-sagemaker';
import { type BrokenRule, refusal, repeated } from './broken-rule.ts';
import { checkInstanceCount } from './instance-quota.ts';
import { withoutNulls } from './nulls.ts';

/**
 * Refuses a model or an endpoint configuration whose members contradict each other; for requests that `validateRequest` has let
 * through. Source of the rules: API Reference, CreateModel, ContainerDefinition, CreateEndpointConfig, ProductionVariant. The
 * service's messages are not published; these are ours. Errors: InvalidRequest with everything found.
 */
export function checkModelRules(request: CreateModelInput): void {
  const refused = refusal([...inModel(withoutNulls(request))]);
  if (refused) throw refused;
}

export function checkEndpointConfigRules(request: CreateEndpointConfigInput): void {
  const refused = refusal([...inEndpointConfig(withoutNulls(request))]);
  if (refused) throw refused;
  for (const { InstanceType = '', InitialInstanceCount } of [
    ...(request.ProductionVariants ?? []),
    ...(request.ShadowProductionVariants ?? []),
  ])
    checkInstanceCount(InstanceType, 'endpoint', InitialInstanceCount ?? 0);
}

/** ContainerDefinition, Environment: "The maximum length of all key-value pairs … is 32 KB" over all containers of a model. */
const mostEnvironmentBytes = 32 * 1024;

function* inModel({ PrimaryContainer, Containers, InferenceExecutionConfig }: CreateModelInput): Generator<BrokenRule> {
  if ((PrimaryContainer === undefined) === (Containers === undefined || Containers.length === 0)) {
    yield {
      message: 'A model must have exactly one of PrimaryContainer and Containers.',
      remedy: PrimaryContainer ? 'Remove PrimaryContainer or Containers.' : 'Add PrimaryContainer with Image and ModelDataUrl.',
    };
  }
  const containers: readonly (readonly [string, ContainerDefinition])[] = [
    ...(PrimaryContainer ? [['PrimaryContainer', PrimaryContainer] as const] : []),
    ...(Containers ?? []).map((container, index) => [`Containers[${index}]`, container] as const),
  ];
  for (const [field, container] of containers) yield* inContainer(field, container);
  yield* inPipeline(Containers ?? [], InferenceExecutionConfig?.Mode === 'Direct');

  const bytes = containers.reduce((sum, [, { Environment = {} }]) => sum + byteLength(Object.entries(Environment).flat().join('')), 0);
  if (bytes > mostEnvironmentBytes) {
    yield {
      message: `The environment variables of all containers have ${bytes} bytes; ${mostEnvironmentBytes} are allowed.`,
      remedy: 'Put large values into the image or the model archive.',
    };
  }
}

function* inContainer(
  field: string,
  { Image, ModelPackageName, Mode, ModelDataUrl, ModelDataSource, AdditionalModelDataSources = [] }: ContainerDefinition,
): Generator<BrokenRule> {
  if (Image === undefined && ModelPackageName === undefined) {
    yield { message: `${field} must have Image or ModelPackageName.`, remedy: `Add ${field}.Image.` };
  }
  if (ModelDataUrl !== undefined && ModelDataSource !== undefined) {
    yield { message: `${field} cannot have both ModelDataUrl and ModelDataSource.`, remedy: 'Remove one of them.' };
  }
  if (ModelDataSource !== undefined && Mode === 'MultiModel') {
    yield {
      message: `${field}: ModelDataSource cannot be used with Mode MultiModel.`,
      remedy: 'Name the prefix of the models in ModelDataUrl.',
    };
  }
  yield* inSource(field, ModelDataSource?.S3DataSource);
  for (const { ChannelName, S3DataSource } of AdditionalModelDataSources) {
    yield* inSource(`${field}, model data source ${ChannelName}`, S3DataSource);
  }
  for (const name of repeated(AdditionalModelDataSources.map(({ ChannelName }) => ChannelName))) {
    yield { message: `${field}: the ChannelName ${name} is there twice.`, remedy: `Rename one of the model data sources ${name}.` };
  }
}

function* inSource(field: string, source: S3ModelDataSource | undefined): Generator<BrokenRule> {
  if (source?.S3DataType !== 'S3Prefix') return;
  if (source.CompressionType === 'Gzip') {
    yield { message: `${field}: S3Prefix cannot be combined with CompressionType Gzip.`, remedy: 'Set CompressionType to None.' };
  }
  if (!source.S3Uri?.endsWith('/')) {
    yield { message: `${field}: the S3Uri of an S3Prefix must end in a slash.`, remedy: `Write ${source.S3Uri}/` };
  }
}

function* inPipeline(containers: readonly ContainerDefinition[], isDirect: boolean): Generator<BrokenRule> {
  const names = containers.map(({ ContainerHostname }) => ContainerHostname);
  for (const name of repeated(names)) {
    yield { message: `Container host names must be unique: ${name} is there twice.`, remedy: `Rename one of the containers ${name}.` };
  }
  const unnamed = names.indexOf(undefined);
  if (unnamed >= 0 && (isDirect || names.some((name) => name !== undefined))) {
    const why = isDirect ? 'in Direct mode' : 'when one of them has one';
    yield { message: `Every container must have a ContainerHostname ${why}.`, remedy: `Add Containers[${unnamed}].ContainerHostname.` };
  }
}

function* inEndpointConfig(request: CreateEndpointConfigInput): Generator<BrokenRule> {
  const { ProductionVariants = [], ShadowProductionVariants = [] } = request;
  const variants = [...ProductionVariants, ...ShadowProductionVariants];
  for (const name of repeated(variants.map(({ VariantName }) => VariantName))) {
    yield { message: `Variant names must be unique: ${name} is there twice.`, remedy: `Rename one of the variants ${name}.` };
  }
  if (ShadowProductionVariants.length > 0 && (ProductionVariants.length !== 1 || ShadowProductionVariants.length !== 1)) {
    yield {
      message: 'With a shadow variant there must be exactly one production variant and one shadow variant.',
      remedy: 'Remove the other variants.',
    };
  }
  for (const variant of variants) yield* inVariant(variant, request.ExecutionRoleArn !== undefined);
}

/** A variant without a model is for inference components; their configuration carries the role. */
function* inVariant(variant: ProductionVariant, hasRole: boolean): Generator<BrokenRule> {
  const { VariantName: name, ModelName, ServerlessConfig, InstanceType, InstancePools, InitialInstanceCount } = variant;
  if (ModelName === undefined && !hasRole) {
    yield { message: `Variant ${name} must have a ModelName.`, remedy: `Add ModelName to the variant ${name}.` };
  }
  if (ServerlessConfig && (InstanceType !== undefined || InitialInstanceCount !== undefined)) {
    yield {
      message: `Variant ${name} cannot have both ServerlessConfig and instances.`,
      remedy: 'Remove ServerlessConfig, or InstanceType and InitialInstanceCount.',
    };
  }
  if (!ServerlessConfig && InstanceType === undefined && InstancePools === undefined) {
    yield {
      message: `Variant ${name} must have an InstanceType.`,
      remedy: `Add InstanceType to the variant ${name}, such as ml.m5.large.`,
    };
  }
  const { MaxConcurrency, ProvisionedConcurrency } = ServerlessConfig ?? {};
  if (MaxConcurrency !== undefined && ProvisionedConcurrency !== undefined && ProvisionedConcurrency > MaxConcurrency) {
    yield {
      message: `The ProvisionedConcurrency of variant ${name} cannot be greater than its MaxConcurrency.`,
      remedy: `Set ProvisionedConcurrency to ${MaxConcurrency} or less.`,
    };
  }
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;
