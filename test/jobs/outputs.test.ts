import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../../src/emulator.ts';
import { resolveModel } from '../../src/hosting/model.ts';
import { failure } from '../support/failure.ts';
import type { World } from '../support/fake-container.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { type FakeJob, runFakeJob } from './fake-job.ts';

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

  it('goes to the store as archives, whose files can be served', async () => {
    const { record } = await done(writesModel, { before: withBucket, request: output({}) });
    assert.deepEqual(await treeOf(inBucket()), ['out/job/output/model.tar.gz', 'out/job/output/output.tar.gz']);
    assert.deepEqual(members(inBucket('out/job/output/model.tar.gz')), ['m.bin', 'sub/', 'sub/n.bin']);
    assert.deepEqual(record.files.model, inBucket('out/job/output/model.tar.gz'));
    const model = await resolveModel('job', { cwd: root, cache: join(root, 'cache'), ofJob: async () => record.files.model });
    assert.equal(await readFile(join(model.directory, 'm.bin'), 'utf8'), 'model');
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
      const model = await resolveModel('job', { cwd: root, cache: join(root, 'cache'), ofJob: async () => record.files.model });
      assert.equal(await readFile(join(model.directory, 'link.bin'), 'utf8'), 'model');
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
