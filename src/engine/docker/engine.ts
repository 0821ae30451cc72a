import type { Readable } from 'node:stream';
import type { ContainerEvent, Engine, EngineAddress, EngineDescription, Labels } from '../engine.ts';
import { type Client, connect, engineError, labelFilter, openStream } from './client.ts';
import { dockerContainers } from './containers.ts';
import { dockerImages } from './images.ts';
import { dockerNetworks } from './networks.ts';
import { readRecords } from './records.ts';
import { dockerVolumes } from './volumes.ts';

/** The engine at `address` through its HTTP API. Nothing is sent before the first call. */
export function dockerEngine(address: EngineAddress): Engine {
  const client = connect(address);
  let description: Promise<EngineDescription> | undefined;
  return {
    address,
    describe: () => {
      description ??= describe(client, address).catch((error) => {
        description = undefined; // the next caller may find it up
        throw error;
      });
      return description;
    },
    async ping() {
      try {
        await client.ping();
      } catch (error) {
        throw engineError(error, 'answer', address);
      }
    },
    images: dockerImages(client, address),
    networks: dockerNetworks(client, address),
    volumes: dockerVolumes(client, address),
    containers: dockerContainers(client, address),
    events: (labels, signal) => readEvents(client, address, labels, signal),
    async [Symbol.asyncDispose]() {}, // idle sockets of the shared agent do not keep the process alive
  };
}

async function describe(client: Client, address: EngineAddress): Promise<EngineDescription> {
  try {
    const [info, version] = await Promise.all([client.info(), client.version()]);
    const local = address.host.startsWith('unix://');
    const rootless = (info.SecurityOptions as string[] | undefined)?.some((option) => option.includes('rootless')) ?? false;
    const isDesktop = /docker desktop/i.test(info.OperatingSystem);
    return {
      name: version.Platform?.Name || (/podman/i.test(JSON.stringify(version.Components ?? '')) ? 'podman' : 'Docker Engine'),
      version: version.Version,
      apiVersion: version.ApiVersion,
      id: info.ID,
      operatingSystem: info.OperatingSystem,
      os: info.OSType,
      architecture: version.Arch,
      cpus: info.NCPU,
      memory: info.MemTotal,
      rootless,
      cgroupVersion: String(info.CgroupVersion ?? ''),
      storageDriver: info.Driver,
      hasGpuRuntime: Object.keys(info.Runtimes ?? {}).some((name) => name.includes('nvidia')),
      keepsContainers: info.LiveRestoreEnabled === true,
      isNative: local && process.platform === 'linux' && !isDesktop && !rootless,
    };
  } catch (error) {
    throw engineError(error, 'describe itself', address);
  }
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
