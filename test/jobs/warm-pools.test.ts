import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../src/emulator.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { describeTraining, type TrainingRecord } from '../../src/jobs/record.ts';
import { takeWarm } from '../../src/jobs/warm-pools.ts';
import { clean } from '../../src/upkeep/clean.ts';
import { FakeEngine, type World } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { type FakeJob, prefixChannel, runFakeJob } from './fake-job.ts';

const cache = '/opt/ml/sagemaker/warmpoolcache';

describe('a warm pool', () => {
  let directory: TemporaryDirectory;
  let root: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const resources = (changes: object = {}): Partial<CreateTrainingJobRequest> => ({
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30, KeepAlivePeriodInSeconds: 600, ...changes },
  });
  const writes = async (world: World): Promise<number> => {
    await writeFile(world.at(`${cache}/model`), 'cached');
    return 0;
  };
  const run = async (name: string, program: (world: World) => Promise<number>, job: Partial<FakeJob> = {}): Promise<TrainingRecord> =>
    (await runFakeJob(program, { root, ...job, request: { ...resources(), ...job.request, TrainingJobName: name } })).record;
  const recordOf = async (name: string): Promise<TrainingRecord> => {
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(root, 'home'), engine });
    return (await emulator.trainingJobs.read(name)) as TrainingRecord;
  };
  const statusOf = async (name: string, now?: Date): Promise<DescribeTrainingJobResponse['WarmPoolStatus']> =>
    describeTraining(await recordOf(name), now).WarmPoolStatus;
  const cached = (world: World): Promise<string[]> => readdir(world.at(cache));

  for (const workspace of ['bind', 'archive'] as const) {
    it(`is reused by a job that fits, with its cache, and both say so, through the ${workspace} workspace`, async () => {
      const first = await run('first', writes, { workspace });
      assert.equal(first.status, 'Completed', first.failureReason);
      assert.deepEqual(await statusOf('first'), { Status: 'Available' });
      const seen: unknown[] = [];
      const onStart = async (world: World): Promise<number> => {
        seen.push(await readFile(world.at(`${cache}/model`), 'utf8'));
        while ((await statusOf('second'))?.Status !== 'InUse') await new Promise((resolve) => setTimeout(resolve, 5)); // on its way to the disk
        return 0;
      };
      const second = await run('second', onStart, { workspace });
      assert.equal(second.status, 'Completed', second.failureReason);
      assert.deepEqual(seen, ['cached']);
      assert.deepEqual(await statusOf('first'), {
        Status: 'Reused',
        ResourceRetainedBillableTimeInSeconds: 0,
        ReusedByJob: 'second',
      });
      assert.deepEqual(await statusOf('second'), { Status: 'Available' }, 'the chain goes on');
    });
  }

  it('is kept by a job that failed of itself', async () => {
    await run('first', async (world) => (await writes(world)) + 1);
    assert.deepEqual(await statusOf('first'), { Status: 'Available' });
  });

  it('is handed on by a job that took it and came to nothing', async () => {
    await run('first', writes);
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'data/a'), '');
    const InputDataConfig = [prefixChannel('train', join(root, 'data/a'))];
    const onEvent = (event: JobEvent): void => void (event.event === 'plan' && rmSync(join(root, 'data/a'), { force: true }));
    const second = await run('second', async () => 0, { request: { InputDataConfig }, onEvent });
    assert.match(second.failureReason ?? '', /^ClientError: Data download failed/);
    const third = await run('third', async (world) => Number((await cached(world)).join() !== 'model'));
    assert.equal(third.failureReason, undefined);
  });

  it('is for jobs alone whose role, instances and network are the same', async () => {
    await run('first', writes);
    const others: Partial<CreateTrainingJobRequest>[] = [
      { RoleArn: 'arn:aws:iam::000000000000:role/other' },
      resources({ InstanceType: 'ml.m5.xlarge' }),
      resources({ VolumeSizeInGB: 31 }),
      { EnableInterContainerTrafficEncryption: true },
      { EnableNetworkIsolation: true },
    ];
    for (const [index, request] of others.entries()) {
      const { status, failureReason } = await run(`other-${index}`, async (world) => (await cached(world)).length, { request });
      assert.equal(status, 'Completed', failureReason);
    }
    assert.deepEqual(await statusOf('first'), { Status: 'Available' });
  });

  it('is gone when its time has passed, and clean removes what is left of it', async () => {
    await run('first', writes);
    const later = new Date(Date.now() + 601_000);
    assert.deepEqual(await statusOf('first', later), { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 600 });
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(root, 'home'), engine, now: () => later });
    await clean(emulator);
    assert.deepEqual(await readdir(join(root, 'home/pools')), []);
  });

  it('is none of a job that did not ask for one, which may still use one that fits', async () => {
    await run('first', writes);
    const second = await run('second', async (world) => Number(existsSync(world.at(cache))), {
      request: resources({ KeepAlivePeriodInSeconds: 0 }),
    });
    assert.equal(second.status, 'Completed', 'without a pool of its own it has no cache');
    assert.deepEqual([await statusOf('second'), (await statusOf('first'))?.Status], [undefined, 'Reused']);
  });

  it('is one for each host', async () => {
    const request = resources({ InstanceCount: 2 });
    const mine = (world: World): string => world.at(`${cache}/${world.spec.labels['sm-local.host']}`);
    const makes = async (world: World): Promise<number> => {
      await mkdir(mine(world));
      await symlink('/nowhere', join(mine(world), 'link'));
      return 0;
    };
    await run('first', makes, { request });
    const { failureReason } = await run('second', async (world) => Number(!existsSync(mine(world)) || (await cached(world)).length !== 1), {
      request,
    });
    assert.equal(failureReason, undefined);
  });

  it('is taken by one of several jobs that begin at once', async () => {
    const { request } = await run('first', writes);
    const pools = join(root, 'home/pools');
    const scratches = await Promise.all(['a', 'b', 'c'].map(async (name) => (await mkdir(join(root, name), { recursive: true })) ?? name));
    const taken = await Promise.all(scratches.map((scratch) => takeWarm(pools, request, scratch, new Date())));
    assert.deepEqual(
      taken.flatMap((each) => each?.job ?? []),
      ['first'],
    );
  });
});
