// The machine that figures are of.

import { readFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';

/** `{ cpu, cores, memory, system, kernel, node, engine, disk, load }`, all for people. */
export async function machine(engine) {
  const { name, version, apiVersion, storageDriver, cgroupVersion } = await engine.describe();
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: systemName(),
    kernel: `${os.type()} ${os.release().split('-')[0]}`,
    node: process.version,
    engine: `${name} ${version} (API ${apiVersion}, ${storageDriver}, cgroup v${cgroupVersion})`,
    disk: fileSystem(),
    load: os.loadavg()[0].toFixed(2),
  };
}

function systemName() {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.platform();
  } catch {
    return os.platform();
  }
}

/** Of temporary files, where everything is made: that of the mount with the longest path above them. */
function fileSystem() {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const above = mounts.filter(([, path]) => `${tmpdir()}/`.startsWith(path === '/' ? '/' : `${path}/`));
    return above.sort(([, a], [, b]) => b.length - a.length)[0]?.[2] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
