import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openEmulator } from '../../src/emulator.ts';
import { SageMakerEndpointContainer } from '../../src/testcontainers/index.ts';
import { reset } from '../../src/up/reset.ts';
import { failure } from '../support/failure.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';
import { withoutReaper } from '../support/testcontainers.ts';

describe('an endpoint that is to be reused', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  const at = withoutReaper();
  before(() => fixtureImage('serve-echo'));

  const container = () => new SageMakerEndpointContainer(fixtureTag('serve-echo')).withEnvironment({ COLOUR: 'green' }).withReuse();

  it('outlives its process, is taken up by the next start, and ends when it is stopped', async () => {
    const program = fileURLToPath(import.meta.resolve('./reusing-process.js'));
    const id = (await promisify(execFile)(process.execPath, [program, fixtureTag('serve-echo')])).stdout.trim();
    const isRunning = async (): Promise<boolean> =>
      (await testEngine().containers.list({})).some((one) => one.id === id && one.state === 'running');
    assert.ok(await isRunning(), 'its process is gone');
    {
      await using endpoint = await container().start();
      assert.equal(endpoint.getId(), id);
      assert.equal((await endpoint.invoke('hello')).json<{ body: string }>().body, 'hello');
      await using other = await container().withEnvironment({ COLOUR: 'red' }).start();
      assert.notEqual(other.getId(), id, 'of other settings');
      await other.stop();
      await using own = await container().start();
      assert.notEqual(own.getId(), id, 'while somebody has it');
    }
    assert.ok(await isRunning(), 'it was disposed');
    process.env.TESTCONTAINERS_REUSE_ENABLE = 'false';
    await container()
      .start()
      .then(async (unreused) => {
        assert.notEqual(unreused.getId(), id, 'reuse is off');
        await unreused.stop();
      })
      .finally(() => delete process.env.TESTCONTAINERS_REUSE_ENABLE);
    const again = await container().start();
    assert.equal(again.getId(), id);
    await again.stop();
    assert.ok(!(await isRunning()), 'it was stopped');
    assert.deepEqual(await readdir(join(at.home, 'reuse')), []);
  });

  it('is one of the endpoints that parallel workers get, each its own', async () => {
    const program = fileURLToPath(import.meta.resolve('./reusing-process.js'));
    const worker = async () => (await promisify(execFile)(process.execPath, [program, fixtureTag('serve-echo')])).stdout.trim();
    const ids = await Promise.all([worker(), worker(), worker()]);
    assert.equal(new Set(ids).size, 3);
    const again = await container().start();
    assert.ok(ids.includes(again.getId()), 'one of them is there for the next run');
    await again.stop();
    assert.deepEqual(await readdir(join(at.home, 'reuse')), []);
    await using _other = await new SageMakerEndpointContainer(fixtureTag('serve-echo')).start(); // removes what the others have left
  });

  it('goes with a reset of home', async () => {
    const endpoint = await container().start();
    const id = endpoint.getId();
    const engine = testEngine();
    {
      await using emulator = await openEmulator({ home: at.home, engine });
      await assert.rejects(reset(emulator), failure('HomeInUse', /endpoint reused-/));
    }
    await endpoint[Symbol.asyncDispose]();
    await using emulator = await openEmulator({ home: at.home, engine });
    assert.equal((await reset(emulator)).containers, 1);
    assert.equal(await engine.containers.open(id), undefined);
  });
});
