import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest, ResourceConfig } from '@aws-sdk/client-sagemaker';
import {
  channelsOf,
  hostsOf,
  resourceConfig,
  trainingCluster,
  trainingHostname,
  trainingHosts,
} from '../../src/contract/training-hosts.ts';

const place = { region: 'us-east-1', host: 'algo-1' };
const requestOf = (resources?: ResourceConfig): CreateTrainingJobRequest => ({
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  ...(resources && { ResourceConfig: resources }),
});
const many = (count: number) => requestOf({ InstanceType: 'ml.m5.large', InstanceCount: count, VolumeSizeInGB: 1 });
const grouped = requestOf({
  InstanceGroups: [
    { InstanceGroupName: 'cpu', InstanceType: 'ml.c5.2xlarge', InstanceCount: 3 },
    { InstanceGroupName: 'gpu', InstanceType: 'ml.p3.2xlarge', InstanceCount: 2 },
  ],
});

describe('the host name of a training job', () => {
  it('is that of an EC2 machine, not algo-1', () => {
    assert.match(trainingHostname('job', place), /^ip-10-0-\d{1,3}-\d{1,3}\.ec2\.internal$/);
  });

  it('names the region outside us-east-1', () => {
    assert.match(
      trainingHostname('job', { region: 'eu-west-1', host: 'algo-1' }),
      /^ip-10-0-\d{1,3}-\d{1,3}\.eu-west-1\.compute\.internal$/,
    );
  });

  it('is made of numbers that an address can have', () => {
    const names = Array.from({ length: 200 }, (_, index) => trainingHostname(`job-${index}`, place));
    const numbers = names.flatMap((name) => (/-(\d+)-(\d+)\./.exec(name) ?? []).slice(1).map(Number));
    assert.ok(numbers.length === 400 && numbers.every((number) => number < 256));
  });

  it('is the same in each run and different on each host', () => {
    const names = trainingHosts(many(9)).map(({ name }) => trainingHostname('job', { ...place, host: name }));
    assert.equal(new Set(names).size, 9);
    assert.equal(trainingHostname('job', place), names[0]);
  });
});

describe('the hosts of a training job', () => {
  it('are made in the order of their numbers', () => {
    const names = trainingHosts(many(11)).map(({ name }) => name);
    assert.deepEqual([names.length, names[0], names[1], names[9], names[10]], [11, 'algo-1', 'algo-2', 'algo-10', 'algo-11']);
  });

  it('are one where the request does not say', () => {
    assert.deepEqual(trainingHosts(requestOf()), [{ name: 'algo-1', group: 'homogeneousCluster', instanceType: 'ml.m5.large' }]);
  });

  it('are numbered through the groups in the order of the request', () => {
    assert.deepEqual(
      trainingHosts(grouped).map(({ name, group, instanceType }) => `${name} ${group} ${instanceType}`),
      [
        'algo-1 cpu ml.c5.2xlarge',
        'algo-2 cpu ml.c5.2xlarge',
        'algo-3 cpu ml.c5.2xlarge',
        'algo-4 gpu ml.p3.2xlarge',
        'algo-5 gpu ml.p3.2xlarge',
      ],
    );
  });

  it('lie elsewhere in the groups, and in another order, with a seed; with the same seed always in the same', () => {
    const orders = Array.from({ length: 20 }, (_, seed) => JSON.stringify(trainingCluster(grouped, seed)));
    assert.ok(new Set(orders).size > 10);
    assert.equal(JSON.stringify(trainingCluster(grouped, 7)), orders[7]);
    for (const order of orders) {
      const { hosts, groups } = JSON.parse(order) as ReturnType<typeof trainingCluster>;
      assert.deepEqual(
        hosts.map(({ name }) => name),
        ['algo-1', 'algo-2', 'algo-3', 'algo-4', 'algo-5'],
      );
      assert.deepEqual(
        groups.map(({ name, hosts: members }) => [name, members.length]),
        [
          ['cpu', 3],
          ['gpu', 2],
        ],
      );
      for (const { name, hosts: members } of groups) {
        assert.deepEqual(
          [...members].sort(),
          hosts
            .filter(({ group }) => group === name)
            .map((host) => host.name)
            .sort(),
        );
      }
    }
  });

  it('are told all names in the order of text, whatever the seed', () => {
    const cluster = trainingCluster(many(11), 3);
    const [first] = cluster.hosts;
    assert.ok(first);
    const { hosts } = resourceConfig(cluster, first) as { hosts: readonly string[] };
    assert.deepEqual(hosts.slice(0, 4), ['algo-1', 'algo-10', 'algo-11', 'algo-2']);
  });
});

describe('the channels of a host', () => {
  const channel = (ChannelName: string, InstanceGroupNames?: string[]) => ({
    ChannelName,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: 's3://b/p/', ...(InstanceGroupNames && { InstanceGroupNames }) },
    },
  });
  const request = {
    ...grouped,
    InputDataConfig: [channel('all'), channel('none-named', []), channel('cpu', ['cpu']), channel('both', ['gpu', 'cpu'])],
  };

  it('are those that name its group or no group at all', () => {
    const received = trainingHosts(request).map((host) => channelsOf(request, host).map(({ ChannelName }) => ChannelName));
    assert.deepEqual(received[0], ['all', 'none-named', 'cpu', 'both']);
    assert.deepEqual(received[4], ['all', 'none-named', 'both']);
    assert.deepEqual(
      hostsOf(trainingCluster(request), channel('gpu', ['gpu'])).map(({ name }) => name),
      ['algo-4', 'algo-5'],
    );
  });
});
