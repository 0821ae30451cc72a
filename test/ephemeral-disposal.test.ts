import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openEmulator } from '../src/emulator.ts';
import { openEphemeral } from '../src/ephemeral.ts';
import { clean } from '../src/upkeep/clean.ts';
import { sharingOf } from '../src/workspace-choice.ts';
import { FakeEngine } from './support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

describe('what is left in an engine of a home that goes', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { image: () => 0 } });
  });
  afterEach(async () => {
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const home = (): string => join(root.path, 'home');
  const container = async (labels: Readonly<Record<string, string>>): Promise<void> => {
    const { id = '' } = (await engine.images.inspect('image')) ?? {};
    await engine.containers.create({ image: id, command: [], environment: {}, labels, mounts: [] });
  };

  it('goes with it, as where a full disk kept it from being removed', async () => {
    {
      await using ephemeral = await openEphemeral({ home: home(), engine });
      await container({ ...(await ephemeral.emulator.labels()), 'sm-local.kind': 'training-job' });
      await container({ 'sm-local.home': '/somewhere/else' });
    }
    assert.deepEqual(
      (await engine.containers.list({})).map(({ labels }) => labels['sm-local.home']),
      ['/somewhere/else'],
    );
  });

  it('goes with clean where it is a probe that the engine has made too late', async () => {
    const gone = join(home(), 'tmp/1-abcdef012345.ephemeral-abcdef');
    await container({ 'sm-local.home': gone, 'sm-local.kind': 'probe' });
    await container({ 'sm-local.home': gone, 'sm-local.kind': 'endpoint' }); // another container's, perhaps, which has the same path
    await using emulator = await openEmulator({ home: home(), engine, credentials: { source: 'environment' } });
    assert.equal((await clean(emulator)).containers, 1);
    assert.deepEqual(
      (await engine.containers.list({})).map(({ labels }) => labels['sm-local.kind']),
      ['endpoint'],
    );
  });

  it('goes with the next probe where it is one of a process that was killed', async () => {
    await using emulator = await openEmulator({ home: home(), engine, credentials: { source: 'environment' } });
    const { id: alive } = await emulator.owner;
    for (const owner of ['1-abcdef012345', alive])
      await container({ 'sm-local.home': home(), 'sm-local.kind': 'probe', 'sm-local.owner': owner });
    await sharingOf(emulator);
    assert.deepEqual(
      (await engine.containers.list({})).map(({ labels }) => labels['sm-local.owner']),
      [alive],
    );
  });
});
