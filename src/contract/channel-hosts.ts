import type { Channel } from '@aws-sdk/client-sagemaker';
import type { Ordering } from './object-order.ts';

/** A host and the instance group it is in. */
export interface GroupedHost {
  readonly host: string;
  readonly group: string;
}

/** The hosts that get a channel, in the order of `hosts`: all of them, or those of its `InstanceGroupNames`. */
export function receivingHosts({ DataSource }: Channel, hosts: readonly GroupedHost[]): readonly string[] {
  const groups = DataSource?.S3DataSource?.InstanceGroupNames ?? [];
  return hosts.filter(({ group }) => groups.length === 0 || groups.includes(group)).map(({ host }) => host);
}

/** This host's place among those that share out a channel's objects; undefined where each host gets all of them. */
export function shardOf({ DataSource }: Channel, host: string, receiving: readonly string[]): Ordering['shard'] {
  if (DataSource?.S3DataSource?.S3DataDistributionType !== 'ShardedByS3Key') return undefined;
  return { index: receiving.indexOf(host), of: receiving.length };
}
