import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostingRequests } from '../../src/endpoints/serve.ts';
import { isError } from '../../src/errors.ts';
import { readHostingRequests } from '../../src/options/hosting-file.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a file of requests for endpoints', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const read = async (text: string, name = 'endpoint.yaml'): Promise<HostingRequests> => {
    await writeFile(join(root.path, name), text);
    return await readHostingRequests(name, root.path);
  };
  const refusal = async (text: string): Promise<string> => {
    const error = await read(text).catch((caught: unknown) => caught);
    assert.ok(isError(error, 'InvalidRequest'), String(error));
    return error.message;
  };

  it('of a model alone gets a configuration and an endpoint of its name', async () => {
    const { models, endpointConfigs, endpoints } = await read('CreateModel:\n  ModelName: iris\n  PrimaryContainer: {Image: iris}\n');
    assert.equal(models[0]?.ExecutionRoleArn, 'arn:aws:iam::000000000000:role/sm-local');
    assert.deepEqual(endpointConfigs, [
      {
        EndpointConfigName: 'iris',
        ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: 'iris', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
      },
    ]);
    assert.deepEqual(endpoints, [{ EndpointName: 'iris', EndpointConfigName: 'iris' }]);
  });

  it('may hold several of each, as JSON too', async () => {
    const variant = (name: string) => ({ VariantName: name, ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 2 });
    const requests = {
      CreateModel: ['a', 'b'].map((ModelName) => ({
        ModelName,
        PrimaryContainer: { Image: 'i' },
        ExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
      })),
      CreateEndpointConfig: { EndpointConfigName: 'both', ProductionVariants: [variant('a'), variant('b')] },
      CreateEndpoint: ['one', 'two'].map((EndpointName) => ({ EndpointName, EndpointConfigName: 'both' })),
    };
    const found = await read(JSON.stringify(requests), 'endpoint.json');
    assert.deepEqual(found.models, requests.CreateModel);
    assert.deepEqual(found.endpointConfigs, [requests.CreateEndpointConfig]);
    assert.deepEqual(found.endpoints, requests.CreateEndpoint);
  });

  it('may name what lies beside it', async () => {
    const { models, endpointConfigs } = await read(`
CreateModel:
  ModelName: m
  PrimaryContainer:
    Image: i
    ModelDataUrl: model.tar.gz
    AdditionalModelDataSources:
      - {ChannelName: more, S3DataSource: {S3Uri: ./more/, S3DataType: S3Prefix, CompressionType: None}}
CreateEndpointConfig:
  EndpointConfigName: c
  ProductionVariants: [{VariantName: v, ModelName: m, InstanceType: ml.m5.large, InitialInstanceCount: 1}]
  DataCaptureConfig: {InitialSamplingPercentage: 100, DestinationS3Uri: s3://bucket/capture, CaptureOptions: [{CaptureMode: Input}]}
`);
    const { ModelDataUrl, AdditionalModelDataSources } = models[0]?.PrimaryContainer ?? {};
    assert.equal(ModelDataUrl, `file://${root.path}/model.tar.gz`);
    assert.equal(AdditionalModelDataSources?.[0]?.S3DataSource?.S3Uri, `file://${root.path}/more/`);
    assert.equal(endpointConfigs[0]?.DataCaptureConfig?.DestinationS3Uri, 's3://bucket/capture');
  });

  it('may define alarms as CloudWatch does', async () => {
    const { alarms } = await read(`
CreateModel: {ModelName: m, PrimaryContainer: {Image: i}}
PutMetricAlarm:
  - AlarmName: errors
    MetricName: Invocation5XXErrors
    Dimensions: [{Name: EndpointName, Value: m}, {Name: VariantName, Value: AllTraffic}]
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
`);
    assert.deepEqual(
      alarms?.map(({ AlarmName, Threshold }) => [AlarmName, Threshold]),
      [['errors', 1]],
    );
    const wrong = 'CreateModel: {ModelName: m, PrimaryContainer: {Image: i}}\nPutMetricAlarm:\n  AlarmName: a\n  Period: 7\n';
    assert.match(await refusal(wrong), /^endpoint\.yaml:4:3: Period: 7 is no period\.$/m);
    assert.match(await refusal(wrong), /^endpoint\.yaml:2:1: MetricName is missing\.$/m);
  });

  it('that is wrong is refused with the place', async () => {
    assert.match(await refusal('CreateModels: {}\n'), /CreateModels is no operation/);
    assert.match(await refusal('- 1\n'), /holds no requests/);
    assert.match(await refusal('CreateModel:\n  - ModelName: m\n    PrimaryContainer:\n      Imag: i\n'), /^endpoint\.yaml:4:7: .*Imag/);
    assert.match(await refusal('CreateModel: []\n'), /nothing in it can be served/);
    assert.match(await refusal('CreateModel: [{ModelName: a}, {ModelName: b}]\n'), /several models and no configuration/);
    const { endpointConfigs } = await read('CreateModel: {ModelName: a}\nCreateEndpoint: {EndpointName: e, EndpointConfigName: none}\n');
    assert.deepEqual(endpointConfigs, []); // none is made up for a name that may be a slip
  });
});
