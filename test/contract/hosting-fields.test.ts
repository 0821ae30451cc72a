import assert from 'node:assert/strict';
import { violations } from '../../src/contract/validation.ts';
import { bounds, entries, items, testFields, text } from '../support/fields.ts';

/** Contract hosting §1, §4, §15 and §17: what the service takes and what it refuses. */
const name = { good: ['a', 'A-1', text(63)], bad: ['-a', 'a_b', 'a b', text(64)] };

describe('a field of CreateModel', () => {
  const source = { S3DataSource: { S3Uri: 's3://b/p/', S3DataType: 'S3Prefix', CompressionType: 'None' } };
  const container = { Image: 'iris:latest', AdditionalModelDataSources: [{ ChannelName: 'base', ...source }] };
  const role = 'arn:aws:iam::000000000000:role/sm-local';
  testFields(
    'CreateModel',
    { ModelName: 'iris', ExecutionRoleArn: role, PrimaryContainer: container },
    {
      ModelName: name,
      'PrimaryContainer.Image': { good: ['i', text(255)], bad: ['', 'a b', text(256)] },
      'PrimaryContainer.ModelDataUrl': { good: ['s3://b/model.tar.gz'], bad: ['model.tar.gz', `s3://b/${text(1024)}`] },
      'PrimaryContainer.ContainerHostname': { good: [text(63)], bad: ['a_b', text(64)] },
      'PrimaryContainer.Mode': { good: ['SingleModel', 'MultiModel'], bad: ['Single'] },
      'PrimaryContainer.Environment': {
        good: [entries(100), { [text(1024)]: text(1024) }, { _a: '' }],
        bad: [entries(101), { [text(1025)]: 'x' }, { a: text(1025) }, { '1a': 'x' }, { 'a-b': 'x' }],
      },
      'PrimaryContainer.AdditionalModelDataSources': bounds(0, 5, (count) =>
        items(count, (index) => ({ ChannelName: `c${index}`, ...source })),
      ),
      'PrimaryContainer.AdditionalModelDataSources.0.ChannelName': { good: ['a.b-c_D9', text(64)], bad: ['', 'a/b', text(65), undefined] },
      'PrimaryContainer.AdditionalModelDataSources.0.S3DataSource.S3DataType': {
        good: ['S3Prefix', 'S3Object'],
        bad: ['Prefix', undefined],
      },
      'PrimaryContainer.AdditionalModelDataSources.0.S3DataSource.CompressionType': {
        good: ['None', 'Gzip'],
        bad: ['none', undefined],
      },
      Containers: bounds(0, 15, (count) => items(count, () => ({ Image: 'i' }))),
    },
  );
});

describe('a field of CreateEndpointConfig', () => {
  const variant = { VariantName: 'blue', ModelName: 'iris', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
  const capture = {
    InitialSamplingPercentage: 100,
    DestinationS3Uri: 's3://b/captured',
    CaptureOptions: [{ CaptureMode: 'Input' }],
    CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'] },
  };
  testFields(
    'CreateEndpointConfig',
    { EndpointConfigName: 'iris', ProductionVariants: [variant], DataCaptureConfig: capture },
    {
      EndpointConfigName: name,
      ProductionVariants: bounds(1, 10, (count) => items(count, (index) => ({ ...variant, VariantName: `v${index}` }))),
      'ProductionVariants.0.VariantName': name,
      'ProductionVariants.0.InitialInstanceCount': { good: [1, 100], bad: [0, 1.5] },
      'ProductionVariants.0.InitialVariantWeight': { good: [0, 0.5, 10], bad: [-1, '1'] },
      'ProductionVariants.0.InstanceType': { good: ['ml.m5.large', 'ml.g5.xlarge'], bad: ['m5.large'] },
      'ProductionVariants.0.VolumeSizeInGB': { good: [1, 512], bad: [0, 513] },
      'ProductionVariants.0.ModelDataDownloadTimeoutInSeconds': { good: [60, 3600], bad: [59, 3601] },
      'ProductionVariants.0.ContainerStartupHealthCheckTimeoutInSeconds': { good: [60, 3600], bad: [59, 3601] },
      'ProductionVariants.0.VariantInstanceProvisionTimeoutInSeconds': { good: [300, 3600], bad: [299, 3601] },
      'ProductionVariants.0.RoutingConfig.RoutingStrategy': { good: ['RANDOM', 'LEAST_OUTSTANDING_REQUESTS'], bad: ['random'] },
      'DataCaptureConfig.InitialSamplingPercentage': { good: [0, 100], bad: [-1, 101, undefined] },
      'DataCaptureConfig.DestinationS3Uri': { good: ['s3://b/p'], bad: [`s3://b/${text(512)}`, undefined] },
      'DataCaptureConfig.CaptureOptions': bounds(1, 32, (count) => items(count, () => ({ CaptureMode: 'Input' }))),
      'DataCaptureConfig.CaptureOptions.0.CaptureMode': { good: ['Input', 'Output', 'InputAndOutput'], bad: ['input'] },
      'DataCaptureConfig.CaptureContentTypeHeader.CsvContentTypes': bounds(1, 10, (count) => items(count, () => 'text/csv')),
    },
  );
});

describe('a field of CreateEndpoint', () => {
  testFields('CreateEndpoint', { EndpointName: 'iris', EndpointConfigName: 'iris' }, { EndpointName: name, EndpointConfigName: name });

  it('that is required is missed by name', () => {
    assert.deepEqual(
      violations('CreateEndpoint', {}).map(({ path, constraint }) => `${path}: ${constraint}`),
      ['endpointName: Member must not be null', 'endpointConfigName: Member must not be null'],
    );
  });
});

describe('a field of UpdateEndpoint', () => {
  const guarded = (policy: object) => ({ EndpointName: 'iris', EndpointConfigName: 'iris', DeploymentConfig: policy });
  const size = { Type: 'INSTANCE_COUNT', Value: 1 };
  testFields(
    'UpdateEndpoint',
    guarded({
      BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'CANARY', WaitIntervalInSeconds: 0, CanarySize: size } },
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }] },
    }),
    {
      'DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type': {
        good: ['ALL_AT_ONCE', 'CANARY', 'LINEAR'],
        bad: ['canary', undefined],
      },
      'DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.WaitIntervalInSeconds': { good: [0, 3600], bad: [-1, 3601] },
      'DeploymentConfig.BlueGreenUpdatePolicy.TerminationWaitInSeconds': { good: [0, 3600], bad: [3601] },
      'DeploymentConfig.BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds': { good: [600, 28_800], bad: [599, 28_801] },
      'DeploymentConfig.AutoRollbackConfiguration.Alarms': bounds(1, 10, (count) => items(count, () => ({ AlarmName: 'a' }))),
    },
  );
});
