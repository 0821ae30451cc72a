import type { ContainerSpec, Mount } from '../engine.ts';
import type { CreateOptions } from './client.ts';

/** What the engine is asked for; ports are published on `hostIp`. No terminal and no init of the engine: the program is process 1, as in the cloud. */
export function containerOptions(spec: ContainerSpec, hostIp: string): CreateOptions {
  const publish = spec.publish ?? [];
  return {
    ...(spec.name && { name: spec.name }),
    Image: spec.image,
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    Cmd: [...spec.command],
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ...(spec.hostname && { Hostname: spec.hostname }),
    Labels: { ...spec.labels },
    Tty: false,
    OpenStdin: false,
    ExposedPorts: Object.fromEntries(publish.map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      Init: false,
      LogConfig: wholeLog,
      Mounts: spec.mounts.filter(isBind).map(toMount),
      Binds: spec.mounts.filter((mount) => !isBind(mount)).map(volumeText),
      NetworkMode: spec.network ?? 'bridge',
      ...(spec.extraHosts && { ExtraHosts: Object.entries(spec.extraHosts).map(([name, ip]) => `${name}:${ip}`) }),
      ...(spec.shmSize && { ShmSize: spec.shmSize }),
      ...(spec.memory && { Memory: spec.memory, MemorySwap: spec.memory }),
      ...(spec.cpus && { NanoCpus: Math.round(spec.cpus * 1e9) }),
      ...(spec.gpus && { DeviceRequests: [{ Driver: 'nvidia', Count: spec.gpus === 'all' ? -1 : spec.gpus, Capabilities: [['gpu']] }] }),
      ...(spec.ulimits && { Ulimits: spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })) }),
      PortBindings: Object.fromEntries(publish.map((port) => [`${port}/tcp`, [{ HostIp: hostIp, HostPort: '' }]])),
    },
    ...(spec.network && (spec.aliases || spec.address) && { NetworkingConfig: { EndpointsConfig: { [spec.network]: endpoint(spec) } } }),
  };
}

const endpoint = ({ aliases, address }: ContainerSpec) => ({
  ...(aliases && { Aliases: [...aliases] }),
  ...(address && { IPAMConfig: { IPv4Address: address } }),
});

/**
 * The engine's own copy of the output is what a process goes on with that adopts the container, so it must be readable and whole, whatever
 * driver and rotation the engine has by default. It goes with the container. A size of 0 for "no end" is refused.
 */
const wholeLog = { Type: 'json-file', Config: { 'max-size': '1t' } };

const isBind = ({ kind }: Mount): boolean => kind === 'bind';

/** In this form a path may hold a colon. */
const toMount = ({ source, target, readOnly }: Mount) => ({ Type: 'bind' as const, Source: source, Target: target, ReadOnly: readOnly });

/**
 * In this form podman heeds what keeps an engine from filling an empty volume with what the image has at the target; in the other one it
 * ignores every option.
 */
const volumeText = ({ source, target, readOnly }: Mount): string => `${source}:${target}:${readOnly ? 'ro' : 'rw'},nocopy`;
