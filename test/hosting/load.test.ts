import assert from 'node:assert/strict';
import { Loads } from '../../src/hosting/load.ts';
import type { ContainerUsage, RunningInstance } from '../../src/hosting/running-variant.ts';

describe('the load of instances', () => {
  let now: number;
  let asked: number;
  let usage: ContainerUsage | undefined;
  let loads: Loads;
  beforeEach(() => {
    now = 50_000;
    asked = 0;
    usage = { cpuSeconds: 1, memory: 100, memoryLimit: 400, uptime: 4 };
    loads = new Loads(() => now);
  });
  const instance: RunningInstance = {
    id: 'i-1',
    outstanding: 0,
    kill: async () => {},
    usage: async () => {
      asked += 1;
      return usage;
    },
  };
  const load = async () => (await loads.of([instance])).get('i-1');

  it('at first is the mean since the container started', async () => {
    assert.deepEqual(await load(), { cpu: 25, cpuSeconds: 1, memory: 100, memoryLimit: 400 });
  });

  it('then is the mean since it was last asked', async () => {
    await load();
    now += 2000;
    usage = { cpuSeconds: 5, memory: 200, memoryLimit: 400, uptime: 6 };
    assert.deepEqual(await load(), { cpu: 200, cpuSeconds: 5, memory: 200, memoryLimit: 400 });
    now += 1000;
    usage = { ...usage, uptime: 7 };
    assert.equal((await load())?.cpu, 0);
  });

  it('of another container is not measured by the one before', async () => {
    await load();
    now += 10_000;
    usage = { cpuSeconds: 3, memory: 1, memoryLimit: 400, uptime: 6 };
    assert.equal((await load())?.cpu, 50);
  });

  it('is asked for once a second at most, by however many', async () => {
    await Promise.all([load(), load()]);
    now += 999;
    await load();
    assert.equal(asked, 1);
    now += 1;
    await load();
    assert.equal(asked, 2);
  });

  it('is left out where the engine does not tell, until it does', async () => {
    const broken: RunningInstance = {
      id: 'i-2',
      outstanding: 0,
      kill: async () => {},
      usage: () => Promise.reject(new Error('no engine')),
    };
    assert.deepEqual([...(await loads.of([instance, broken])).keys()], ['i-1']);
    usage = undefined;
    now += 1000;
    assert.equal(await load(), undefined);
    now += 1000;
    usage = { cpuSeconds: 2, memory: 1, memoryLimit: 400, uptime: 8 };
    assert.equal((await load())?.cpu, 50); // since it was last known
  });

  it('of an instance that has gone is forgotten', async () => {
    await load();
    loads.keepOnly([]);
    await load();
    assert.equal(asked, 2);
  });
});
