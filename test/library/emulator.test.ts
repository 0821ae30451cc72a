import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTrainingJobCommand, DescribeTrainingJobCommand, ListTrainingJobsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../src/emulator.ts';
import { startEmulator } from '../../src/library/emulator.ts';
import { endApi } from '../../src/up/api-process.ts';
import { plant } from '../store/tree.ts';
import { eventually } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('startEmulator() of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { trains: () => 0 } });
  });
  afterEach(async () => {
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const common = () => ({ engine, home: join(root.path, 'home'), credentials: 'environment' as const, callback: 'off' as const });

  const job = {
    TrainingJobName: 'job',
    AlgorithmSpecification: { TrainingImage: 'trains', TrainingInputMode: 'File' as const },
    RoleArn: 'arn:aws:iam::000000000000:role/any',
    OutputDataConfig: { S3OutputPath: 's3://results' },
    ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  };

  it("answers AWS's clients on a free port, tells what happens, and leaves nothing where it is ephemeral", async () => {
    const told: string[] = [];
    {
      await using emulator = await startEmulator({ ...common(), ephemeral: true, buckets: { results: join(root.path, 'results') } });
      await mkdir(join(root.path, 'results'));
      const read = (async () => {
        for await (const event of emulator.events()) {
          if (event.event !== 'status' || event.kind !== 'training-job') continue;
          told.push(`${event.job} ${event.secondaryStatus}`);
          if (event.secondaryStatus === 'Completed') return;
        }
      })();
      const client = new SageMakerClient(emulator.clientConfig);
      const s3 = new S3Client(emulator.s3ClientConfig);
      await s3.send(new PutObjectCommand({ Bucket: 'results', Key: 'a/b.txt', Body: 'x' }));
      await client.send(new CreateTrainingJobCommand(job));
      await read;
      assert.equal((await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'job' }))).TrainingJobStatus, 'Completed');
      assert.deepEqual(emulator.environment.AWS_ENDPOINT_URL, emulator.url);
      client.destroy();
      s3.destroy();
    }
    assert.equal(told.at(-1), 'job Completed');
    assert.deepEqual(await readdir(join(root.path, 'results/a')), ['b.txt']);
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
  });

  it('keeps what is in a home that is named', async () => {
    {
      await using emulator = await startEmulator(common());
      const client = new SageMakerClient(emulator.clientConfig);
      await client.send(new CreateTrainingJobCommand(job));
      client.destroy();
    }
    await using again = await startEmulator(common());
    const client = new SageMakerClient(again.clientConfig);
    const { TrainingJobSummaries: jobs = [] } = await client.send(new ListTrainingJobsCommand({}));
    client.destroy();
    assert.deepEqual(
      jobs.map(({ TrainingJobName }) => TrainingJobName),
      ['job'],
    );
    await assert.rejects(startEmulator(common()), failure('ApiRunning', /./));
  });

  it('begins by removing the homes of processes that were killed', async () => {
    const left = join(root.path, 'home/tmp/123-0a1b2c3d4e5f.ephemeral-abcdef');
    {
      await using _first = await startEmulator({ ...common(), ephemeral: true }); // makes the home
    }
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'format'), '3\n');
    await using _second = await startEmulator({ ...common(), ephemeral: true });
    assert.ok(!(await readdir(join(root.path, 'home/tmp'))).includes('123-0a1b2c3d4e5f.ephemeral-abcdef'));
  });

  it('begins by removing what jobs that were over had when their process was killed', async () => {
    const left = join(root.path, 'home/tmp/123-0a1b2c3d4e5f.job-abcdef');
    {
      await using _first = await startEmulator(common()); // makes the home
    }
    await plant(root.path, {
      'home/owners/123-0a1b2c3d4e5f.sock': '',
      'home/tmp/123-0a1b2c3d4e5f.job-abcdef/algo-1/input/config/a.json': '{}',
    });
    await using _second = await startEmulator(common());
    await eventually(async () => !existsSync(left), 'it is still there');
  });

  it('is ended by sm-local down', async () => {
    const emulator = await startEmulator(common());
    await using other = await openEmulator({ home: join(root.path, 'home'), engine });
    await endApi(other, false);
    for await (const _event of emulator.events()); // ends when everything is removed
    await assert.rejects(fetch(emulator.url));
  });

  it('ends with its signal', async () => {
    const stop = new AbortController();
    const emulator = await startEmulator({ ...common(), ephemeral: true, signal: stop.signal });
    stop.abort();
    for await (const _event of emulator.events()); // ends when everything is removed
    await assert.rejects(fetch(emulator.url));
    await emulator.stop();
  });
});
