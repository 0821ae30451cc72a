import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { isError } from '../../src/errors.ts';
import { neverStopped } from '../../src/stop.ts';
import { readSourceCode } from '../../src/store/source-code.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { run } from '../store/commands.ts';
import { plant } from '../store/tree.ts';
import { FakeEngine, type World } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('The source code of a training job', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
    await plant(root.path, { 'src/train.py': 'print(1)\n', 'data/a.csv': '1\n' });
  });
  afterEach(() => root[Symbol.asyncDispose]());

  /** What `work` does with an emulator whose image is `program`; the warnings there were. */
  async function withEmulator(program: (world: World) => Promise<number>, work: (emulator: Emulator) => Promise<void>): Promise<void> {
    await using engine = new FakeEngine({ images: { image: program } });
    await using emulator = await openEmulator({ home: join(root.path, 'home'), engine, credentials: { source: 'environment' } });
    await work(emulator);
  }

  const warnings: string[] = [];
  const observer = {
    event: (event: { event: string; message?: string }) => void (event.event === 'warning' && warnings.push(event.message ?? '')),
    log() {},
  };
  async function planned(emulator: Emulator, changes: Partial<CreateTrainingJobRequest> = {}) {
    warnings.length = 0;
    const request: CreateTrainingJobRequest = {
      TrainingJobName: 'job',
      AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: pathToFileURL(join(root.path, 'output')).href },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
      ...changes,
    };
    const source = await readSourceCode({ directory: 'src', entryPoint: 'train.py', cwd: root.path }, (message) => warnings.push(message));
    const spec = { request, source, image: { kind: 'image', reference: 'image' }, options: { stopGrace: 1 } } as const;
    return await planTraining(emulator, spec, observer, neverStopped.stop);
  }

  const bucket = (): string => join(root.path, 'home/buckets/sagemaker-us-east-1-000000000000');

  it('lies in the store and in the channel code of every host, where the hyperparameters say', async () => {
    const seen: string[] = [];
    const program = async (world: World): Promise<number> => {
      const hyperparameters = JSON.parse(await readFile(world.at('/opt/ml/input/config/hyperparameters.json'), 'utf8'));
      const archive = world.at(JSON.parse(hyperparameters.sagemaker_submit_directory));
      seen.push(await run('tar', '-xzOf', archive, JSON.parse(hyperparameters.sagemaker_program)));
      assert.deepEqual((await readdir(world.at('/opt/ml/input/data'))).sort(), ['code', 'code-manifest']);
      return 0;
    };
    await withEmulator(program, async (emulator) => {
      const record = await train(emulator, await planned(emulator), observer, neverStopped);
      assert.equal(record.status, 'Completed', record.failureReason);
      const uri = record.request.InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri;
      assert.equal(uri, 's3://sagemaker-us-east-1-000000000000/job/source/sourcedir.tar.gz');
    });
    assert.deepEqual(seen, ['print(1)\n', 'print(1)\n']);
    assert.deepEqual(await readdir(join(bucket(), 'job/source')), ['sourcedir.tar.gz']);
  });

  it('is only planned by a plan: nothing is in the store', async () => {
    await withEmulator(
      async () => 0,
      async (emulator) => {
        const plan = await planned(emulator);
        assert.equal(plan.code?.uri, 's3://sagemaker-us-east-1-000000000000/job/source/sourcedir.tar.gz');
        assert.deepEqual([plan.code?.source.program, plan.code?.source.files, plan.code?.source.bytes], ['train.py', 1, 9]);
      },
    );
    assert.equal(existsSync(bucket()), false);
  });

  it("does not replace that of a job whose name it asks for again, and replaces an earlier try's", async () => {
    await plant(bucket(), { 'job/source/sourcedir.tar.gz': 'of an earlier try' });
    await withEmulator(
      async () => 0,
      async (emulator) => {
        await train(emulator, await planned(emulator), observer, neverStopped);
        const archive = join(bucket(), 'job/source/sourcedir.tar.gz');
        const first = await readFile(archive);
        assert.notEqual(first.toString(), 'of an earlier try');
        await plant(root.path, { 'src/train.py': 'print(2)\n' });
        await assert.rejects(train(emulator, await planned(emulator), observer, neverStopped), (error) => isError(error, 'ResourceInUse'));
        assert.deepEqual(await readFile(archive), first);
      },
    );
  });

  it('says which hyperparameters of the request give way to it', async () => {
    await withEmulator(
      async () => 0,
      async (emulator) => {
        await planned(emulator, { HyperParameters: { sagemaker_program: '"other.py"', epochs: '1' } });
        assert.deepEqual(warnings, ["The request's own sagemaker_program gives way to what the source code needs."]);
      },
    );
  });
});
