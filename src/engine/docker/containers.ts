import { createReadStream } from 'node:fs';
import { fail, isError } from '../../errors.ts';
import { trace } from '../../trace.ts';
import type { Containers, EngineAddress, JoinedNetwork } from '../engine.ts';
import { type Client, type CreateOptions, engineError, labelFilter, messageOf, removing, statusOf } from './client.ts';
import { DockerContainer, RunningContainer, removeWholly } from './container.ts';
import { containerOptions } from './container-options.ts';
import { watchRunning } from './exit-watch.ts';
import { publishedOn } from './reach.ts';

export const dockerContainers = (client: Client, address: EngineAddress): Containers => {
  const open = async (id: string): Promise<RunningContainer | undefined> => {
    try {
      await client.getContainer(id).inspect(); // the engine answers when a start that is under way is done
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw engineError(error, `inspect the container ${id}`, address);
    }
    return new RunningContainer(client, address, id, watchRunning(client, address, id));
  };
  const madeBefore = (id: string): DockerContainer =>
    new DockerContainer(client, address, id, { image: '', command: [], environment: {}, labels: {}, mounts: [] });
  return {
    open,

    async ensureStarted(id) {
      const container = await open(id);
      if (!container || (await container.inspect()).started) return container;
      try {
        return await madeBefore(id).start();
      } catch (error) {
        // Whoever asked for it before has died, and the engine did it all the same.
        if (isError(error) && statusOf(error.cause) === 304) return await open(id);
        throw error;
      }
    },

    startAgain: (id) => madeBefore(id).start(),

    async create(spec) {
      try {
        const { name, ...body } = containerOptions(spec, publishedOn(address));
        // Its types do not know this form; in the other one it sends all of the body a second time, in the address.
        const { id } = await client.createContainer({ _query: { ...(name && { name }) }, _body: body } as CreateOptions);
        const container = new DockerContainer(client, address, id, spec);
        trace(
          () => `container ${id.slice(0, 12)} created, with ${(spec.mounts ?? []).map(({ target }) => target).join(', ') || 'no mounts'}`,
        );
        await completed(container, async () => {
          if (spec.networks) await joinNetworks(client, container, spec.networks);
          for (const patch of spec.patches ?? []) await container.putArchive('/', createReadStream(patch));
        });
        return container;
      } catch (error) {
        if (statusOf(error) === 404 && /no such image/i.test(messageOf(error))) {
          throw fail('ImageNotFound', { image: spec.image, why: messageOf(error) }, error);
        }
        throw engineError(error, 'create a container', address);
      }
    },

    async list(labels) {
      try {
        const found = await client.listContainers({ all: true, filters: labelFilter(labels) });
        return found.map(({ Id, ImageID, Labels, State }) => ({ id: Id, image: ImageID, labels: Labels, state: State }));
      } catch (error) {
        throw engineError(error, 'list containers', address);
      }
    },

    remove: (id) => removing(`remove the container ${id}`, address, () => removeWholly(client, id)),
  };
};

/** A container that does not become what was asked for is not left. */
async function completed(container: DockerContainer, complete: () => Promise<void>): Promise<void> {
  try {
    await complete();
  } catch (error) {
    await container.remove().catch(() => {}); // why it is not complete is the news
    throw error;
  }
}

/** One by one before the start, as engines before 25 take a single network at the creation. */
async function joinNetworks(client: Client, container: DockerContainer, networks: readonly JoinedNetwork[]): Promise<void> {
  for (const { network, aliases } of networks) {
    const EndpointConfig = aliases && { Aliases: [...aliases] };
    await client.getNetwork(network).connect({ Container: container.id, ...(EndpointConfig && { EndpointConfig }) });
  }
}
