import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineAddress } from '../../src/engine/engine.ts';
import { type Namespace, openNamespace } from './namespace.ts';
import { answers, copyImage } from './private-engine.ts';
import { baseImage } from './real-engine.ts';

export interface PrivatePodman extends AsyncDisposable {
  readonly address: EngineAddress;
  readonly namespace: Namespace;
}

/** podman's service, as root, in namespaces of its own, with the base image. Nothing of it is left when it is disposed. */
export async function startPrivatePodman(): Promise<PrivatePodman> {
  const namespace = await openNamespace();
  try {
    const at = (path: string): string => join(namespace.directory, path);
    await mkdir(at('networks'));
    const settings = [
      '[containers]',
      'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]', // its own are higher than what some machines let root have
      '[engine]',
      'runtime = "runc"', // crun refuses hybrid cgroups
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      '[network]',
      'network_backend = "netavark"',
      `network_config_dir = "${at('networks')}"`,
      `default_subnet = "${namespace.bridge.replace('.1/', '.0/')}"`,
      '',
    ];
    await writeFile(at('containers.conf'), settings.join('\n'));
    const places = ['--root', at('root'), '--runroot', at('runroot'), '--tmpdir', at('tmp')];
    const socket = at('podman.sock');
    const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') };
    const podman = namespace.spawn('podman', [...places, 'system', 'service', '--time=0', `unix://${socket}`], env);
    await namespace.until(() => answers(socket), podman, 'podman');
    const address: EngineAddress = { host: `unix://${socket}`, rule: 'a test' };
    await copyImage(baseImage(), address);
    return { address, namespace, [Symbol.asyncDispose]: () => namespace[Symbol.asyncDispose]() };
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    throw error;
  }
}
