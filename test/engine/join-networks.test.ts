import assert from 'node:assert/strict';
import { findNetworks, refuseNetworks } from '../../src/engine/join-networks.ts';
import { rejectionOf } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';

describe('networks that containers shall join', () => {
  it('are found by their names and their ids', async () => {
    await using engine = new FakeEngine({ images: {} });
    const { id } = await engine.networks.create({ name: 'mine', labels: {} });
    const wanted = [{ network: 'mine', aliases: ['model'] }, { network: id }];
    assert.deepEqual(await findNetworks(engine, wanted), [{ network: id, aliases: ['model'] }, { network: id }]);
    assert.equal(await findNetworks(engine, []), undefined);
  });

  it('are refused when there is none of the name, or when it is one of the engine itself', async () => {
    await using engine = new FakeEngine({ images: {} });
    const { message } = await rejectionOf('NetworkNotFound', findNetworks(engine, [{ network: 'nowhere' }]));
    assert.equal(message, 'There is no network nowhere in the engine at fake://.');
    await engine.networks.create({ name: 'host', labels: {} });
    await rejectionOf('WrongUsage', findNetworks(engine, [{ network: 'host' }]));
  });

  it('are refused for what is to be isolated', () => {
    const text = /^The model m asks for EnableNetworkIsolation, so its containers cannot join the network mine\./;
    assert.throws(() => refuseNetworks([{ network: 'mine' }], 'The model m'), failure('WrongUsage', text));
    refuseNetworks([], 'The model m');
    refuseNetworks(undefined, 'The model m');
  });
});
