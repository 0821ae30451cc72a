import assert from 'node:assert/strict';
import type { Labels } from '../../src/engine/engine.ts';
import { removeLeftovers } from '../../src/engine/leftovers.ts';
import { FakeEngine } from '../support/fake-engine.ts';

describe('removing leftovers', () => {
  const home = { 'sm-local.home': '/home' };

  async function fill(engine: FakeEngine, labels: Labels, name: string): Promise<void> {
    const spec = { image: 'image', command: [], environment: {}, mounts: [], labels };
    await engine.containers.create(spec);
    await (await engine.containers.create(spec)).start();
    await engine.networks.create({ name, labels });
    await engine.volumes.create({ name, labels });
  }

  it('takes what nobody owns, and leaves what has an owner or belongs to another home', async () => {
    await using engine = new FakeEngine({ images: { image: () => new Promise<number>(() => {}) } });
    await fill(engine, { ...home, 'sm-local.owner': 'dead' }, 'dead');
    await fill(engine, { ...home, 'sm-local.owner': 'alive' }, 'alive');
    await fill(engine, { 'sm-local.home': '/other', 'sm-local.owner': 'dead' }, 'other');
    const isLeftover = async (labels: Labels): Promise<boolean> => labels['sm-local.owner'] === 'dead';
    assert.deepEqual(await removeLeftovers(engine, home, isLeftover), { containers: 2, networks: 1, volumes: 1 });
    const ownersOf = (found: readonly { readonly labels: Labels }[]): (string | undefined)[] =>
      found.map(({ labels }) => labels['sm-local.owner']);
    assert.deepEqual(ownersOf(await engine.containers.list(home)), ['alive', 'alive']);
    assert.deepEqual(ownersOf(await engine.networks.list(home)), ['alive']);
    assert.deepEqual(ownersOf(await engine.volumes.list(home)), ['alive']);
    assert.equal((await engine.containers.list({ 'sm-local.home': '/other' })).length, 2);
    assert.deepEqual(await removeLeftovers(engine, home, isLeftover), { containers: 0, networks: 0, volumes: 0 });
  });
});
