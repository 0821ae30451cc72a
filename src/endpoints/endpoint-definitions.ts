import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  DeleteEndpointConfigInput,
  DeleteModelInput,
  DescribeEndpointConfigInput,
  DescribeEndpointConfigOutput,
  DescribeModelInput,
  DescribeModelOutput,
  ListEndpointConfigsInput,
  ListEndpointConfigsOutput,
  ListModelsInput,
  ListModelsOutput,
} from '@aws-sdk/client-sagemaker';
import { hostingMembersWithoutEffect, refuseUnsupported } from '../contract/hosting-members.ts';
import { checkEndpointConfigRules, checkModelRules } from '../contract/hosting-rules.ts';
import { endpointConfigArn, modelArn } from '../contract/names.ts';
import { checkTags } from '../contract/tags.ts';
import { validateRequest } from '../contract/validation.ts';
import type { Emulator } from '../emulator.ts';
import { MemoryCatalogue, RecordCatalogue } from './catalogue.ts';
import { Definitions, describeEndpointConfig, describeModel } from './definitions.ts';

export interface EndpointDefinitionsOptions {
  /** They are on the disk, for the next process too; else they go with this one. */
  readonly isLasting: boolean;
  readonly warn: (message: string) => void;
}

/** The models and endpoint configurations of an account in a region: what SageMaker's operations on them do, checked as it checks them. */
export class EndpointDefinitions {
  readonly #models: Definitions<CreateModelInput>;
  readonly #configs: Definitions<CreateEndpointConfigInput>;
  protected readonly warn: EndpointDefinitionsOptions['warn'];

  constructor({ region, account, now, models, endpointConfigs }: Emulator, { isLasting, warn }: EndpointDefinitionsOptions) {
    this.warn = warn;
    this.#models = new Definitions({
      what: 'model',
      catalogue: isLasting ? new RecordCatalogue(models) : new MemoryCatalogue(),
      arnOf: (name) => modelArn(region, account, name),
      now,
    });
    this.#configs = new Definitions({
      what: 'endpoint configuration',
      catalogue: isLasting ? new RecordCatalogue(endpointConfigs) : new MemoryCatalogue(),
      arnOf: (name) => endpointConfigArn(region, account, name),
      now,
    });
  }

  /** Its ARN. Errors: InvalidRequest, AlreadyExists, DiskTrouble. */
  async createModel(request: CreateModelInput): Promise<string> {
    validateRequest('CreateModel', request);
    checkModelRules(request);
    checkTags(request.Tags ?? []);
    refuseUnsupported('CreateModelInput', request);
    this.#warnOfStored('CreateModel', hostingMembersWithoutEffect('CreateModelInput', request));
    return await this.#models.create(request.ModelName ?? '', request);
  }

  /** Errors: InvalidRequest, also for one that is not there; DiskTrouble, RecordBroken. */
  async describeModel(request: DescribeModelInput): Promise<DescribeModelOutput> {
    validateRequest('DescribeModel', request);
    return describeModel(await this.#models.find(request.ModelName));
  }

  /** Errors: InvalidRequest, DiskTrouble. */
  async listModels(request: ListModelsInput): Promise<ListModelsOutput> {
    validateRequest('ListModels', request);
    const { items, ...rest } = await this.#models.page(request);
    const Models = items.map(({ name, arn, creationTime }) => ({ ModelName: name, ModelArn: arn, CreationTime: new Date(creationTime) }));
    return { Models, ...rest };
  }

  /** Endpoint configurations that name it, and what serves, keep it. Errors: InvalidRequest, also for one that is not there; DiskTrouble. */
  async deleteModel(request: DeleteModelInput): Promise<void> {
    validateRequest('DeleteModel', request);
    await this.#models.delete(request.ModelName);
  }

  /** Its ARN. Errors: InvalidRequest, also for a model that is not there; AlreadyExists, DiskTrouble. */
  async createEndpointConfig(request: CreateEndpointConfigInput): Promise<string> {
    validateRequest('CreateEndpointConfig', request);
    checkEndpointConfigRules(request);
    checkTags(request.Tags ?? []);
    refuseUnsupported('CreateEndpointConfigInput', request);
    this.#warnOfStored('CreateEndpointConfig', hostingMembersWithoutEffect('CreateEndpointConfigInput', request));
    await this.modelsOf(request);
    return await this.#configs.create(request.EndpointConfigName ?? '', request);
  }

  /** Errors: InvalidRequest, also for one that is not there; DiskTrouble, RecordBroken. */
  async describeEndpointConfig(request: DescribeEndpointConfigInput): Promise<DescribeEndpointConfigOutput> {
    validateRequest('DescribeEndpointConfig', request);
    return describeEndpointConfig(await this.#configs.find(request.EndpointConfigName));
  }

  /** Errors: InvalidRequest, DiskTrouble. */
  async listEndpointConfigs(request: ListEndpointConfigsInput): Promise<ListEndpointConfigsOutput> {
    validateRequest('ListEndpointConfigs', request);
    const { items, ...rest } = await this.#configs.page(request);
    const EndpointConfigs = items.map(({ name, arn, creationTime }) => ({
      EndpointConfigName: name,
      EndpointConfigArn: arn,
      CreationTime: new Date(creationTime),
    }));
    return { EndpointConfigs, ...rest };
  }

  /** Its endpoints keep what they have of it. Errors: InvalidRequest, also for one that is not there; DiskTrouble. */
  async deleteEndpointConfig(request: DeleteEndpointConfigInput): Promise<void> {
    validateRequest('DeleteEndpointConfig', request);
    await this.#configs.delete(request.EndpointConfigName);
  }

  /** Errors: InvalidRequest for one that is not there. */
  protected async config(name: string | undefined): Promise<CreateEndpointConfigInput> {
    return (await this.#configs.find(name)).request;
  }

  /** Those that a configuration names, each once. Errors: InvalidRequest for one that is not there. */
  protected async modelsOf({
    ProductionVariants,
    ShadowProductionVariants,
  }: CreateEndpointConfigInput): Promise<readonly CreateModelInput[]> {
    const names = [...(ProductionVariants ?? []), ...(ShadowProductionVariants ?? [])].map(({ ModelName }) => ModelName);
    return await Promise.all([...new Set(names)].map(async (name) => (await this.#models.find(name)).request));
  }

  #warnOfStored(operation: string, members: readonly string[]): void {
    if (members.length > 0) this.warn(`Stored, but without effect here (${operation}): ${members.join(', ')}.`);
  }
}
