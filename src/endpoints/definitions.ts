import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  DescribeEndpointConfigOutput,
  DescribeModelOutput,
} from '@aws-sdk/client-sagemaker';
import { type ListDefaults, type ListPage, type ListRequest, listPage } from '../contract/listing.ts';
import { fail } from '../errors.ts';
import type { Catalogue } from './catalogue.ts';

/** What is kept of a model, or of an endpoint configuration: the request, which never changes. */
export interface Definition<R> {
  readonly name: string;
  readonly arn: string;
  /** ISO 8601. */
  readonly creationTime: string;
  readonly request: R;
}

export type ModelRecord = Definition<CreateModelInput>;
export type EndpointConfigRecord = Definition<CreateEndpointConfigInput>;

/**
 * DescribeModel's answer. It never shows tags. What the request left out is left out here too, since clients send what they got once more, and
 * the service's answers without a VpcConfig or a container have none.
 */
export function describeModel({ arn, creationTime, request: { Tags: _tags, ...model } }: ModelRecord): DescribeModelOutput {
  return { ...model, ModelName: model.ModelName ?? '', ModelArn: arn, CreationTime: new Date(creationTime) } as DescribeModelOutput;
}

/** DescribeEndpointConfig's answer; the SDK's `update_endpoint` sends its sections once more, so what is absent stays absent. */
export function describeEndpointConfig({
  arn,
  creationTime,
  request: { Tags: _tags, ...config },
}: EndpointConfigRecord): DescribeEndpointConfigOutput {
  return { ...config, EndpointConfigArn: arn, CreationTime: new Date(creationTime) } as DescribeEndpointConfigOutput;
}

export interface DefinitionsOptions<R> {
  /** As AWS calls one of them in its errors. */
  readonly what: 'model' | 'endpoint configuration';
  readonly catalogue: Catalogue<Definition<R>>;
  readonly arnOf: (name: string) => string;
  readonly now: () => Date;
}

/** All models, or all endpoint configurations, of an account in a region. */
export class Definitions<R> {
  readonly #options: DefinitionsOptions<R>;

  constructor(options: DefinitionsOptions<R>) {
    this.#options = options;
  }

  /** Its ARN. `request` has been checked. Errors: AlreadyExists, DiskTrouble. */
  async create(name: string, request: R): Promise<string> {
    const { catalogue, arnOf, now, what } = this.#options;
    const arn = arnOf(name);
    await catalogue.create(name, { name, arn, creationTime: now().toISOString(), request }, alreadyExisting(what, arn));
    return arn;
  }

  /** Errors: InvalidRequest for one that is not there, DiskTrouble, RecordBroken. */
  async find(name = ''): Promise<Definition<R>> {
    const { catalogue, arnOf, what } = this.#options;
    const found = await catalogue.read(name);
    if (!found) throw missing(what, arnOf(name));
    return found;
  }

  /** Errors: InvalidRequest for a token of another list, DiskTrouble. */
  async page(request: ListRequest): Promise<ListPage<Definition<R>>> {
    const all = (await this.#options.catalogue.list()).map((definition) => {
      const time = new Date(definition.creationTime);
      return { definition, name: definition.name, creationTime: time, modifiedTime: time };
    });
    const { items, ...rest } = listPage(all, request, latestFirst);
    return { items: items.map(({ definition }) => definition), ...rest };
  }

  /** Errors: InvalidRequest for one that is not there, DiskTrouble. */
  async delete(name = ''): Promise<void> {
    const { catalogue, arnOf, what } = this.#options;
    if (!(await catalogue.remove(name))) throw missing(what, arnOf(name));
  }
}

/** API Reference, ListModels, ListEndpointConfigs, ListEndpoints: "The default is CreationTime", "The default is Descending". */
export const latestFirst: ListDefaults = { sortBy: 'CreationTime', sortOrder: 'Descending' };

/** Sources: contract control-plane §7. */
export const missing = (what: string, arn: string): Error =>
  fail('InvalidRequest', { message: `Could not find ${what} "${arn}".`, remedy: 'Check the name, or create it first.' });

export const alreadyExisting = (what: string, arn: string): string => `Cannot create already existing ${what} "${arn}".`;
