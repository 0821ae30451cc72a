import assert from 'node:assert/strict';
import { localLocations } from '../../src/contract/local-locations.ts';

describe('places on this machine', () => {
  const channel = (S3Uri: string) => ({ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri } } });

  it('are found wherever the cloud has an S3 address', () => {
    const request = {
      InputDataConfig: [channel('s3://bucket/a'), channel('/etc'), channel('file:///etc')],
      OutputDataConfig: { S3OutputPath: 'file:///tmp/x' },
      CheckpointConfig: { S3Uri: '/tmp/y', LocalPath: '/opt/ml/checkpoints' },
    };
    assert.deepEqual(localLocations('CreateTrainingJob', request), [
      'InputDataConfig[1].DataSource.S3DataSource.S3Uri',
      'InputDataConfig[2].DataSource.S3DataSource.S3Uri',
      'OutputDataConfig.S3OutputPath',
      'CheckpointConfig.S3Uri',
    ]);
    const container = { ModelDataSource: { S3DataSource: { S3Uri: 'file:///root/' } } };
    assert.deepEqual(localLocations('CreateModel', { PrimaryContainer: { ModelDataUrl: '/root/m.tar.gz', ...container } }), [
      'PrimaryContainer.ModelDataUrl',
      'PrimaryContainer.ModelDataSource.S3DataSource.S3Uri',
    ]);
    const DataCaptureConfig = { DestinationS3Uri: 'file:///root/.ssh' };
    assert.deepEqual(localLocations('CreateEndpointConfig', { DataCaptureConfig }), ['DataCaptureConfig.DestinationS3Uri']);
  });

  it('are none in paths of containers, in variables, and in what is no request', () => {
    const request = {
      HyperParameters: { path: '/etc' },
      Environment: { S3Uri: 'file:///etc' },
      AlgorithmSpecification: { ContainerEntrypoint: ['/bin/sh'] },
    };
    assert.deepEqual(localLocations('CreateTrainingJob', request), []);
    for (const input of [null, 1, [], { OutputDataConfig: null }, { toString: '/etc' }])
      assert.deepEqual(localLocations('CreateTrainingJob', input), []);
  });
});
