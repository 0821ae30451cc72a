import assert from 'node:assert/strict';
import type { Channel, S3DataSource } from '@aws-sdk/client-sagemaker';
import { shardOf } from '../../src/contract/channel-hosts.ts';

const channel = (source: Partial<S3DataSource>): Channel => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/', ...source } },
});

describe('the hosts of a channel', () => {
  it('share out its objects only with ShardedByS3Key, among those that get it', () => {
    const sharded = channel({ S3DataDistributionType: 'ShardedByS3Key' });
    assert.deepEqual(shardOf(sharded, 'algo-3', ['algo-2', 'algo-3']), { index: 1, of: 2 });
    assert.equal(shardOf(channel({ S3DataDistributionType: 'FullyReplicated' }), 'algo-1', ['algo-1']), undefined);
    assert.equal(shardOf(channel({}), 'algo-1', ['algo-1']), undefined);
  });
});
