import assert from 'node:assert/strict';
import type { Channel } from '@aws-sdk/client-sagemaker';
import type { ObjectsInput } from '../../../src/jobs/channels/input.ts';
import { shareOf } from '../../../src/jobs/channels/share.ts';

const input: ObjectsInput = {
  kind: 'objects',
  channel: 'train',
  mode: 'File',
  prefix: '/data/',
  directory: '/data',
  bytes: 6,
  objects: ['a', 'b', 'c'].map((name, index) => ({
    uri: `/data/${name}`,
    name,
    size: index + 1,
    content: { kind: 'file', path: `/data/${name}` },
  })),
};
const channel = (sharded: boolean, Seed?: number): Channel => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: '/data/', ...(sharded && { S3DataDistributionType: 'ShardedByS3Key' }) } },
  ...(Seed !== undefined && { ShuffleConfig: { Seed } }),
});
const hosts = ['algo-1', 'algo-2', 'algo-3', 'algo-4'];

describe('shareOf', () => {
  it('is everything where objects are not shared out, or among one host', () => {
    assert.equal(shareOf(input, channel(false), 'algo-2', hosts), input);
    assert.equal(shareOf(input, channel(true), 'algo-2', ['algo-2']), input);
  });

  it('is what is this host’s, no directory to be mounted whole any more, and nothing for the host that comes off empty', () => {
    const shares = hosts.map((host) => shareOf(input, channel(true), host, hosts));
    assert.deepEqual(
      shares.map(({ objects, bytes, directory }) => [objects.map(({ name }) => name).join(), bytes, directory]),
      [
        ['a', 1, undefined],
        ['b', 2, undefined],
        ['c', 3, undefined],
        ['', 0, undefined],
      ],
    );
  });

  it('shuffles what all hosts get once, and it can be mounted as before', () => {
    const shuffled = shareOf(input, channel(false, 3), 'algo-1', hosts);
    assert.deepEqual([shuffled.objects.map(({ name }) => name).sort(), shuffled.directory], [['a', 'b', 'c'], '/data']);
  });
});
