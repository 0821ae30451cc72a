import assert from 'node:assert/strict';
import type { Labels } from '../../src/engine/engine.ts';
import { removeLeftovers } from '../../src/engine/leftovers.ts';
import { fail } from '../../src/errors.ts';
import { failure } from '../support/failure.ts';
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

  const everything = async (): Promise<boolean> => true;
  /** The engine with another way to remove a kind of thing. */
  const removing = (engine: FakeEngine, kind: 'containers' | 'volumes', remove: (name: string) => Promise<void>): FakeEngine =>
    Object.create(engine, { [kind]: { value: { ...engine[kind], remove } } }) as FakeEngine;

  it('takes what a container has that the engine was asked for by a process that is gone, and that it has not listed yet', async () => {
    await using engine = new FakeEngine({ images: { image: () => 0 } });
    await engine.volumes.create({ name: 'volume', labels: home });
    let isListed = false;
    const late = removing(engine, 'volumes', async (name) => {
      if ((await engine.containers.list(home)).length === 0 && isListed) return await engine.volumes.remove(name);
      if (!isListed) await engine.containers.create({ image: 'image', command: [], environment: {}, mounts: [], labels: home });
      isListed = true;
      throw fail('EngineFailed', { action: 'remove the volume', message: 'volume is in use', isInUse: true });
    });
    assert.deepEqual(await removeLeftovers(late, home, everything), { containers: 1, networks: 0, volumes: 1 });
    assert.deepEqual(engine.left(), []);
  });

  it('takes all that it can, and says what it could not', async () => {
    await using engine = new FakeEngine({ images: { image: () => 0 } });
    await fill(engine, home, 'one');
    const [{ id: stuck = '' } = {}] = await engine.containers.list(home);
    const broken = removing(engine, 'containers', async (id) => {
      if (id === stuck) throw fail('EngineFailed', { action: 'remove the container', message: 'driver failed' });
      await engine.containers.remove(id);
    });
    await assert.rejects(removeLeftovers(broken, home, everything), failure('EngineFailed', /driver failed/));
    assert.deepEqual(
      [await engine.containers.list(home), await engine.networks.list(home), await engine.volumes.list(home)].map((found) => found.length),
      [1, 0, 0],
    );
    await engine.containers.remove(stuck);
  });
});
