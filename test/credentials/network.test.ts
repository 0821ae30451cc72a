import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { checkEngine, makeNetwork, removeNetwork } from '../../src/credentials/network.ts';
import type { Labels, NetworkSpec } from '../../src/engine/engine.ts';
import { fail } from '../../src/errors.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { freePort } from '../support/free-port.ts';

/** Of this machine from the first moment on, and never. */
const [present, absent] = ['127.0.0.1', '198.51.100.1'];

describe('the network of credentials', () => {
  let engine: FakeEngine;
  let asked: NetworkSpec[];
  beforeEach(() => {
    engine = new FakeEngine({ images: {} });
    asked = [];
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  /** As if the engine refused to make networks, and listed these. */
  const refusing = (listed: () => readonly Labels[] = () => []): FakeEngine => {
    Object.assign(engine.networks, {
      create: async (spec: NetworkSpec) => {
        asked.push(spec);
        throw fail('EngineFailed', { action: 'create the network', message: 'Pool overlaps with other one on this address space' });
      },
      list: async (labels: Labels) =>
        listed()
          .filter((each) => each['sm-local.kind'] === labels['sm-local.kind'])
          .map((each, index) => ({ id: String(index), labels: each })),
    });
    return engine;
  };
  const at = async (host: string) => ({ host, port: await freePort() });

  it('has the address of the cloud as its gateway, and belongs to no home and no process', async () => {
    const { create } = engine.networks;
    const noted = (spec: NetworkSpec): Promise<{ id: string }> => {
      asked.push(spec);
      return create(spec);
    };
    Object.assign(engine.networks, { create: noted });
    await makeNetwork(engine, await at(present));
    assert.deepEqual(asked, [
      { name: 'sm-local-credentials', subnet: '169.254.170.0/24', gateway: '169.254.170.2', labels: { 'sm-local.kind': 'credentials' } },
    ]);
    assert.equal(await removeNetwork(engine), 1);
    assert.deepEqual(engine.left(), []);
  });

  it('is removed again when its address is not one of this machine', async () => {
    await assert.rejects(
      makeNetwork(engine, await at(absent)),
      failure('CredentialsUnavailable', /198\.51\.100\.1 is not an address of this machine/),
    );
    assert.deepEqual(engine.left(), []);
  });

  it('may be made by another process in the same moment', async () => {
    let looks = 0;
    const listed = (): readonly Labels[] => (++looks > 2 ? [{ 'sm-local.kind': 'credentials' }] : []);
    // What looks at the address sees it from the start; the engine's list is what is waited for.
    await makeNetwork(refusing(listed), await at(present));
    await assert.rejects(
      makeNetwork(refusing(listed), await at(absent)),
      failure('CredentialsUnavailable', /the engine has its network, but not on this machine/),
    );
  });

  it('is given up when the engine goes on refusing it, with the words of the engine', async () => {
    await assert.rejects(
      makeNetwork(refusing(), await at(absent)),
      failure('CredentialsUnavailable', /the engine refused its network: .*Pool overlaps/),
    );
  });

  it('is not made where nobody could listen at its address', async () => {
    const address = await at(absent);
    const server = createServer().listen(address.port, '0.0.0.0');
    await once(server, 'listening');
    await assert.rejects(makeNetwork(refusing(), address), failure('CredentialsUnavailable', /what listens on port/));
    assert.deepEqual(asked, []);
    server.close();
  });

  it('is not asked for of engines whose networks are not of this machine', async () => {
    const described = await engine.describe();
    checkEngine(described);
    const cases = [
      [{ isNative: false }, /on another machine, or in a virtual one/],
      [{ isNative: false, rootless: true }, /rootless/],
      [{ kind: 'podman' }, /podman/],
    ] as const;
    for (const [changes, why] of cases)
      assert.throws(() => checkEngine({ ...described, ...changes }), failure('CredentialsUnavailable', why));
  });
});
