import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainAndServe } from '../../src/library/train-and-serve.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Trains and serves, as SageMaker's images do; a job without hyperparameters fails. */
const image: Program = async (world) => {
  if (world.spec.command.includes('serve')) return await serving((_request, response) => void response.end('answered'))(world);
  world.write('epoch=1\n');
  if (world.env.FAIL) return 3;
  await writeFile(world.at('/opt/ml/model/weights'), 'w');
  return 0;
};

describe('trainAndServe() of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { image } });
  });
  afterEach(async () => {
    assert.deepEqual(engine.left(), []);
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const training = () => ({ image: 'image', engine, home: join(root.path, 'home'), credentials: 'environment' as const, ephemeral: true });

  it('serves the model of the job on the same engine, until it is disposed', async () => {
    await using trained = await trainAndServe(training());
    assert.equal(trained.job.status, 'Completed');
    assert.equal((await trained.endpoint.invoke('x')).text(), 'answered');
  });

  it('is an error with the last lines where the job does not complete', async () => {
    await assert.rejects(
      trainAndServe({ ...training(), env: { FAIL: 'yes' } }),
      failure('TrainingJobFailed', /is Failed: [\s\S]*algo-1 \| epoch=1/),
    );
  });

  it('leaves nothing of the job where the endpoint does not come up', async () => {
    await assert.rejects(trainAndServe(training(), { image: 'nowhere' }), failure('ImageNotFound', /nowhere/));
  });
});
