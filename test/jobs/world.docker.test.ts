import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Channel } from '@aws-sdk/client-sagemaker';
import { inputModeOf } from '../../src/contract/training.ts';
import { openEmulator } from '../../src/emulator.ts';
import type { WorkspaceStrategy } from '../../src/jobs/workspace.ts';
import { neverStopped } from '../../src/stop.ts';
import { readLog } from '../../src/store/log-file.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { type GoldenCase, goldenCases, readGoldenCase } from '../support/golden.ts';
import { fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';

/** What fixtures/images/probe prints of its world. */
interface World {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly uid: number;
  readonly hostname: string;
  readonly tty: readonly boolean[];
  readonly tree: Readonly<Record<string, { readonly type: string; readonly mode: string; readonly uid: number; readonly base64?: string }>>;
  readonly shm: number;
  readonly interfaces: readonly string[];
  readonly 'algo-1': string | null;
}

/** Addresses of a running service, new for each job: no golden tree can have them. */
const leadToCredentials = /^(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI|ECS_CONTAINER_METADATA_URI(_V4)?)$/;

/** Set by the image, the engine or the shell, not by the platform. */
const notThePlatforms = new Set([
  'PATH',
  'HOME',
  'HOSTNAME',
  'LANG',
  'PWD',
  'SHLVL',
  'LC_CTYPE',
  'GPG_KEY',
  'PYTHON_VERSION',
  'PYTHON_SHA256',
]);

/** The buckets that a request names. */
const bucketsIn = (request: object): ReadonlySet<string> =>
  new Set([...JSON.stringify(request).matchAll(/s3:\/\/([^/"]+)/g)].map(([, bucket = '']) => bucket));

const observer = { event() {}, log() {} };

describe('the world of a training container', function () {
  this.timeout(60_000);
  let root: string;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sm-local-world-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function worldOf(golden: GoldenCase, workspace: WorkspaceStrategy): Promise<World> {
    const { region, account } = golden.place;
    await using emulator = await openEmulator({ home: join(root, 'home'), engine: testEngine(), region, account, workspace });
    const objects = await emulator.objects;
    for (const bucket of bucketsIn(golden.request)) if (!(await objects.bucket(bucket))) await objects.createBucket(bucket);
    const request = {
      ...golden.request,
      AlgorithmSpecification: {
        ...golden.request.AlgorithmSpecification,
        TrainingImage: fixtureTag('probe'),
      } as GoldenCase['request']['AlgorithmSpecification'],
      OutputDataConfig: { S3OutputPath: pathToFileURL(join(root, 'output')).href },
      ...(golden.request.InputDataConfig && { InputDataConfig: await Promise.all(golden.request.InputDataConfig.map(local)) }),
    };
    const image = { kind: 'image', reference: fixtureTag('probe') } as const;
    const plan = await planTraining(emulator, { request, image, options: { stopGrace: 10 } }, observer, neverStopped.stop);
    const record = await train(emulator, plan, observer, neverStopped);
    assert.equal(record.failureReason, undefined);
    for await (const { message } of readLog(record.files.logs['algo-1'] ?? '')) {
      if (message.startsWith('PROBE ')) return JSON.parse(message.slice('PROBE '.length)) as World;
    }
    throw new Error('The probe printed nothing.');
  }

  /** The channel with a directory of this machine in place of its S3 prefix, which the container cannot tell apart. */
  async function local(channel: Channel): Promise<Channel> {
    const directory = join(root, 'data', channel.ChannelName ?? '');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'part-0.csv'), `${channel.ChannelName}\n`);
    return {
      ...channel,
      DataSource: { S3DataSource: { ...channel.DataSource?.S3DataSource, S3DataType: 'S3Prefix', S3Uri: pathToFileURL(directory).href } },
    };
  }

  for (const golden of goldenCases().filter(
    ({ request }) => request.ResourceConfig?.InstanceCount === 1 && !request.AlgorithmSpecification?.ContainerEntrypoint,
  )) {
    for (const workspace of ['bind', 'archive'] as const) {
      it(`is the golden one of "${golden.name}", byte for byte, through the ${workspace} workspace`, async () => {
        const world = await worldOf(golden, workspace);
        const config = Object.entries(world.tree).filter(([path, { type }]) => path.startsWith('input/config/') && type === 'file');
        assert.deepEqual(config.map(([path]) => path).sort(), [...golden.files.keys()].sort());
        for (const [path, { base64, mode, uid }] of config) {
          assert.equal(Buffer.from(base64 ?? '', 'base64').toString(), golden.files.get(path)?.toString(), path);
          assert.deepEqual([mode, uid], ['0o644', 0], path);
        }
        const directories = Object.entries(world.tree).filter(([, { type }]) => type === 'directory');
        assert.deepEqual(directories.map(([path]) => path).sort(), [...golden.directories].sort());
        const env = Object.fromEntries(
          Object.entries(world.env).filter(([name]) => !notThePlatforms.has(name) && !leadToCredentials.test(name)),
        );
        assert.deepEqual(env, golden.environment);
        assert.deepEqual(world.argv, ['train']);
        for (const channel of golden.request.InputDataConfig ?? []) {
          if (inputModeOf(golden.request, channel) === 'Pipe') {
            assert.equal(world.tree[`input/data/${channel.ChannelName}_0`]?.type, 'fifo');
            continue;
          }
          const file = world.tree[`input/data/${channel.ChannelName}/part-0.csv`];
          assert.equal(Buffer.from(file?.base64 ?? '', 'base64').toString(), `${channel.ChannelName}\n`);
        }
      });
    }
  }

  for (const workspace of ['bind', 'archive'] as const) {
    it(`has the directories of the cloud, no terminal, no init, eth0, its own name, and half of the memory as /dev/shm through the ${workspace} workspace`, async () => {
      const world = await worldOf(readGoldenCase('minimal'), workspace);
      const directories = Object.entries(world.tree).filter(([, { type }]) => type === 'directory');
      assert.deepEqual(
        directories.map(([path, { mode, uid }]) => [path, mode, uid]),
        ['input', 'input/config', 'input/data', 'model', 'output', 'output/data', 'output/metrics', 'output/metrics/sagemaker'].map(
          (path) => [path, '0o755', 0],
        ),
      );
      assert.deepEqual(world.tty, [false, false, false]);
      assert.equal(world.pid, 1);
      assert.ok(world.interfaces.includes('eth0'));
      assert.match(world.hostname, /^ip-10-0-\d+-\d+\.ec2\.internal$/);
      assert.equal(world['algo-1'], '127.0.0.1');
      const { memory } = await testEngine().describe();
      assert.ok(Math.abs(world.shm - memory / 2) < memory / 100, `${world.shm} of ${memory}`);
    });
  }
});
