import type { EngineAddress, Volumes } from '../engine.ts';
import { type Client, engineError, labelFilter, removing } from './client.ts';

export const dockerVolumes = (client: Client, address: EngineAddress): Volumes => ({
  async create({ name, labels, mount }) {
    try {
      const options = mount && { type: mount.type, device: mount.device, o: mount.options };
      await client.createVolume({ Name: name, Labels: { ...labels }, ...(options && { DriverOpts: options }) });
      const { Mountpoint } = await client.getVolume(name).inspect();
      return { name, mountpoint: Mountpoint };
    } catch (error) {
      throw engineError(error, `create the volume ${name}`, address);
    }
  },

  remove: (name) => removing(`remove the volume ${name}`, address, () => client.getVolume(name).remove()),

  async list(labels) {
    try {
      const { Volumes: found } = await client.listVolumes({ filters: labelFilter(labels) });
      return (found ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
    } catch (error) {
      throw engineError(error, 'list volumes', address);
    }
  },
});
