import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { modelDefinitionOf } from '../../src/hosting/model-data/definition.ts';
import { fetchModelData } from '../../src/hosting/model-data/fetch.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { neverStopped } from '../../src/stop.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { modelFetching } from '../hosting/model-fetching.ts';
import { failure } from '../support/failure.ts';
import type { World } from '../support/fake-container.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { type FakeJob, fakeRequest, runFakeJob } from './fake-job.ts';

describe('what a job leaves', () => {
  let directory: TemporaryDirectory;
  let root: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const put = async (world: World, path: string, content: string): Promise<void> => {
    await mkdir(dirname(world.at(path)), { recursive: true });
    await writeFile(world.at(path), content);
  };
  const inBucket = (path = ''): string => join(root, 'home/buckets/bucket', path);
  const withBucket = async ({ objects }: Emulator): Promise<unknown> => (await objects).createBucket('bucket');
  const treeOf = async (path: string): Promise<string[]> =>
    (await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
  const members = (archive: string): string[] => execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n').sort();
  const done = async (program: (world: World) => Promise<number>, job: Partial<FakeJob>) => await runFakeJob(program, { root, ...job });
  const output = (changes: object): Partial<CreateTrainingJobRequest> => ({
    OutputDataConfig: { S3OutputPath: 's3://bucket/out/', ...changes },
  });
  const writesModel = async (world: World): Promise<number> => {
    await put(world, '/opt/ml/model/m.bin', 'model');
    await put(world, '/opt/ml/model/sub/n.bin', 'deep');
    await put(world, '/opt/ml/output/data/report.txt', 'report');
    return 0;
  };

  const servedModel = async (files: string | undefined): Promise<string> => {
    const definition = await modelDefinitionOf('job', { cwd: root, ofJob: async () => files });
    const { directories } = await fetchModelData(definition, modelFetching(root));
    return directories[0]?.path ?? '';
  };

  it('goes to the store as archives, whose files can be served', async () => {
    const { record } = await done(writesModel, { before: withBucket, request: output({}) });
    assert.deepEqual(await treeOf(inBucket()), ['out/job/output/model.tar.gz', 'out/job/output/output.tar.gz']);
    assert.deepEqual(members(inBucket('out/job/output/model.tar.gz')), ['m.bin', 'sub/', 'sub/n.bin']);
    assert.deepEqual(record.files.model, inBucket('out/job/output/model.tar.gz'));
    assert.equal(await readFile(join(await servedModel(record.files.model), 'm.bin'), 'utf8'), 'model');
  });

  for (const [where, request, tree] of [
    ['the store', () => output({ CompressionType: 'NONE' }), () => inBucket('out/job/output')],
    [
      'a directory',
      () => ({ OutputDataConfig: { S3OutputPath: join(root, 'output'), CompressionType: 'NONE' as const } }),
      () => join(root, 'output/job/output'),
    ],
  ] as const) {
    it(`goes to ${where} file by file with CompressionType NONE, links as what they point to, and can be served`, async () => {
      const program = async (world: World): Promise<number> => {
        await symlink('m.bin', world.at('/opt/ml/model/link.bin'));
        return await writesModel(world);
      };
      const { record } = await done(program, { before: withBucket, request: request() });
      assert.deepEqual(await treeOf(tree()), ['data/report.txt', 'model/link.bin', 'model/m.bin', 'model/sub/n.bin']);
      assert.equal(record.files.model, join(tree(), 'model'));
      assert.equal(await readFile(join(await servedModel(record.files.model), 'link.bin'), 'utf8'), 'model');
    });
  }

  it('is nothing where there is nothing, also with CompressionType NONE', async () => {
    const { record } = await done(async () => 0, { before: withBucket, request: output({ CompressionType: 'NONE' }) });
    assert.deepEqual([record.status, record.files.model, await treeOf(inBucket())], ['Completed', undefined, []]);
  });

  it('is kept of a job that failed, too', async () => {
    const { record } = await done(async (world) => (await writesModel(world)) + 3, { before: withBucket, request: output({}) });
    assert.equal(record.status, 'Failed');
    assert.deepEqual(await treeOf(inBucket()), ['out/job/output/model.tar.gz', 'out/job/output/output.tar.gz']);
  });

  it('needs a bucket that is there before anything starts', async () => {
    await assert.rejects(done(writesModel, { request: output({}) }), failure('NoSuchBucket', /bucket/));
    await assert.rejects(
      done(writesModel, { request: { CheckpointConfig: { S3Uri: 's3://other/ckpt' } } }),
      failure('NoSuchBucket', /other/),
    );
    assert.deepEqual(await readdir(join(root, 'home/records')), []);
  });

  it('is nothing where the program has removed the directory', async () => {
    const { record } = await done(async (world) => {
      await rm(world.at('/opt/ml/output/data'), { recursive: true });
      return 0;
    }, {});
    assert.deepEqual([record.status, record.files.output], ['Completed', undefined]);
  });

  it('is never a file of this machine to which the program has laid a link', async () => {
    const secret = join(root, 'secret');
    await mkdir(secret);
    await writeFile(join(secret, 'key'), 'of the user');
    const program = async (world: World): Promise<number> => {
      await rm(world.at('/opt/ml/output/data'), { recursive: true });
      await symlink(secret, world.at('/opt/ml/output/data'));
      await symlink(secret, world.at('/opt/ml/output/tensorboard'));
      return 0;
    };
    const request = { TensorBoardOutputConfig: { S3OutputPath: join(root, 'more') } };
    const { record, warnings } = await done(program, { request, leaves: true });
    assert.match(record.failureReason ?? '', /^ClientError: Artifact upload failed:.*tensorboard.*symlink, which is not followed/);
    assert.deepEqual([await treeOf(join(root, 'more')), record.files.output], [[], undefined]);
    assert.deepEqual(await readdir(secret), ['key']);
    assert.ok(warnings.includes('/opt/ml/output/data was left out: it is a symlink.'));
  });

  describe('as checkpoints', () => {
    for (const workspace of ['bind', 'archive'] as const) {
      it(`is restored before the start, copied while the program runs, and once more at its end, through the ${workspace} workspace`, async () => {
        const before = async (emulator: Emulator): Promise<void> => {
          await withBucket(emulator);
          await mkdir(inBucket('ckpt/deep'), { recursive: true });
          await writeFile(inBucket('ckpt/deep/1'), 'one');
          await writeFile(inBucket('ckpt/2'), 'two');
        };
        const { record } = await done(
          async (world) => {
            const at = (name: string): string => world.at(`/opt/ml/checkpoints/${name}`);
            assert.equal(await readFile(at('deep/1'), 'utf8'), 'one');
            await rm(at('2'));
            await put(world, '/opt/ml/checkpoints/3', 'three');
            await until(async () => (await treeOf(inBucket('ckpt'))).join() === '3,deep/1');
            await until(async () => (await readdir(world.at('/opt/ml/checkpoints'))).includes('3.sagemaker-uploaded'));
            await put(world, '/opt/ml/checkpoints/4', 'four');
            return 0;
          },
          { before, workspace, request: { CheckpointConfig: { S3Uri: 's3://bucket/ckpt' } } },
        );
        assert.equal(record.status, 'Completed', record.failureReason);
        assert.deepEqual(await treeOf(inBucket('ckpt')), ['3', '4', 'deep/1']);
      });

      it(`may be anywhere in the container and in a directory of the user, through the ${workspace} workspace`, async () => {
        const CheckpointConfig = { S3Uri: join(root, 'ckpt'), LocalPath: '/var/lib/checkpoints/' };
        const program = async (world: World): Promise<number> => {
          await put(world, '/var/lib/checkpoints/1', 'one');
          return 0;
        };
        const { record } = await done(program, { workspace, request: { CheckpointConfig } });
        assert.equal(record.status, 'Completed', record.failureReason);
        assert.deepEqual(await treeOf(join(root, 'ckpt')), ['1']);
      });
    }

    it('is of all hosts together', async () => {
      const ResourceConfig = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } as const;
      const program = async (world: World): Promise<number> => {
        await put(world, `/opt/ml/checkpoints/${world.spec.labels['sm-local.host']}`, '');
        return 0;
      };
      await done(program, { request: { ResourceConfig, CheckpointConfig: { S3Uri: join(root, 'ckpt') } } });
      assert.deepEqual(await treeOf(join(root, 'ckpt')), ['algo-1', 'algo-2']);
    });

    it('that cannot be copied in the end fails the job as an upload, and is kept with the rest', async () => {
      const program = async (world: World): Promise<number> => {
        await put(world, '/opt/ml/checkpoints/1', 'one');
        await writeFile(join(root, 'ckpt'), 'in its way');
        return await writesModel(world);
      };
      const job = { root, request: { CheckpointConfig: { S3Uri: join(root, 'ckpt') } } };
      const { record } = await runFakeJob(program, { ...job, leaves: true });
      assert.equal(record.status, 'Failed');
      assert.match(record.failureReason ?? '', /^ClientError: Artifact upload failed:\/opt\/ml\/checkpoints could not be copied/);
      assert.equal(await readFile(join(record.files.collected ?? '', 'algo-1/checkpoints/1'), 'utf8'), 'one');
      assert.deepEqual(members(join(root, 'output/job/output/model.tar.gz')), ['m.bin', 'sub/', 'sub/n.bin']);
    });

    for (const [status, end] of [
      ['failed', async () => 3],
      [
        'was interrupted',
        async (world: World) => await new Promise<number>((resolve) => world.terminated.addEventListener('abort', () => resolve(0))),
      ],
    ] as const) {
      it(`that cannot be copied in the end is told of when the program ${status}, too`, async () => {
        let attempts = 0;
        const program = async (world: World): Promise<number> => {
          attempts += 1;
          if (attempts > 1) return 0;
          await put(world, '/opt/ml/checkpoints/1', 'one');
          await writeFile(join(root, 'ckpt'), 'in its way');
          return await end(world);
        };
        const spot = { EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 3600 } };
        const request = { CheckpointConfig: { S3Uri: join(root, 'ckpt') }, ...(status === 'was interrupted' && spot) };
        const options = status === 'was interrupted' ? { interruptAfter: [0.3] } : {};
        const onEvent = (event: JobEvent): void => {
          if (event.event === 'status' && event.secondaryStatus === 'Interrupted') rmSync(join(root, 'ckpt'));
        };
        const { record, warnings } = await runFakeJob(program, { root, request, options, onEvent, leaves: true });
        assert.ok(
          warnings.some((warning) => /^\/opt\/ml\/checkpoints could not be copied to .*(kept in|next attempt)/.test(warning)),
          warnings.join('\n'),
        );
        if (status !== 'failed') return;
        assert.equal(record.failureReason, 'AlgorithmError: , exit code: 3');
        assert.equal(await readFile(join(record.files.collected ?? '', 'algo-1/checkpoints/1'), 'utf8'), 'one');
      });
    }

    it('stay where they are when somebody removes the container', async () => {
      await mkdir(join(root, 'ckpt'));
      await writeFile(join(root, 'ckpt/1'), 'one');
      const engine = new FakeEngine({
        images: {
          image: async () => {
            setTimeout(() => void engine.history[0]?.discard(), 0);
            return await new Promise<number>(() => {});
          },
        },
      });
      await using emulator = await openEmulator({
        home: join(root, 'home'),
        engine,
        workspace: 'archive',
        credentials: { source: 'environment' },
      });
      const request = fakeRequest(root, { CheckpointConfig: { S3Uri: join(root, 'ckpt') } });
      const observer = { event() {}, log() {} };
      const image = { kind: 'image', reference: 'image' } as const;
      const plan = await planTraining(emulator, { request, image, options: { stopGrace: 1 } }, observer, neverStopped.stop);
      await assert.rejects(train(emulator, plan, observer, neverStopped), failure('ContainerGone', /removed by somebody else/));
      assert.deepEqual(await treeOf(join(root, 'ckpt')), ['1']);
    });

    it('that cannot be copied do not keep the rest from being copied', async () => {
      const program = async (world: World): Promise<number> => {
        await put(world, '/opt/ml/checkpoints/1', 'one');
        await put(world, '/opt/ml/output/tensorboard/events', '');
        await writeFile(join(root, 'ckpt'), 'in its way');
        return 0;
      };
      const request = { CheckpointConfig: { S3Uri: join(root, 'ckpt') }, TensorBoardOutputConfig: { S3OutputPath: join(root, 'more') } };
      const { record } = await done(program, { request, leaves: true });
      assert.equal(record.status, 'Failed');
      assert.deepEqual(await treeOf(join(root, 'more')), ['job/tensorboard-output/events']);
    });

    it('are restored as what the links of a directory of the user point to', async () => {
      await mkdir(join(root, 'ckpt/run'), { recursive: true });
      await writeFile(join(root, 'ckpt/run/1'), 'one');
      await symlink('run/1', join(root, 'ckpt/latest'));
      await symlink('run', join(root, 'ckpt/current'));
      const program = async (world: World): Promise<number> => {
        assert.deepEqual(await treeOf(world.at('/opt/ml/checkpoints')), ['current/1', 'latest', 'run/1']);
        return 0;
      };
      const { record } = await done(program, { request: { CheckpointConfig: { S3Uri: join(root, 'ckpt') } } });
      assert.equal(record.status, 'Completed', record.failureReason);
      assert.deepEqual(await readdir(join(root, 'ckpt')), ['current', 'latest', 'run']);
    });

    for (const workspace of ['bind', 'archive'] as const) {
      it(`can be written over by the user of an image that is not root, through the ${workspace} workspace`, async () => {
        await mkdir(join(root, 'ckpt/run'), { recursive: true });
        await writeFile(join(root, 'ckpt/run/1'), 'one');
        const modes: number[] = [];
        const program = async (world: World): Promise<number> => {
          for (const name of ['', 'run', 'run/1']) modes.push((await stat(world.at(`/opt/ml/checkpoints/${name}`))).mode & 0o777);
          return 0;
        };
        const request = { CheckpointConfig: { S3Uri: join(root, 'ckpt') } };
        await done(program, { workspace, request, engine: { images: { image: { program, user: 'trainer' } } } });
        await done(program, { workspace, request: { ...request, TrainingJobName: 'root' } });
        assert.deepEqual(modes, [0o777, 0o777, 0o666, 0o755, 0o755, 0o644]);
      });
    }

    it('are refused where nothing can be synced from', async () => {
      for (const LocalPath of ['/opt/ml', '/opt/ml/input/data', 'relative']) {
        await assert.rejects(
          done(writesModel, { request: { CheckpointConfig: { S3Uri: join(root, 'ckpt'), LocalPath } } }),
          failure('InvalidRequest', new RegExp(LocalPath)),
        );
      }
    });
  });

  it('for the debugger, the profiler and TensorBoard is copied to where the request says, below the name of the job', async () => {
    const S3OutputPath = join(root, 'more');
    const request = { DebugHookConfig: { S3OutputPath }, ProfilerConfig: { S3OutputPath }, TensorBoardOutputConfig: { S3OutputPath } };
    const program = async (world: World): Promise<number> => {
      await put(world, '/opt/ml/output/tensors/t', '');
      await put(world, '/opt/ml/output/profiler/p', '');
      await put(world, '/opt/ml/output/tensorboard/run/events', '');
      await until(async () => (await treeOf(S3OutputPath)).length === 3);
      assert.deepEqual(await readdir(world.at('/opt/ml/output/tensors')), ['t'], 'markers are for checkpoints');
      return 0;
    };
    const { record } = await done(program, { request });
    assert.equal(record.status, 'Completed', record.failureReason);
    assert.deepEqual(await treeOf(S3OutputPath), ['job/debug-output/t', 'job/profiler-output/p', 'job/tensorboard-output/run/events']);
  });
});

/** Waits for something that others bring about; the test's own limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
