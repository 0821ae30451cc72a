import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { contractDefaults } from './names.ts';
import { shuffled } from './seeded-order.ts';

/** One host of a job: its name in the job's network, and the instances it is one of. */
export interface TrainingHost {
  /** `algo-1`, `algo-2`, … */
  readonly name: string;
  readonly group: string;
  readonly instanceType: string;
}

/** All hosts of a job, and how they are grouped. */
export interface TrainingCluster {
  /** In the order of their numbers, which is the order in which containers are made. */
  readonly hosts: readonly TrainingHost[];
  /** In the order of the request; `hosts` as resourceconfig.json lists them. */
  readonly groups: readonly { readonly name: string; readonly instanceType: string; readonly hosts: readonly string[] }[];
}

/** The only group of a job whose request names none. Source: published resourceconfig.json files. */
const homogeneousGroup = 'homogeneousCluster';

/**
 * Numbers go through the groups as the request lists them, and names in a group are sorted. In the cloud both are open ("Train Using a
 * Heterogeneous Cluster" shows a first group that holds algo-2, and one that lists algo-3 before algo-1): `shuffleSeed` gives another
 * order, for programs that must not depend on it.
 */
export function trainingCluster(request: CreateTrainingJobRequest, shuffleSeed?: number): TrainingCluster {
  const mixed = <T>(items: readonly T[]): readonly T[] => (shuffleSeed === undefined ? items : shuffled(items, shuffleSeed));
  const groups = groupsOf(request);
  const places = groups.flatMap(({ name, instanceType, count }) => Array.from({ length: count }, () => ({ group: name, instanceType })));
  const hosts = mixed(places).map((place, index) => ({ name: `algo-${index + 1}`, ...place }));
  return {
    hosts,
    groups: groups.map(({ name, instanceType }) => ({
      name,
      instanceType,
      hosts: mixed(sortedNames(hosts.filter(({ group }) => group === name))),
    })),
  };
}

export const trainingHosts = (request: CreateTrainingJobRequest): readonly TrainingHost[] => trainingCluster(request).hosts;

/** The channels that a host gets: all but those that name other instance groups. Source: API Reference, S3DataSource. */
export const channelsOf = (request: CreateTrainingJobRequest, host: TrainingHost): readonly Channel[] =>
  (request.InputDataConfig ?? []).filter((channel) => receives(host, channel));

/** The hosts that get a channel; a sharded one is shared out among them alone (inferred). */
export const hostsOf = ({ hosts }: TrainingCluster, channel: Channel): readonly TrainingHost[] =>
  hosts.filter((host) => receives(host, channel));

function receives({ group }: TrainingHost, { DataSource }: Channel): boolean {
  const groups = DataSource?.S3DataSource?.InstanceGroupNames ?? [];
  return groups.length === 0 || groups.includes(group);
}

/**
 * What resourceconfig.json says to one host. Source: "How Amazon SageMaker Provides Training Information"; keys and their order from
 * published files.
 */
export const resourceConfig = ({ hosts, groups }: TrainingCluster, current: TrainingHost): object => ({
  current_host: current.name,
  current_instance_type: current.instanceType,
  current_group_name: current.group,
  hosts: sortedNames(hosts),
  instance_groups: groups.map((group) => ({
    instance_group_name: group.name,
    instance_type: group.instanceType,
    hosts: group.hosts,
  })),
  network_interface_name: 'eth0',
  topology: null,
});

/** The cloud sorts names as text: algo-10 before algo-2. */
const sortedNames = (hosts: readonly TrainingHost[]): readonly string[] => hosts.map(({ name }) => name).sort();

interface Group {
  readonly name: string;
  readonly instanceType: string;
  readonly count: number;
}

function groupsOf({ ResourceConfig }: CreateTrainingJobRequest): readonly Group[] {
  const { InstanceGroups, InstanceType = contractDefaults.instanceType, InstanceCount = 1 } = ResourceConfig ?? {};
  if (!InstanceGroups?.length) return [{ name: homogeneousGroup, instanceType: InstanceType, count: InstanceCount }];
  return InstanceGroups.map((group) => ({
    name: group.InstanceGroupName ?? '',
    instanceType: group.InstanceType ?? '',
    count: group.InstanceCount ?? 0,
  }));
}

/**
 * The host name: an EC2 private DNS name, not `algo-1`, as in every published environment. Derived from the job's name and the host, so
 * that a run can be repeated exactly.
 */
export function trainingHostname(jobName: string, { region, host }: { readonly region: string; readonly host: string }): string {
  const hash = fnv1a(`${jobName}/${host}`);
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-10-0-${(hash >>> 8) & 255}-${hash & 255}.${domain}`;
}

/** FNV-1a, 32 bit: a short, well-known hash; nothing depends on its strength. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
