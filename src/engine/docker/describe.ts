import type { EngineAddress, EngineDescription } from '../engine.ts';
import { type Client, engineError } from './client.ts';

/** What an engine says of itself, and what follows from what it is and where. */
export async function describe(client: Client, address: EngineAddress): Promise<EngineDescription> {
  try {
    const [info, version] = await Promise.all([client.info(), client.version()]);
    const kind = kindOf(version);
    const isLocal = address.host.startsWith('unix://') && process.platform === 'linux';
    const security = (info.SecurityOptions ?? []) as readonly string[]; // `name=rootless`, `name=seccomp,profile=default`, …
    const rootless = security.some((option) => option.includes('rootless'));
    const isDesktop = /docker desktop/i.test(info.OperatingSystem);
    return {
      kind,
      name: kind === 'podman' ? 'podman' : version.Platform?.Name || 'Docker Engine', // podman's platform is its processor
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
      dataDirectory: info.DockerRootDir ?? '',
      // podman drops a request for GPUs in silence, so that a runtime it may have proves nothing.
      hasGpuRuntime: kind === 'docker' && Object.keys(info.Runtimes ?? {}).some((name) => name.includes('nvidia')),
      isNative: isLocal && !isDesktop && !rootless,
      usesSelinux: security.some((option) => option.includes('selinux')),
      archivesReachMounts: kind === 'docker',
      keepsContainers: kind === 'podman' || info.LiveRestoreEnabled === true,
      reportsOutOfMemory: kind === 'docker',
    };
  } catch (error) {
    throw engineError(error, 'describe itself', address);
  }
}

interface Version {
  readonly Components?: readonly { readonly Name: string }[];
}

/** podman answers in the words of Docker, and names itself among the components of its version. */
export const kindOf = ({ Components }: Version): EngineDescription['kind'] =>
  Components?.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker';
