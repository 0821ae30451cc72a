import assert from 'node:assert/strict';
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
});
