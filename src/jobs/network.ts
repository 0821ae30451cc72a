import type { ContainerSpec, Engine, JoinedNetwork, Labels } from '../engine/engine.ts';
import type { Scope } from '../scope.ts';

/** How the hosts of a job reach each other and the world: `isolated` ones reach each other only. */
export type NetworkPlan = 'bridge' | 'own' | 'isolated';

/** What a host's container is told of its network. */
export type HostNetwork = Required<Pick<ContainerSpec, 'network' | 'extraHosts'>> & Pick<ContainerSpec, 'address' | 'aliases' | 'networks'>;

export interface NetworkSetting {
  readonly engine: Engine;
  /** Unique among everything in the engine. */
  readonly name: string;
  readonly labels: Labels;
  /** Those of the user's that hosts which may reach the world join besides. */
  readonly joined?: readonly JoinedNetwork[] | undefined;
  /** What hosts find in their hosts file besides. */
  readonly extraHosts?: Readonly<Record<string, string>> | undefined;
  /** Owns what is made here. */
  readonly scope: Scope;
}

/** One host that may reach the world needs no network of its own, which would cost as much as the job. */
export const planNetwork = (hosts: readonly string[], isIsolated: boolean): NetworkPlan =>
  isIsolated ? 'isolated' : hosts.length > 1 ? 'own' : 'bridge';

/**
 * Makes the network and says what each host is told. Hosts find each other by name before the first line of user code: an engine's name
 * service knows a container only once that has started, so every host has a fixed address, and all of them stand in its hosts file.
 * Errors: EngineFailed.
 */
export async function openNetwork(
  plan: NetworkPlan,
  hosts: readonly string[],
  setting: NetworkSetting,
): Promise<(host: string) => HostNetwork> {
  const { engine, name, labels, extraHosts, scope } = setting;
  const joining = setting.joined && plan !== 'isolated' ? { networks: setting.joined } : {};
  // The only host of a job finds itself by name on the default bridge, which has no name service.
  if (plan === 'bridge') return (host) => ({ network: 'bridge', extraHosts: { ...extraHosts, [host]: '127.0.0.1' }, ...joining });
  const { id, subnet = '' } = await engine.networks.create({ name, labels, fixedAddresses: true, isolated: plan === 'isolated' });
  scope.defer(() => engine.networks.remove(id));
  const block = subnet.slice(0, subnet.lastIndexOf('.'));
  const addresses = new Map(hosts.map((host, index) => [host, `${block}.${index + firstAddress}`]));
  return (host) => ({
    network: id,
    aliases: [host],
    ...withAddress(addresses.get(host)),
    extraHosts: { ...extraHosts, ...Object.fromEntries(addresses) },
    ...joining,
  });
}

const withAddress = (address: string | undefined) => (address === undefined ? {} : { address });

/** The first is the engine's own. */
const firstAddress = 10;
