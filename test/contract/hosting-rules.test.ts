import assert from 'node:assert/strict';
import type { ContainerDefinition, CreateEndpointConfigInput, CreateModelInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { checkEndpointConfigRules, checkModelRules } from '../../src/contract/hosting-rules.ts';
import { isError } from '../../src/errors.ts';

const message = (act: () => void): string | undefined => {
  try {
    act();
  } catch (error) {
    assert.ok(isError(error, 'InvalidRequest'));
    assert.notEqual(error.remedy, '');
    return error.message;
  }
  return undefined;
};
const model = (request: Omit<CreateModelInput, 'ModelName'>) => message(() => checkModelRules({ ModelName: 'm', ...request }));
const primary = (container: ContainerDefinition) => model({ PrimaryContainer: { Image: 'i', ...container } });
const config = (request: Omit<CreateEndpointConfigInput, 'EndpointConfigName'>) =>
  message(() => checkEndpointConfigRules({ EndpointConfigName: 'c', ...request }));
const variant = (changes: Partial<ProductionVariant> = {}): ProductionVariant => ({
  VariantName: 'AllTraffic',
  ModelName: 'm',
  InstanceType: 'ml.m5.large',
  InitialInstanceCount: 1,
  ...changes,
});

describe('checkModelRules', () => {
  it('lets ordinary models through', () => {
    assert.equal(primary({ ModelDataUrl: 's3://b/m.tar.gz' }), undefined);
    assert.equal(model({ Containers: [{ Image: 'a' }, { Image: 'b' }] }), undefined);
    assert.equal(model({ PrimaryContainer: { ModelPackageName: 'p' }, Containers: [] }), undefined);
  });

  it('wants one of PrimaryContainer and Containers', () => {
    const text = 'A model must have exactly one of PrimaryContainer and Containers.';
    assert.equal(model({}), text);
    assert.equal(model({ PrimaryContainer: { Image: 'a' }, Containers: [{ Image: 'b' }] }), text);
  });

  it('wants an image, and one place for the model', () => {
    assert.equal(model({ PrimaryContainer: {} }), 'PrimaryContainer must have Image or ModelPackageName.');
    assert.equal(model({ Containers: [{ Image: 'a' }, {}] }), 'Containers[1] must have Image or ModelPackageName.');
    const S3DataSource = { S3Uri: 's3://b/p/', S3DataType: 'S3Prefix', CompressionType: 'None' } as const;
    assert.equal(primary({ ModelDataSource: { S3DataSource } }), undefined);
    assert.match(primary({ ModelDataUrl: 's3://b/m', ModelDataSource: { S3DataSource } }) ?? '', /cannot have both ModelDataUrl/);
    assert.match(primary({ ModelDataSource: { S3DataSource: { ...S3DataSource, S3Uri: 's3://b/p' } } }) ?? '', /must end in a slash/);
    assert.match(primary({ ModelDataSource: { S3DataSource: { ...S3DataSource, CompressionType: 'Gzip' } } }) ?? '', /cannot be combined/);
  });

  it('wants the same of additional sources, under different names, and no ModelDataSource for many models', () => {
    const S3DataSource = { S3Uri: 's3://b/p/', S3DataType: 'S3Prefix', CompressionType: 'None' } as const;
    const additional = (changes: object, ChannelName = 'one') => ({ ChannelName, S3DataSource: { ...S3DataSource, ...changes } });
    const sources = (...AdditionalModelDataSources: ReturnType<typeof additional>[]) => primary({ AdditionalModelDataSources }) ?? '';
    assert.equal(sources(additional({}), additional({}, 'two')), '');
    assert.match(sources(additional({ S3Uri: 's3://b/p' })), /^PrimaryContainer, model data source one: .*must end in a slash/);
    assert.match(sources(additional({ CompressionType: 'Gzip' })), /cannot be combined/);
    assert.match(sources(additional({}), additional({})), /the ChannelName one is there twice/);
    assert.match(primary({ Mode: 'MultiModel', ModelDataSource: { S3DataSource } }) ?? '', /cannot be used with Mode MultiModel/);
  });

  it('wants host names of all containers or of none, all different', () => {
    const named = (ContainerHostname?: string): ContainerDefinition => ({ Image: 'i', ...(ContainerHostname && { ContainerHostname }) });
    assert.equal(model({ Containers: [named('a'), named('b')] }), undefined);
    assert.match(model({ Containers: [named('a'), named()] }) ?? '', /^Every container must have a ContainerHostname when one of them/);
    assert.match(model({ Containers: [named('a'), named('a')] }) ?? '', /^Container host names must be unique: a /);
    assert.match(model({ Containers: [named(), named()], InferenceExecutionConfig: { Mode: 'Direct' } }) ?? '', /in Direct mode/);
  });

  it('allows 32 KB of environment in all, counted in bytes', () => {
    const Environment = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`K${index}`.padEnd(10, '_'), 'ä'.repeat(507)]));
    assert.equal(primary({ Environment }), undefined);
    const text = model({
      Containers: [
        { Image: 'a', Environment },
        { Image: 'b', Environment: { A: '1' } },
      ],
    });
    assert.equal(text, 'The environment variables of all containers have 32770 bytes; 32768 are allowed.');
  });
});

describe('checkEndpointConfigRules', () => {
  it('lets ordinary configurations through', () => {
    assert.equal(config({ ProductionVariants: [variant(), variant({ VariantName: 'B' })] }), undefined);
    const serverless = { VariantName: 'v', ModelName: 'm', ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } };
    assert.equal(config({ ProductionVariants: [serverless] }), undefined);
    assert.equal(config({ ProductionVariants: [variant()], ShadowProductionVariants: [variant({ VariantName: 'S' })] }), undefined);
  });

  it('wants different names', () => {
    assert.equal(config({ ProductionVariants: [variant(), variant()] }), 'Variant names must be unique: AllTraffic is there twice.');
  });

  it('wants one production variant beside one shadow', () => {
    const ProductionVariants = [variant(), variant({ VariantName: 'B' })];
    assert.match(
      config({ ProductionVariants, ShadowProductionVariants: [variant({ VariantName: 'S' })] }) ?? '',
      /exactly one production variant/,
    );
  });

  it('wants a model, except where inference components bring it', () => {
    const { ModelName: _, ...bare } = variant();
    assert.equal(config({ ProductionVariants: [bare] }), 'Variant AllTraffic must have a ModelName.');
    assert.equal(config({ ProductionVariants: [bare], ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r' }), undefined);
  });

  it('wants instances or ServerlessConfig, not both', () => {
    const ServerlessConfig = { MemorySizeInMB: 2048, MaxConcurrency: 5 };
    assert.match(config({ ProductionVariants: [variant({ ServerlessConfig })] }) ?? '', /both ServerlessConfig and instances/);
    assert.match(config({ ProductionVariants: [{ VariantName: 'v', ModelName: 'm' }] }) ?? '', /must have an InstanceType/);
  });

  it('wants no more provisioned than greatest concurrency', () => {
    const ServerlessConfig = { MemorySizeInMB: 2048, MaxConcurrency: 5, ProvisionedConcurrency: 6 };
    const text = config({ ProductionVariants: [{ VariantName: 'v', ModelName: 'm', ServerlessConfig }] });
    assert.match(text ?? '', /ProvisionedConcurrency of variant v cannot be greater/);
  });
});
