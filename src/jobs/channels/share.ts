import type { Channel } from '@aws-sdk/client-sagemaker';
import { shardOf } from '../../contract/channel-hosts.ts';
import { objectOrder } from '../../contract/object-order.ts';
import type { ObjectsInput } from './input.ts';

/**
 * What a host's directory of a File or FastFile channel holds: all objects, or the host's share of them, which may be none.
 *
 * @param receiving the hosts that get the channel, this one among them
 */
export function shareOf(input: ObjectsInput, channel: Channel, host: string, receiving: readonly string[]): ObjectsInput {
  const shard = shardOf(channel, host, receiving);
  const seed = channel.ShuffleConfig?.Seed;
  if ((shard?.of ?? 1) === 1 && seed === undefined) return input;
  const order = objectOrder(input.objects.length, { epoch: 0, ...(seed !== undefined && { seed }), ...(shard && { shard }) });
  const objects = Array.from(order).flatMap((index) => input.objects[index] ?? []);
  if (objects.length === input.objects.length) return { ...input, objects };
  const { directory: _whole, ...rest } = input;
  return { ...rest, objects, bytes: objects.reduce((sum, { size }) => sum + size, 0) };
}
