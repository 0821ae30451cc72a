import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { fail } from '../../errors.ts';
import type { EngineAddress, FoundNetwork, Network, NetworkSpec, Networks } from '../engine.ts';
import { type Client, engineError, labelFilter, messageOf, removing, statusOf } from './client.ts';
import { kindOf } from './describe.ts';

export const dockerNetworks = (client: Client, address: EngineAddress): Networks => ({
  async create(spec) {
    try {
      if (spec.isolated) await refuseUnisolated(client, spec);
      return spec.fixedAddresses ? await createInFreeBlock(client, spec) : await create(client, spec);
    } catch (error) {
      throw engineError(error, `create the network ${spec.name}`, address);
    }
  },

  remove: (id) => removing('remove a network', address, () => client.getNetwork(id).remove()),

  async list(labels) {
    try {
      const found = await client.listNetworks({ filters: labelFilter(labels) });
      return found.map(({ Id, Labels }) => ({ id: Id, labels: Labels ?? {} }));
    } catch (error) {
      throw engineError(error, 'list networks', address);
    }
  },

  async find(network): Promise<FoundNetwork | undefined> {
    try {
      const { Id: id, Name: name } = (await client.getNetwork(network).inspect()) as Inspected;
      return { id, name };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw engineError(error, `look at the network ${network}`, address);
    }
  },

  async gateway(network) {
    try {
      const { IPAM } = (await client.getNetwork(network).inspect()) as Inspected;
      return (IPAM?.Config ?? []).map(({ Gateway, Subnet }) => Gateway ?? firstOf(Subnet)).find(isIPv4);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw engineError(error, `look at the network ${network}`, address);
    }
  },
});

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] | null };
}

/**
 * The first address of a block. An engine that has made its default bridge just now takes it, and does not say so before it is started again:
 * seen on 20.10.
 */
const firstOf = (subnet = ''): string => subnet.replace(/(\d+)\/\d+$/, (_, last: string) => String(Number(last) + 1));

async function create(client: Client, { name, labels, internal, isolated, subnet, gateway }: NetworkSpec): Promise<Network> {
  const { id } = await client.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Internal: internal || isolated || false,
    Labels: { ...labels },
    ...(isolated && { Options: { ...withoutHost } }),
    ...(subnet && { IPAM: { Driver: 'default', Config: [{ Subnet: subnet, ...(gateway && { Gateway: gateway }) }] } }),
  });
  return { id, ...(subnet && { subnet }) };
}

/**
 * The engine's machine gets no address in the network, so that nothing in it can route there. `internal` alone keeps a default route that
 * leads to every service of the machine. Tried on 20.10.
 */
const withoutHost = { 'com.docker.network.bridge.inhibit_ipv4': 'true' } as const;

/** podman does not know the option, and its internal networks reach its machine. */
async function refuseUnisolated(client: Client, { name }: NetworkSpec): Promise<void> {
  if (kindOf(await client.version()) !== 'podman') return;
  throw fail('EngineFailed', {
    action: `create the network ${name}`,
    message: 'podman cannot keep containers from reaching its machine, so network isolation would be a pretence',
  });
}

/**
 * Engines hand out fixed addresses only in a block that they were told, and refuse one that overlaps another network of theirs. 198.18.0.0/15
 * is set aside for benchmarks (RFC 2544), so that no network of a person's own is likely to be there; programs that use it themselves
 * sit below 198.19 or above 198.19.199 (OrbStack).
 */
async function createInFreeBlock(client: Client, spec: NetworkSpec): Promise<Network> {
  const first = randomInt(blocks);
  for (let step = 0; ; step += 1) {
    try {
      return await create(client, { ...spec, subnet: `198.19.${(first + step) % blocks}.0/24` });
    } catch (error) {
      if (step === blocks - 1 || !/overlaps|subnet .* already used/i.test(messageOf(error))) throw error;
    }
  }
}

const blocks = 200;
