import type { Channel } from '@aws-sdk/client-sagemaker';
import type { Ordering } from './object-order.ts';

/** This host's place among those that share out a channel's objects; undefined where each host gets all of them. */
export function shardOf({ DataSource }: Channel, host: string, receiving: readonly string[]): Ordering['shard'] {
  if (DataSource?.S3DataSource?.S3DataDistributionType !== 'ShardedByS3Key') return undefined;
  return { index: receiving.indexOf(host), of: receiving.length };
}
