import type { Readable } from 'node:stream';
import { type DockerConfig, type DockerSurroundings, readDockerConfig, thisProcess } from '../docker-config.ts';
import type { ContainerEvent, Engine, EngineAddress, EngineDescription, Labels } from '../engine.ts';
import { proxiesFor } from '../proxies.ts';
import { type Client, connect, disconnect, engineError, labelFilter, openStream } from './client.ts';
import { dockerContainers } from './containers.ts';
import { describe } from './describe.ts';
import { dockerImages } from './images.ts';
import { dockerNetworks } from './networks.ts';
import { reachPort } from './reach.ts';
import { readRecords } from './records.ts';
import { dockerVolumes } from './volumes.ts';

/**
 * The engine at `address` through its HTTP API. Nothing is sent before the first call. `surroundings`: where the user's docker config is
 * found, with the credentials for registries and the proxies.
 */
export function dockerEngine(address: EngineAddress, surroundings: DockerSurroundings = thisProcess()): Engine {
  const client = connect(address);
  let read: DockerConfig | undefined;
  const config = (): DockerConfig => {
    read ??= readDockerConfig(surroundings);
    return read;
  };
  let description: Promise<EngineDescription> | undefined;
  const described = (): Promise<EngineDescription> => {
    description ??= describe(client, address).catch((error) => {
      description = undefined; // the next caller may find it up
      throw error;
    });
    return description;
  };
  return {
    address,
    describe: described,
    settings: () => ({ proxies: proxiesFor(address.host, config()), warnings: config().warnings }),
    async ping() {
      try {
        await client.ping();
      } catch (error) {
        throw engineError(error, 'answer', address);
      }
    },
    images: dockerImages(client, address, { config, env: surroundings.env }, described),
    networks: dockerNetworks(client, address),
    volumes: dockerVolumes(client, address),
    containers: dockerContainers(client, address),
    events: (labels, signal) => readEvents(client, address, labels, signal),
    reach: (port) => reachPort(address, port),
    async [Symbol.asyncDispose]() {
      disconnect(client); // sockets of the shared agent do not keep the process alive; an ssh of ours would go on by itself
    },
  };
}

/** The request goes out at once, so that what happens before somebody looks is not missed. */
function readEvents(client: Client, address: EngineAddress, labels: Labels, signal: AbortSignal): AsyncIterable<ContainerEvent> {
  const filters = JSON.stringify({ type: ['container'], ...labelFilter(labels) });
  const opened = openStream(client, { method: 'GET', path: '/events', query: { filters }, signal });
  opened.catch(() => {}); // whoever iterates sees the failure
  return iterateEvents(opened, address, signal);
}

async function* iterateEvents(opened: Promise<Readable>, address: EngineAddress, signal: AbortSignal): AsyncGenerator<ContainerEvent> {
  try {
    for await (const record of readRecords(await opened)) {
      const actor = record.Actor as { ID: string; Attributes: Record<string, string> };
      yield { id: actor.ID, action: String(record.Action), labels: actor.Attributes };
      if (signal.aborted) return;
    }
  } catch (error) {
    if (!signal.aborted) throw engineError(error, 'report events', address);
  }
}
