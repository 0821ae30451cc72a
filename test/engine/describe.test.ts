import assert from 'node:assert/strict';
import { connect } from '../../src/engine/docker/client.ts';
import { describe as describeEngine } from '../../src/engine/docker/describe.ts';
import type { EngineDescription } from '../../src/engine/engine.ts';
import { whyNoGpus } from '../../src/engine/gpus.ts';
import { cannedEngine, json } from '../support/canned-engine.ts';

/** What dockerd 20.10 and podman 4.3 answer, as far as it matters. */
const docker = { Platform: { Name: '' }, Version: '20.10.24', ApiVersion: '1.41', Arch: 'amd64', Components: [{ Name: 'Engine' }] };
const podman = { ...docker, Platform: { Name: 'linux/amd64/debian-12' }, Version: '4.3.1', Components: [{ Name: 'Podman Engine' }] };
const info = {
  ID: 'id',
  OperatingSystem: 'Debian GNU/Linux 12',
  OSType: 'linux',
  NCPU: 2,
  MemTotal: 2 ** 33,
  Driver: 'overlay2',
  CgroupVersion: '2',
  SecurityOptions: ['name=seccomp,profile=default'],
  Runtimes: { runc: {} },
};

describe('the description of an engine', () => {
  const described = async (version: object, changes: object = {}, host?: string): Promise<EngineDescription> => {
    await using canned = await cannedEngine({ 'GET /info': json(200, { ...info, ...changes }), 'GET /version': json(200, version) });
    const address = { host: `unix://${canned.socket}`, rule: 'a test' };
    return await describeEngine(connect(address), { ...address, ...(host && { host }) });
  };
  const isLinux = process.platform === 'linux';

  it('tells podman, which speaks as Docker does, from Docker by its components', async () => {
    const { kind, name } = await described(podman);
    assert.deepEqual([kind, name], ['podman', 'podman']);
    assert.equal((await described(docker)).kind, 'docker');
    assert.equal((await described({ ...docker, Platform: { Name: 'Docker Engine - Community' } })).name, 'Docker Engine - Community');
    assert.equal((await described({ ...docker, Components: undefined })).kind, 'docker');
  });

  it('says that containers outlive the engine with live restore, and always where there is no daemon', async () => {
    assert.equal((await described(docker)).keepsContainers, false);
    assert.equal((await described(docker, { LiveRestoreEnabled: true })).keepsContainers, true);
    assert.equal((await described(podman)).keepsContainers, true);
  });

  it('says that there are GPUs only of an engine that heeds a request for them', async () => {
    const Runtimes = { runc: {}, nvidia: {} };
    assert.equal((await described(docker)).hasGpuRuntime, false);
    assert.equal((await described(docker, { Runtimes })).hasGpuRuntime, true);
    const inPodman = await described(podman, { Runtimes });
    assert.equal(inPodman.hasGpuRuntime, false);
    assert.equal(whyNoGpus(inPodman), 'podman drops a request for them in silence.');
  });

  it('says that the addresses of containers can be reached on this machine, where the engine is root', async () => {
    const rootless = { SecurityOptions: ['name=rootless'] };
    assert.equal((await described(docker)).isNative, isLinux);
    assert.equal((await described(docker, rootless)).isNative, false);
    assert.equal((await described(docker, { OperatingSystem: 'Docker Desktop' })).isNative, false);
    for (const host of ['tcp://build.example:2376', 'ssh://build.example']) {
      assert.equal((await described(docker, {}, host)).isNative, false);
      assert.equal((await described(docker, rootless, host)).isNative, false);
    }
  });

  it('says what bears on how files get into containers: SELinux, and archives that stop at mounts', async () => {
    const security = ['name=seccomp,profile=default', 'name=selinux'];
    assert.equal((await described(docker)).usesSelinux, false);
    assert.equal((await described(docker, { SecurityOptions: security })).usesSelinux, true);
    assert.equal((await described(docker, { SecurityOptions: null })).usesSelinux, false);
    assert.deepEqual([(await described(docker)).archivesReachMounts, (await described(podman)).archivesReachMounts], [true, false]);
  });
});
