import assert from 'node:assert/strict';
import type { Channel, S3DataSource } from '@aws-sdk/client-sagemaker';
import { receivingHosts, shardOf } from '../../src/contract/channel-hosts.ts';

const channel = (source: Partial<S3DataSource>): Channel => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/', ...source } },
});
const hosts = [
  { host: 'algo-1', group: 'cpu' },
  { host: 'algo-2', group: 'gpu' },
  { host: 'algo-3', group: 'gpu' },
];

describe('the hosts of a channel', () => {
  it('are all of them, or those of its instance groups', () => {
    assert.deepEqual(receivingHosts(channel({}), hosts), ['algo-1', 'algo-2', 'algo-3']);
    assert.deepEqual(receivingHosts(channel({ InstanceGroupNames: ['gpu'] }), hosts), ['algo-2', 'algo-3']);
    assert.deepEqual(receivingHosts(channel({ InstanceGroupNames: ['gpu', 'cpu'] }), hosts), ['algo-1', 'algo-2', 'algo-3']);
  });

  it('share out its objects only with ShardedByS3Key, among those that get it', () => {
    const sharded = channel({ S3DataDistributionType: 'ShardedByS3Key', InstanceGroupNames: ['gpu'] });
    assert.deepEqual(shardOf(sharded, 'algo-3', receivingHosts(sharded, hosts)), { index: 1, of: 2 });
    assert.equal(shardOf(channel({ S3DataDistributionType: 'FullyReplicated' }), 'algo-1', ['algo-1']), undefined);
    assert.equal(shardOf(channel({}), 'algo-1', ['algo-1']), undefined);
  });
});
