import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Network } from 'testcontainers';
import { isError } from '../../src/errors.ts';
import { SageMakerTrainingContainer } from '../../src/testcontainers/index.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startDatabase, withoutReaper } from '../support/testcontainers.ts';

describe('SageMakerTrainingContainer', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  withoutReaper();
  before(() => Promise.all(['train-ok', 'train-exit-3', 'probe', 'train-handles-sigterm'].map(fixtureImage)));

  it('gives status, metrics, log and the files of its model, which go with the result', async () => {
    const consumed: string[] = [];
    const result = await new SageMakerTrainingContainer(fixtureTag('train-ok'))
      .withName('first')
      .withMetric('loss', /loss=([0-9.]+);/)
      .withLogConsumer((stream) => stream.on('data', (line: string) => consumed.push(line)))
      .run();
    assert.deepEqual(
      [result.name, result.status, result.secondaryStatus, result.failureReason],
      ['first', 'Completed', 'Completed', undefined],
    );
    assert.deepEqual(
      result.metrics.map(({ name, value }) => [name, value]),
      [
        ['loss', 0.5],
        ['loss', 0.25],
      ],
    );
    assert.equal(result.metric('loss'), 0.25);
    assert.equal(await text(await result.logs()), 'loss=0.5;\nloss=0.25;\n');
    assert.equal(consumed.join(''), 'loss=0.5;\nloss=0.25;\n');
    const files = await result.modelFiles();
    assert.deepEqual(
      [...files].map(([name, content]) => [name, content.toString()]),
      [['model.txt', 'model\n']],
    );
    await assert.rejects(result.modelFiles({ limitBytes: 5 }), (error) => isError(error, 'ModelArchiveTooLarge'));
    assert.equal((await result.outputFiles()).size, 0);
    await using directory = await temporaryDirectory();
    await result.extractModel(join(directory.path, 'model'));
    assert.equal(await readFile(join(directory.path, 'model/model.txt'), 'utf8'), 'model\n');
    const { modelArchive = '' } = result;
    assert.ok(existsSync(modelArchive));
    await result[Symbol.asyncDispose]();
    assert.ok(!existsSync(modelArchive));
  });

  it('gives the program its channels and hyperparameters, and several hosts the networks of the user', async () => {
    await using network = await new Network().start();
    await using _db = await startDatabase(network);
    await using data = await temporaryDirectory();
    await writeFile(join(data.path, 'a.csv'), '1,2\n');
    await using result = await new SageMakerTrainingContainer(fixtureTag('probe'))
      .withInput('train', data.path, { mode: 'FastFile', contentType: 'text/csv' })
      .withHyperparameters({ epochs: 5 })
      .withEnvironment({ COLOUR: 'green' })
      .withExtraHosts([{ host: 'elsewhere', ipAddress: '10.9.8.7' }])
      .withHosts(2)
      .withMaxRun('50s')
      .withNetwork(network)
      .run();
    assert.equal(result.status, 'Completed');
    const worlds = (await text(await result.logs())).split('\n').filter((line) => line.startsWith('PROBE '));
    assert.equal(worlds.length, 2);
    for (const line of worlds) {
      const { env, tree, hosts, interfaces } = JSON.parse(line.slice('PROBE '.length));
      assert.equal(env.COLOUR, 'green');
      assert.ok(tree['input/data/train/a.csv']);
      assert.match(hosts, /^10\.9\.8\.7\s+elsewhere$/m);
      assert.equal(interfaces.length, 3, 'loopback, the network of the job, that of the user');
      const config = (name: string): unknown => JSON.parse(Buffer.from(tree[`input/config/${name}`].base64, 'base64').toString());
      assert.deepEqual(config('hyperparameters.json'), { epochs: '5' });
      assert.deepEqual(config('inputdataconfig.json'), {
        train: { TrainingInputMode: 'FastFile', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None', ContentType: 'text/csv' },
      });
    }
    assert.equal(result.describe.StoppingCondition?.MaxRuntimeInSeconds, 50);
  });

  it('that fails is a result with its reason', async () => {
    await using result = await new SageMakerTrainingContainer(fixtureTag('train-exit-3')).run();
    assert.equal(result.status, 'Failed');
    assert.match(result.failureReason ?? '', /^AlgorithmError: .*exit code: 3/s);
    assert.equal(result.modelArchive, undefined);
  });

  it('is stopped as the cloud stops it', async () => {
    await using job = await new SageMakerTrainingContainer(fixtureTag('train-handles-sigterm')).start();
    for await (const line of await job.logs()) if (line === 'ready\n') break;
    const result = await job.stop();
    assert.equal(result.status, 'Stopped');
  });

  it('refuses what is to be isolated and in a network', async () => {
    await using network = await new Network().start();
    const container = new SageMakerTrainingContainer(fixtureTag('train-ok')).withNetwork(network).withNetworkIsolation();
    await assert.rejects(container.run(), (error) => isError(error, 'WrongUsage'));
  });
});
