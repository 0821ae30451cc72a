import assert from 'node:assert/strict';
import type { Engine, Networks } from '../../src/engine/engine.ts';
import { withLabels } from '../../src/engine/labelled.ts';
import { FakeEngine } from '../support/fake-engine.ts';

describe('an engine with labels of somebody else', () => {
  it('puts them on everything that is made, behind our own', async () => {
    await using engine = new FakeEngine({ images: { image: () => 0 } });
    const labelled = withLabels(engine, { session: 'abc', 'sm-local.kind': 'not ours' });
    const labels = { 'sm-local.kind': 'endpoint' };
    await labelled.containers.create({ image: 'image', command: [], environment: {}, mounts: [], labels });
    await labelled.networks.create({ name: 'network', labels });
    await labelled.volumes.create({ name: 'volume', labels });
    const both = { session: 'abc', 'sm-local.kind': 'endpoint' };
    const lists = [engine.containers.list({}), engine.networks.list({}), engine.volumes.list({})];
    assert.deepEqual(
      (await Promise.all(lists)).map(([only]) => only?.labels),
      [both, both, both],
    );
  });

  it('leaves out what all processes share', async () => {
    await using engine = new FakeEngine({ images: {} });
    const labels = { 'sm-local.kind': 'credentials' };
    await withLabels(engine, { session: 'abc' }).networks.create({ name: 'shared', labels });
    assert.deepEqual((await engine.networks.list({}))[0]?.labels, labels);
  });

  it('has every operation of one whose parts are classes', async () => {
    await using plain = new FakeEngine({ images: { image: () => 0 } });
    const { networks } = plain;
    /** Its methods are not its own properties, and need their `this`. */
    class Wrapped implements Networks {
      readonly #networks = networks;
      create: Networks['create'] = (spec) => this.#networks.create(spec);
      remove = (id: string) => this.#networks.remove(id);
      list: Networks['list'] = (labels) => this.#networks.list(labels);
      async find(network: string) {
        return await this.#networks.find(network);
      }
      async gateway(network: string) {
        return await this.#networks.gateway(network);
      }
    }
    const engine: Engine = Object.create(plain, { networks: { value: new Wrapped() } });
    const labelled = withLabels(engine, { session: 'abc' });
    const { id } = await labelled.networks.create({ name: 'mine', labels: {} });
    assert.equal((await labelled.networks.find('mine'))?.id, id);
    assert.equal(await labelled.networks.gateway('nowhere'), await plain.networks.gateway('nowhere'));
    await labelled.networks.remove(id);
  });
});
