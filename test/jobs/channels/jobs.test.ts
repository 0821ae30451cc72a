import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../../src/emulator.ts';
import { neverStopped } from '../../../src/stop.ts';
import { adoptTraining } from '../../../src/training-jobs/adopt.ts';
import { planTraining, train } from '../../../src/training-jobs/train.ts';
import { failure } from '../../support/failure.ts';
import type { World } from '../../support/fake-container.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';
import { type FakeJob, fakeRequest, prefixChannel, runFakeJob } from '../fake-job.ts';

describe('the channels of a job', () => {
  let directory: TemporaryDirectory;
  let root: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
  };
  const store =
    (objects: Readonly<Record<string, string>>) =>
    async ({ objects: buckets }: Emulator): Promise<void> => {
      const there = await buckets;
      await there.createBucket('bucket');
      for (const [key, text] of Object.entries(objects)) await there.put({ bucket: 'bucket', key }, bytesOf(text));
    };
  async function* bytesOf(text: string): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  /** Runs a job that looks at its channels; what it saw, by host. */
  async function seen<T>(
    channels: readonly Channel[],
    look: (world: World) => Promise<T>,
    job: Partial<FakeJob> = {},
  ): Promise<{ readonly by: Readonly<Record<string, T>>; readonly warnings: readonly string[]; readonly deviations: readonly string[] }> {
    const by: Record<string, T> = {};
    const { record, warnings } = await runFakeJob(
      async (world) => {
        by[world.spec.labels['sm-local.host'] ?? ''] = await look(world);
        return 0;
      },
      { root, ...job, request: { InputDataConfig: [...channels], ...job.request } },
    );
    assert.equal(record.status, 'Completed', record.failureReason);
    return { by, warnings, deviations: record.deviations ?? [] };
  }
  const dataOf = (world: World, path = ''): string => world.at(`/opt/ml/input/data/${path}`);
  const treeOf = async (path: string): Promise<string[]> =>
    (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length).replace(/^\//, ''))
      .sort();
  const hosts = (InstanceCount: number): Partial<CreateTrainingJobRequest> => ({
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount, VolumeSizeInGB: 1 },
  });

  it('in File mode hold the objects of an s3:// prefix, beside their manifest, and never change the store', async () => {
    const before = store({ 'data/train/a.csv': '1', 'data/train/deep/b.csv': '2', 'data/train-2/c.csv': '3' });
    const look = async (world: World): Promise<unknown> => {
      await writeFile(dataOf(world, 'train/a.csv'), 'changed');
      return [await treeOf(dataOf(world, 'train')), await readFile(dataOf(world, 'train-manifest'), 'utf8')];
    };
    const { by } = await seen([prefixChannel('train', 's3://bucket/data/train/')], look, { before });
    assert.deepEqual(by['algo-1'], [['a.csv', 'deep/b.csv'], '[{"prefix":"s3://bucket/data/train/"},"a.csv","deep/b.csv"]']);
    assert.equal(await readFile(join(root, 'home/buckets/bucket/data/train/a.csv'), 'utf8'), '1');
  });

  it('in File mode keep the last part of a prefix that is half a name', async () => {
    const before = store({ 'data/train-a.csv': '1', 'data/train-b.csv': '2' });
    const { by } = await seen([prefixChannel('train', 's3://bucket/data/train')], (world) => treeOf(dataOf(world, 'train')), { before });
    assert.deepEqual(by['algo-1'], ['train-a.csv', 'train-b.csv']);
  });

  it('hold what a manifest names, under whole keys or under what its entries say', async () => {
    const objects = { 'some/prefix/a/1.csv': '1', 'some/prefix/2.csv': '2', 'some/prefix/3.csv': '3' };
    const before = store({ ...objects, 'm.json': '[{"prefix":"s3://bucket/some/prefix/"},"a/1.csv","2.csv"]' });
    const source = { S3DataType: 'ManifestFile', S3Uri: 's3://bucket/m.json' } as const;
    const channel = { ChannelName: 'train', DataSource: { S3DataSource: source } };
    const look = (world: World) => treeOf(dataOf(world, 'train'));
    const whole = await seen([channel], look, { before });
    assert.deepEqual(whole.by['algo-1'], ['some/prefix/2.csv', 'some/prefix/a/1.csv']);
    await rm(join(root, 'home'), { recursive: true });
    const relative = await seen([channel], look, { before, options: { manifestNames: 'relative' } });
    assert.deepEqual(relative.by['algo-1'], ['2.csv', 'a/1.csv']);
  });

  it('are shared out by ShardedByS3Key, each object to one host, and a host without a share has an empty directory', async () => {
    await write({ 'data/1': '', 'data/2': '', 'data/3': '', 'few/1': '' });
    const sharded = (name: string, path: string): Channel => {
      const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: join(root, path), S3DataDistributionType: 'ShardedByS3Key' } as const;
      return { ChannelName: name, DataSource: { S3DataSource } };
    };
    for (const workspace of ['bind', 'archive'] as const) {
      const { by } = await seen(
        [sharded('train', 'data'), sharded('few', 'few')],
        async (world) => [await treeOf(dataOf(world, 'train')), await treeOf(dataOf(world, 'few'))],
        { workspace, request: { ...hosts(2), TrainingJobName: `job-${workspace}` } },
      );
      assert.deepEqual(by, {
        'algo-1': [['1', '3'], ['1']],
        'algo-2': [['2'], []],
      });
    }
  });

  it('may be all on paths with commas and colons, also for several hosts', async () => {
    await write({ 'odd, a:b/x': 'x' });
    const { by } = await seen([prefixChannel('train', join(root, 'odd, a:b'))], (world) => readFile(dataOf(world, 'train/x'), 'utf8'), {
      request: hosts(2),
    });
    assert.deepEqual(by, { 'algo-1': 'x', 'algo-2': 'x' });
  });

  describe('in FastFile mode', () => {
    const fast = (uri: string, changes: Partial<Channel> = {}): Channel =>
      prefixChannel('train', uri, { InputMode: 'FastFile', ...changes });

    it('are the directory itself, for reading alone', async () => {
      await write({ 'data/a.csv': '1' });
      const { by, deviations } = await seen([fast(join(root, 'data'))], async (world) => {
        assert.ok(!existsSync(dataOf(world, 'train-manifest')));
        return world.spec.mounts.filter(({ target }) => target.endsWith('/train'));
      });
      assert.deepEqual(by['algo-1'], [{ kind: 'bind', source: join(root, 'data'), target: '/opt/ml/input/data/train', readOnly: true }]);
      assert.deepEqual(deviations, []);
    });

    it('are the very files of a selection, of which nothing is copied', async () => {
      await write({ 'data/a.csv': '1', 'other/b.csv': '2' });
      const { by, deviations } = await seen([fast(join(root, 'data/a.csv'))], async (world) => {
        assert.equal(world.spec.mounts.find(({ target }) => target.endsWith('/train'))?.readOnly, true);
        return (await stat(dataOf(world, 'train/a.csv'))).ino;
      });
      assert.equal(by['algo-1'], (await stat(join(root, 'data/a.csv'))).ino);
      assert.deepEqual(deviations, []);
    });

    it('are copied where the engine does not see the files, and the record says so', async () => {
      await write({ 'data/a.csv': '1' });
      const { by, deviations, warnings } = await seen(
        [fast(join(root, 'data'))],
        (world) => readFile(dataOf(world, 'train/a.csv'), 'utf8'),
        {
          workspace: 'archive',
          engine: { describe: { usesSelinux: true } },
        },
      );
      assert.equal(by['algo-1'], '1');
      assert.match(deviations.join(), /^Channel "train" in FastFile mode is copied before the start/);
      assert.ok(warnings.includes(deviations[0] ?? ''));
    });

    it('refuse half a name as the cloud does', async () => {
      const before = store({ 'data/train-a.csv': '1' });
      await assert.rejects(
        seen([fast('s3://bucket/data/train')], async () => 0, { before }),
        failure('DataDownloadFailed', /partial S3 prefix is not supported/),
      );
    });
  });

  describe('in Pipe mode', () => {
    const piped = (name: string, uri: string, changes: Partial<Channel> = {}): Channel =>
      prefixChannel(name, uri, { InputMode: 'Pipe', ...changes });
    const epoch = async (world: World, name: string): Promise<string> => (await buffer(open(world, name))).toString();
    const open = (world: World, name: string): Readable => createReadStream(dataOf(world, name));

    for (const workspace of ['bind', 'archive'] as const) {
      it(`are FIFOs, one an epoch, through the ${workspace} workspace`, async () => {
        await write({ 'data/a': 'one,', 'data/b': 'two,', 'more/c': 'other' });
        const channels = [
          piped('train', join(root, 'data')),
          piped('more', join(root, 'more')),
          prefixChannel('files', join(root, 'more')),
        ];
        const { by, deviations } = await seen(
          channels,
          async (world) => {
            const [first, other] = await Promise.all([epoch(world, 'train_0'), epoch(world, 'more_0')]);
            const second = await epoch(world, 'train_1');
            const there = (await readdir(dataOf(world))).filter((name) => !name.startsWith('train')).sort();
            return [first, second, other, there, await readFile(dataOf(world, 'files/c'), 'utf8')];
          },
          { workspace, request: { TrainingJobName: workspace } },
        );
        assert.deepEqual(by['algo-1'], ['one,two,', 'one,two,', 'other', ['files', 'files-manifest', 'more_1'], 'other']);
        assert.equal(deviations.length, workspace === 'bind' ? 0 : 1);
      });
    }

    it('stream the attributes of an augmented manifest, as records where they are asked for', async () => {
      const lines = '{"source-ref":"s3://bucket/img/1","class":1}\n{"class":2,"source-ref":"s3://bucket/img/2"}\n';
      const before = store({ 'img/1': 'abc', 'img/2': 'defg', 'lines.jsonl': lines });
      const source = {
        S3DataType: 'AugmentedManifestFile' as const,
        S3Uri: 's3://bucket/lines.jsonl',
        AttributeNames: ['source-ref', 'class'],
      };
      const channel: Channel = { ChannelName: 'train', InputMode: 'Pipe', DataSource: { S3DataSource: source } };
      const plain = await seen([channel], (world) => epoch(world, 'train_0'), { before });
      assert.equal(plain.by['algo-1'], 'abc1defg2');
      const wrapped = await seen(
        [{ ...channel, RecordWrapperType: 'RecordIO' }],
        async (world) => (await buffer(open(world, 'train_0'))).subarray(0, 12).toString('hex'),
        { request: { TrainingJobName: 'records' } },
      );
      assert.equal(wrapped.by['algo-1'], '0a23d7ce0300000061626300');
    });

    it('are shared out anew over the hosts in each epoch when they are shuffled', async () => {
      await write(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`data/${index}`, `${index}`])));
      const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: join(root, 'data'), S3DataDistributionType: 'ShardedByS3Key' } as const;
      const channel: Channel = { ChannelName: 'train', InputMode: 'Pipe', ShuffleConfig: { Seed: 7 }, DataSource: { S3DataSource } };
      const look = async (world: World) => [await epoch(world, 'train_0'), await epoch(world, 'train_1')];
      const { by } = await seen([channel], look, { request: hosts(2) });
      const [one = [], two = []] = [by['algo-1'], by['algo-2']];
      for (const number of [0, 1]) assert.equal([...`${one[number]}${two[number]}`].sort().join(''), '01234567');
      assert.notEqual(one[0], one[1]);
    });

    it('fail the job in the words of the cloud when data cannot be read any more', async () => {
      await write({ 'data/a': 'one,' });
      const { record, warnings } = await runFakeJob(
        async (world) => {
          await epoch(world, 'train_0');
          await rm(join(root, 'data/a'));
          await Promise.race([epoch(world, 'train_1'), new Promise((resolve) => world.ended.addEventListener('abort', resolve))]);
          return 0;
        },
        { root, request: { InputDataConfig: [piped('train', join(root, 'data'))] } },
      );
      assert.equal(record.status, 'Failed');
      assert.match(record.failureReason ?? '', /^ClientError: Data download failed:.*data\/a/);
      assert.ok(warnings.some((warning) => warning.startsWith('ClientError: Data download failed:')));
    });

    it('fail a job that does not open them within the time it was given', async () => {
      await write({ 'data/a': 'one,' });
      const { record } = await runFakeJob((world) => new Promise((resolve) => world.ended.addEventListener('abort', () => resolve(0))), {
        root,
        request: { InputDataConfig: [piped('train', join(root, 'data'))] },
        options: { pipeWithin: 0.05 },
      });
      assert.equal(record.failureReason, 'InternalServerError: We encountered an internal error. Please try again.');
      assert.match(await readFile(record.files.logs['algo-1'] ?? '', 'utf8'), /pipe channel timed out: nothing opened .*train_0/);
    });

    it('fail a job whose process has gone, because its program may have taken half of an epoch for all of it', async () => {
      await write({ 'data/a': 'one,' });
      const program = async (world: World): Promise<number> => {
        await epoch(world, 'train_0');
        leaving.abort(new Error('This process leaves.'));
        return await new Promise((resolve) => world.ended.addEventListener('abort', () => resolve(0)));
      };
      const leaving = new AbortController();
      await using engine = new FakeEngine({ images: { image: program } });
      const options = { home: join(root, 'home'), engine, workspace: 'bind', credentials: { source: 'environment' } } as const;
      const request = fakeRequest(root, { InputDataConfig: [piped('train', join(root, 'data'))] });
      const image = { kind: 'image', reference: 'image' } as const;
      const observer = { event() {}, log() {} };
      {
        await using emulator = await openEmulator(options);
        const plan = await planTraining(emulator, { request, image, options: { stopGrace: 1 } }, observer, neverStopped.stop);
        await assert.rejects(train(emulator, plan, observer, { ...neverStopped, leave: leaving.signal }), /This process leaves/);
      }
      await using emulator = await openEmulator(options);
      const finish = await adoptTraining(emulator, 'job', observer, neverStopped);
      await assert.rejects(async () => await finish?.(), failure('PipesLost', /may not have got all of its data/));
      const record = await emulator.trainingJobs.read('job');
      assert.deepEqual(
        [record?.status, record?.failureReason],
        ['Failed', 'InternalServerError: We encountered an internal error. Please try again.'],
      );
      assert.deepEqual(engine.left(), []);
    });

    it('are refused where the engine does not see the files of this machine, before anything is created', async () => {
      await write({ 'data/a': 'one,' });
      await assert.rejects(
        seen([piped('train', join(root, 'data'))], async () => 0, { workspace: 'archive', engine: { describe: { usesSelinux: true } } }),
        failure('FilesNotShared', /Channel "train" in Pipe mode .*SELinux/),
      );
      assert.deepEqual(await readdir(join(root, 'home/records')), []);
    });
  });

  it('of an EFS file system are the directory that stands for it, to be written to where the request says so', async () => {
    await write({ 'efs/data/a': '1' });
    const source = (FileSystemAccessMode: 'ro' | 'rw') => ({
      ...{ FileSystemId: 'fs-0123456789abcdef0', FileSystemType: 'EFS' as const, DirectoryPath: '/data', FileSystemAccessMode },
    });
    const channels = (['ro', 'rw'] as const).map((name) => ({ ChannelName: name, DataSource: { FileSystemDataSource: source(name) } }));
    const VpcConfig = { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] };
    const look = async (world: World) =>
      world.spec.mounts.flatMap(({ target, readOnly }) => (/\/r[ow]$/.test(target) ? [[target, readOnly]] : []));
    const job = { request: { VpcConfig }, options: { fileSystems: { 'fs-0123456789abcdef0': join(root, 'efs') } } };
    const { by } = await seen(channels, look, job);
    assert.deepEqual(by['algo-1'], [
      ['/opt/ml/input/data/ro', true],
      ['/opt/ml/input/data/rw', false],
    ]);
    await assert.rejects(
      seen(channels, look, { request: { VpcConfig, TrainingJobName: 'other' } }),
      failure('FileSystemUnknown', /fs-0123456789abcdef0/),
    );
  });
});
