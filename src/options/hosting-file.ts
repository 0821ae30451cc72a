import type {
  ContainerDefinition,
  CreateEndpointConfigInput,
  CreateEndpointInput,
  CreateModelInput,
  S3ModelDataSource,
} from '@aws-sdk/client-sagemaker';
import { type ClientRefusal, clientRefusals } from '../contract/client-refusals.ts';
import { closest } from '../contract/closest.ts';
import { type MetricAlarm, metricAlarmRefusals } from '../contract/metric-alarm.ts';
import { contractDefaults } from '../contract/names.ts';
import type { HostingRequests } from '../endpoints/serve.ts';
import { fail } from '../errors.ts';
import { toUri } from '../store/location.ts';
import { readDocument, type WrittenDocument } from './document.ts';
import { refuseMistakes } from './request-file.ts';

/**
 * The requests in a file for `sm-local serve`: a document whose members are the names of operations, SageMaker's and CloudWatch's
 * PutMetricAlarm, and under each a request, or a list of them, as the AWS CLI takes it. A model alone gets a configuration with the variant
 * AllTraffic, and configurations without any endpoint one each of their name. Relative paths start at `cwd`. Errors: as `readDocument`;
 * InvalidRequest with line and column.
 */
export async function readHostingRequests(source: string, cwd: string): Promise<HostingRequests> {
  const document = await readDocument('--request', source, cwd);
  const found = requestsIn(document);
  await refuseUnknown(document, found);
  const of = <T>(operation: Operation): readonly T[] =>
    found.filter((each) => each.operation === operation).map(({ request }) => request as T);
  const models = of<CreateModelInput>('CreateModel').map((model) => located(model, cwd));
  const configs = of<CreateEndpointConfigInput>('CreateEndpointConfig').map((config) => withCaptureLocated(config, cwd));
  const endpoints = of<CreateEndpointInput>('CreateEndpoint');
  const alarms = of<MetricAlarm>('PutMetricAlarm');
  return { ...complete({ models, endpointConfigs: configs, endpoints }, document.name), ...(alarms.length > 0 && { alarms }) };
}

const operations = ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint', 'PutMetricAlarm'] as const;
type Operation = (typeof operations)[number];

interface Found {
  readonly operation: Operation;
  readonly request: unknown;
  /** Where it stands in the document. */
  readonly path: readonly (string | number)[];
}

function requestsIn({ name, value }: WrittenDocument): readonly Found[] {
  const shape = `Write one member for each operation: ${operations.join(', ')}; under each a request, or a list of requests.`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('InvalidRequest', { message: `${name} holds no requests.`, remedy: shape });
  }
  return Object.entries(value).flatMap(([operation, requests]) => {
    if (!isOperation(operation)) {
      const near = closest(operation, operations);
      throw fail('InvalidRequest', {
        message: `${name}: ${operation} is no operation that is taken here.`,
        remedy: `${near ? `Did you mean ${near}? ` : ''}${shape}`,
      });
    }
    if (!Array.isArray(requests)) return [{ operation, request: requests as unknown, path: [operation] }];
    return requests.map((request: unknown, index) => ({ operation, request, path: [operation, index] }));
  });
}

const isOperation = (name: string): name is Operation => (operations as readonly string[]).includes(name);

async function refuseUnknown(document: WrittenDocument, found: readonly Found[]): Promise<void> {
  const refusals = found.flatMap(({ operation, request, path }) =>
    refusalsOf(operation, request).map((refusal) => ({ ...refusal, path: [...path, ...refusal.path] })),
  );
  await refuseMistakes(document, refusals);
}

/** The shape of alarms is CloudWatch's. */
const refusalsOf = (operation: Operation, request: unknown): readonly ClientRefusal[] =>
  operation === 'PutMetricAlarm' ? metricAlarmRefusals(request) : clientRefusals(operation, request);

/** What a person leaves out because it follows from the rest. */
function complete({ models, endpointConfigs, endpoints }: HostingRequests, file: string): HostingRequests {
  const [only, ...others] = models;
  if (only && others.length === 0 && endpointConfigs.length === 0 && endpoints.length === 0) {
    const { ModelName = 'model' } = only;
    const variant = { VariantName: 'AllTraffic', ModelName, InstanceType: contractDefaults.instanceType, InitialInstanceCount: 1 };
    return complete({ models, endpoints, endpointConfigs: [{ EndpointConfigName: ModelName, ProductionVariants: [variant] }] }, file);
  }
  if (endpoints.length > 0) return { models: models.map(withRole), endpointConfigs, endpoints };
  if (endpointConfigs.length === 0) {
    throw fail('InvalidRequest', {
      message: `${file} has no endpoint: ${models.length === 0 ? 'nothing in it can be served' : 'it has several models and no configuration'}.`,
      remedy: 'Add CreateEndpointConfig with a variant for each model.',
    });
  }
  const made = endpointConfigs.map(({ EndpointConfigName }) => ({ EndpointName: EndpointConfigName, EndpointConfigName }));
  return { models: models.map(withRole), endpointConfigs, endpoints: made };
}

const withRole = (model: CreateModelInput): CreateModelInput => ({ ExecutionRoleArn: contractDefaults.roleArn, ...model });

function located(model: CreateModelInput, cwd: string): CreateModelInput {
  const { PrimaryContainer: container } = model;
  return container ? { ...model, PrimaryContainer: locatedContainer(container, cwd) } : model;
}

function locatedContainer(
  { ModelDataUrl, ModelDataSource, AdditionalModelDataSources, ...rest }: ContainerDefinition,
  cwd: string,
): ContainerDefinition {
  const source = ModelDataSource?.S3DataSource;
  return {
    ...rest,
    ...(ModelDataUrl !== undefined && { ModelDataUrl: toUri(ModelDataUrl, cwd) }),
    ...(ModelDataSource && { ModelDataSource: source ? { S3DataSource: locatedSource(source, cwd) } : ModelDataSource }),
    ...(AdditionalModelDataSources && {
      AdditionalModelDataSources: AdditionalModelDataSources.map((additional) =>
        additional.S3DataSource ? { ...additional, S3DataSource: locatedSource(additional.S3DataSource, cwd) } : additional,
      ),
    }),
  };
}

const locatedSource = (source: S3ModelDataSource, cwd: string): S3ModelDataSource =>
  source.S3Uri === undefined ? source : { ...source, S3Uri: toUri(source.S3Uri, cwd) };

function withCaptureLocated(config: CreateEndpointConfigInput, cwd: string): CreateEndpointConfigInput {
  const { DataCaptureConfig: capture } = config;
  if (capture?.DestinationS3Uri === undefined) return config;
  return { ...config, DataCaptureConfig: { ...capture, DestinationS3Uri: toUri(capture.DestinationS3Uri, cwd) } };
}
