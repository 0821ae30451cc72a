import type { EngineAddress, Networks } from '../engine.ts';
import { type Client, engineError, labelFilter, removing } from './client.ts';

export const dockerNetworks = (client: Client, address: EngineAddress): Networks => ({
  async create({ name, labels, internal = false, subnet, gateway }) {
    const addresses = subnet !== undefined && {
      IPAM: { Config: [{ Subnet: subnet, ...(gateway !== undefined && { Gateway: gateway }) }] },
    };
    try {
      const { id } = await client.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Internal: internal,
        Labels: { ...labels },
        ...addresses,
      });
      return { id };
    } catch (error) {
      throw engineError(error, `create the network ${name}`, address);
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
});
