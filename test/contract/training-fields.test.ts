import assert from 'node:assert/strict';
import { violations } from '../../src/contract/validation.ts';
import { bounds, entries, type Fields, items, setField, testFields, text } from '../support/fields.ts';

const job = {
  TrainingJobName: 'iris-1',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'iris:latest', TrainingInputMode: 'File' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/' } } }],
};
const fileSystem = { FileSystemId: 'fs-01234567', FileSystemAccessMode: 'ro', FileSystemType: 'EFS', DirectoryPath: '/' };
const base = [
  ['InputDataConfig.0.DataSource.FileSystemDataSource', fileSystem],
  ['CheckpointConfig.S3Uri', 's3://bucket/checkpoints'],
  ['VpcConfig', { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] }],
  ['DebugHookConfig.S3OutputPath', 's3://bucket/debug'],
] as const;
const whole = base.reduce<unknown>((value, [path, content]) => setField(value, path, content), job);

/** The table of contract training §10.1, §7.1 and §2.1: what the service takes and what it refuses. */
const fields: Fields = {
  TrainingJobName: {
    good: ['a', 'A-1', 'a--b', text(63)],
    bad: ['', '-a', 'a-', 'a_b', 'a b', text(64)],
  },
  RoleArn: {
    good: ['arn:aws:iam::123456789012:role/x', 'arn:aws-cn:iam::123456789012:role/service-role/x'],
    bad: ['arn:aws:iam::1:role/xxxxxxx', 'role', `arn:aws:iam::123456789012:role/${text(2048)}`],
  },
  'OutputDataConfig.S3OutputPath': { good: ['s3://b', 's3://b/p', 'https://b/p'], bad: ['b/p', 'ftp://b/p', `s3://b/${text(1024)}`] },
  'OutputDataConfig.KmsKeyId': { good: ['', 'arn:aws:kms:us-east-1:1:key/a'], bad: ['a b', text(2049)] },
  'OutputDataConfig.CompressionType': { good: ['GZIP', 'NONE'], bad: ['gzip', ''] },
  'AlgorithmSpecification.TrainingImage': bounds(0, 255, text),
  'AlgorithmSpecification.AlgorithmName': { good: ['mine'], bad: ['', 'a/b/c', text(171)] },
  'AlgorithmSpecification.TrainingInputMode': { good: ['File', 'Pipe', 'FastFile'], bad: ['fastfile', undefined] },
  'AlgorithmSpecification.ContainerEntrypoint': bounds(1, 100, (count) => items(count, () => 'x')),
  'AlgorithmSpecification.ContainerArguments': bounds(1, 100, (count) => items(count, () => 'x')),
  'AlgorithmSpecification.ContainerArguments.0': bounds(0, 256, text),
  'AlgorithmSpecification.MetricDefinitions': bounds(0, 40, (count) => items(count, (index) => ({ Name: `m${index}`, Regex: 'x' }))),
  'AlgorithmSpecification.MetricDefinitions.0': {
    good: [{ Name: text(255), Regex: text(500) }],
    bad: [
      { Name: '', Regex: 'x' },
      { Name: text(256), Regex: 'x' },
      { Name: 'x', Regex: '' },
      { Name: 'x', Regex: text(501) },
      { Name: 'x' },
    ],
  },
  HyperParameters: {
    good: [entries(100), { [text(256)]: text(2500) }, { a: '' }],
    bad: [entries(101), { [text(257)]: 'x' }, { a: text(2501) }, { a: 1 }],
  },
  InputDataConfig: bounds(1, 20, (count) => items(count, () => job.InputDataConfig[0])),
  'InputDataConfig.0.ChannelName': { good: ['a.b-c_D9', text(64)], bad: ['', 'a b', 'ä', text(65), undefined] },
  'InputDataConfig.0.DataSource': { good: [], bad: [undefined, 's3://b/p'] },
  'InputDataConfig.0.DataSource.S3DataSource.S3DataType': {
    good: ['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'],
    bad: ['Prefix', undefined],
  },
  'InputDataConfig.0.DataSource.S3DataSource.S3Uri': { good: ['s3://b/p', '/data', 'file:///data'], bad: ['data', undefined] },
  'InputDataConfig.0.DataSource.S3DataSource.AttributeNames': bounds(0, 16, (count) => items(count, () => 'x')),
  'InputDataConfig.0.DataSource.S3DataSource.AttributeNames.0': bounds(1, 256, text),
  'InputDataConfig.0.DataSource.S3DataSource.InstanceGroupNames': bounds(0, 5, (count) => items(count, () => 'x')),
  'InputDataConfig.0.DataSource.FileSystemDataSource.FileSystemId': {
    good: ['fs-01234567', 'fs-0123456789abcdef01'],
    bad: ['fs-0123456', 'fs-0123456789abcdef012', 'sf-01234567', undefined],
  },
  'InputDataConfig.0.DataSource.FileSystemDataSource.FileSystemAccessMode': { good: ['rw', 'ro'], bad: ['r', undefined] },
  'InputDataConfig.0.DataSource.FileSystemDataSource.FileSystemType': { good: ['EFS', 'FSxLustre'], bad: ['NFS', undefined] },
  'InputDataConfig.0.DataSource.FileSystemDataSource.DirectoryPath': { good: ['/', text(4096)], bad: [text(4097), undefined] },
  'InputDataConfig.0.ContentType': bounds(0, 256, text),
  'InputDataConfig.0.CompressionType': { good: ['None', 'Gzip'], bad: ['gzip'] },
  'InputDataConfig.0.RecordWrapperType': { good: ['None', 'RecordIO'], bad: ['TFRecord'] },
  'InputDataConfig.0.InputMode': { good: ['File', 'Pipe', 'FastFile'], bad: ['file'] },
  'InputDataConfig.0.ShuffleConfig': { good: [{ Seed: 0 }, { Seed: -5 }, { Seed: 2 ** 40 }], bad: [{}, { Seed: 0.5 }, { Seed: '1' }] },
  'ResourceConfig.InstanceType': { good: ['ml.m5.large', 'ml.p4d.24xlarge'], bad: ['m5.large', 'ml.m5'] },
  'ResourceConfig.InstanceCount': { good: [1, 11], bad: [0, -1, '1', 1.5] },
  'ResourceConfig.VolumeSizeInGB': { good: [1, 16_384], bad: [0] },
  'ResourceConfig.VolumeKmsKeyId': { good: ['a'], bad: ['a b'] },
  'ResourceConfig.KeepAlivePeriodInSeconds': { good: [0, 21_600], bad: [-1, 21_601] },
  'ResourceConfig.InstanceGroups': bounds(0, 5, (count) =>
    items(count, (index) => ({ InstanceGroupName: `g${index}`, InstanceType: 'ml.m5.large', InstanceCount: 1 })),
  ),
  'ResourceConfig.InstanceGroups.0': {
    good: [{ InstanceGroupName: text(64), InstanceType: 'ml.m5.large', InstanceCount: 2 }],
    bad: [
      { InstanceGroupName: '', InstanceType: 'ml.m5.large', InstanceCount: 1 },
      { InstanceGroupName: text(65), InstanceType: 'ml.m5.large', InstanceCount: 1 },
      { InstanceGroupName: 'g', InstanceType: 'large', InstanceCount: 1 },
      { InstanceGroupName: 'g', InstanceType: 'ml.m5.large' },
    ],
  },
  'StoppingCondition.MaxRuntimeInSeconds': { good: [1, 2_419_200], bad: [0, 2_419_201] },
  'StoppingCondition.MaxWaitTimeInSeconds': { good: [1, 5_000_000], bad: [0] },
  'StoppingCondition.MaxPendingTimeInSeconds': { good: [7200, 2_419_200], bad: [7199, 2_419_201] },
  'RetryStrategy.MaximumRetryAttempts': { good: [1, 30], bad: [0, 31, undefined] },
  'VpcConfig.SecurityGroupIds': bounds(1, 5, (count) => items(count, () => 'sg-1')),
  'VpcConfig.Subnets': bounds(1, 16, (count) => items(count, () => 'subnet-1')),
  'VpcConfig.Subnets.0': { good: [text(32)], bad: [text(33), 'a_b'] },
  Tags: bounds(0, 50, (count) => items(count, (index) => ({ Key: `k${index}`, Value: '' }))),
  'Tags.0': {
    good: [
      { Key: text(128), Value: text(256) },
      { Key: 'größe', Value: 'a b' },
    ],
    bad: [{ Key: '', Value: '' }, { Key: text(129), Value: '' }, { Key: 'a', Value: text(257) }, { Key: 'a!', Value: '' }, { Key: 'a' }],
  },
  'CheckpointConfig.S3Uri': { good: ['s3://b/p'], bad: ['p', undefined] },
  'CheckpointConfig.LocalPath': bounds(0, 4096, text),
  Environment: {
    good: [entries(100), { [text(512)]: text(512) }, { _a: 'any\nthing ü' }],
    bad: [entries(101), { [text(513)]: 'x' }, { a: text(513) }, { '1a': 'x' }, { 'a-b': 'x' }],
  },
  DebugRuleConfigurations: bounds(0, 20, (count) => items(count, () => ({ RuleConfigurationName: 'r', RuleEvaluatorImage: 'i' }))),
  ProfilerRuleConfigurations: bounds(0, 20, (count) => items(count, () => ({ RuleConfigurationName: 'r', RuleEvaluatorImage: 'i' }))),
  'ProfilerConfig.ProfilingIntervalInMilliseconds': { good: [100, 200, 500, 1000, 5000, 60_000], bad: [0, 300] },
  'DebugHookConfig.CollectionConfigurations': bounds(0, 20, (count) => items(count, () => ({ CollectionName: 'c' }))),
  'DebugHookConfig.HookParameters': bounds(0, 20, entries),
  'ExperimentConfig.ExperimentName': { good: ['a-b', text(120)], bad: ['', 'a_b', text(121)] },
  'ExperimentConfig.TrialName': { good: ['a-b'], bad: ['-a'] },
  'AlgorithmSpecification.TrainingImageConfig': {
    good: [{ TrainingRepositoryAccessMode: 'Platform' }, { TrainingRepositoryAccessMode: 'Vpc' }],
    bad: [{ TrainingRepositoryAccessMode: 'vpc' }, {}],
  },
  'AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig.TrainingRepositoryCredentialsProviderArn': {
    good: ['arn:aws:lambda:us-east-1:123456789012:function:f'],
    bad: ['', 'arn:aws:lambda:us-east-1:1:function:f', undefined],
  },
};

describe('a field of CreateTrainingJob', () => {
  testFields('CreateTrainingJob', whole, fields);

  it('that is required is missed by name', () => {
    assert.deepEqual(
      violations('CreateTrainingJob', {}).map(({ path, constraint }) => `${path}: ${constraint}`),
      ['trainingJobName', 'algorithmSpecification', 'roleArn', 'outputDataConfig', 'resourceConfig'].map(
        (path) => `${path}: Member must not be null`,
      ),
    );
  });
});
