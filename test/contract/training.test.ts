import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import {
  channelManifest,
  channelManifestPath,
  channelPath,
  inputModeOf,
  mountPoints,
  type TrainingPlace,
  type Tree,
  trainingDirectories,
  trainingEnvironment,
  trainingProcess,
  trainingTree,
} from '../../src/contract/training.ts';
import { type TrainingHost, trainingCluster } from '../../src/contract/training-hosts.ts';
import { goldenCases } from '../support/golden.ts';

const place: TrainingPlace = {
  region: 'us-east-1',
  account: '000000000000',
  arn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job',
  host: 'algo-1',
};

const requestWith = (changes: Partial<CreateTrainingJobRequest> = {}): CreateTrainingJobRequest => ({
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
  ...changes,
});

const memberOf = (request: CreateTrainingJobRequest, name = 'algo-1'): TrainingHost => {
  const host = trainingCluster(request).hosts.find((each) => each.name === name);
  assert.ok(host, name);
  return host;
};
const treeOf = (request: CreateTrainingJobRequest, host = 'algo-1'): Tree =>
  trainingTree(request, memberOf(request, host), trainingCluster(request));

describe('the golden trees', () => {
  it('are all there', () => {
    const names = [
      'minimal',
      'typical',
      'eleven-hosts',
      'other-region',
      'two-hosts',
      'instance-groups',
      'checkpoints',
      'observed',
      'pipes',
    ];
    assert.deepEqual(
      goldenCases()
        .map(({ name }) => name)
        .sort(),
      [...names, 'kept-warm'].sort(),
    );
  });

  for (const golden of goldenCases()) {
    describe(golden.name, () => {
      const { request } = golden;
      const tree = treeOf(request, golden.place.host);

      it('has exactly these files', () => {
        assert.deepEqual([...tree.keys()].sort(), [...golden.files.keys()].sort());
      });

      for (const [path, bytes] of golden.files) {
        it(`has the bytes of ${path}`, () => {
          assert.equal(tree.get(path), bytes.toString());
          assert.deepEqual(Buffer.from(tree.get(path) ?? ''), bytes);
        });
      }

      it('has exactly these directories', () => {
        const host = memberOf(request, golden.place.host);
        const directories = trainingDirectories(request, host, { runsAsRoot: true, cloudModes: false });
        assert.deepEqual([...directories.keys()].sort(), [...golden.directories].sort());
      });

      it('has exactly these variables', () => {
        assert.deepEqual(trainingEnvironment(request, golden.place, false), golden.environment);
      });

      it('runs this entrypoint and these arguments', () => {
        assert.deepEqual(trainingProcess(request), golden.process);
      });
    });
  }
});

describe('the files of a published job', () => {
  // One ml.g4dn.12xlarge and one channel, "training", in September 2022: a listing of its /opt/ml/input names the sizes.
  const tree = treeOf(
    requestWith({
      ResourceConfig: { InstanceType: 'ml.g4dn.12xlarge', InstanceCount: 1, VolumeSizeInGB: 1 },
      InputDataConfig: [
        { ChannelName: 'training', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/training' } } },
      ],
    }),
  );
  const sizeOf = (name: string): number => Buffer.byteLength(tree.get(`input/config/${name}`) ?? '');

  it('have its 280 bytes in resourceconfig.json, but for the topology that came later', () => {
    assert.equal(sizeOf('resourceconfig.json') - Buffer.byteLength(',"topology":null'), 280);
  });

  it('have its 107 bytes in inputdataconfig.json', () => {
    assert.equal(sizeOf('inputdataconfig.json'), 107);
  });

  it('have its 2 bytes in hyperparameters.json and metric-definition-regex.json', () => {
    assert.equal(sizeOf('hyperparameters.json'), 2);
    assert.equal(sizeOf('metric-definition-regex.json'), 2);
  });
});

describe('what is run', () => {
  const processOf = (specification: object): object =>
    trainingProcess(requestWith({ AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File', ...specification } }));

  it('is the image with the argument train when the request names neither entrypoint nor arguments', () => {
    assert.deepEqual(processOf({}), { command: ['train'] });
  });

  it('is the given entrypoint without any argument when the request names only that', () => {
    assert.deepEqual(processOf({ ContainerEntrypoint: ['python3', 'fit.py'] }), { entrypoint: ['python3', 'fit.py'], command: [] });
  });

  it("is the image's own entrypoint with the given arguments instead of train when the request names only those", () => {
    assert.deepEqual(processOf({ ContainerArguments: ['fit', '--fast'] }), { command: ['fit', '--fast'] });
  });

  it('is the given entrypoint with the given arguments when the request names both', () => {
    assert.deepEqual(processOf({ ContainerEntrypoint: ['python3'], ContainerArguments: ['fit.py'] }), {
      entrypoint: ['python3'],
      command: ['fit.py'],
    });
  });
});

describe('the directories of a training job', () => {
  const expected = ['input', 'input/config', 'input/data', 'input/data/train', 'model', 'output', 'output/data', 'output/metrics'];
  const withChannels = (...names: string[]): CreateTrainingJobRequest =>
    requestWith({
      InputDataConfig: names.map((ChannelName) => ({
        ChannelName,
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/data/' } },
      })),
    });
  const directoriesOf = (request: CreateTrainingJobRequest, modes = { runsAsRoot: true, cloudModes: false }) =>
    trainingDirectories(request, memberOf(request), modes);
  const modesOf = (modes: { runsAsRoot: boolean; cloudModes: boolean }): Record<string, string> =>
    Object.fromEntries([...directoriesOf(withChannels('train'), modes)].map(([path, mode]) => [path, mode.toString(8)]));
  const written = ['model', 'output', 'output/data', 'output/metrics', 'output/metrics/sagemaker'];

  it('exist before the start: the channels, and what the container writes to', () => {
    assert.deepEqual(Object.keys(modesOf({ runsAsRoot: true, cloudModes: false })), [...expected, 'output/metrics/sagemaker']);
  });

  it('come parents first', () => {
    const request = { ...withChannels('a', 'b'), CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: '/opt/ml/deep/checkpoints/' } };
    const paths = [...directoriesOf(request).keys()];
    assert.ok(paths.includes('deep/checkpoints'));
    for (const [index, path] of paths.entries()) {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      assert.ok(parent === '' || paths.indexOf(parent) < index, `${parent} before ${path}`);
    }
  });

  it('are 0755 for an image that runs as root', () => {
    assert.deepEqual(new Set(Object.values(modesOf({ runsAsRoot: true, cloudModes: false }))), new Set(['755']));
  });

  it('can be written by an image with another user, where it must write, and entered everywhere', () => {
    const modes = modesOf({ runsAsRoot: false, cloudModes: false });
    for (const path of written) assert.equal(modes[path], '777', path);
    for (const path of ['input', 'input/config', 'input/data', 'input/data/train']) assert.equal(modes[path], '755', path);
  });

  for (const runsAsRoot of [true, false]) {
    it(`have the modes of the cloud when asked for, ${runsAsRoot ? 'as root' : 'as another user'}: only root enters input/config`, () => {
      const { 'input/config': config, ...others } = modesOf({ runsAsRoot, cloudModes: true });
      assert.equal(config, '644');
      assert.deepEqual(new Set(Object.values(others)), new Set(['755']));
    });
  }

  it('have none for a profiler that is switched off, though its file is there', () => {
    const request = requestWith({ ProfilerConfig: { DisableProfiler: true } });
    assert.ok(!directoriesOf(request).has('output/profiler'));
    assert.equal(treeOf(request).get('input/config/profilerconfig.json'), '{"DisableProfiler":true}');
  });

  it('hold no checkpoints that the request wants elsewhere', () => {
    for (const LocalPath of ['/tmp/checkpoints', '/opt/ml', '/opt/ml/../checkpoints', '/opt/mlx/a']) {
      const request = requestWith({ CheckpointConfig: { S3Uri: 's3://b/c', LocalPath } });
      assert.deepEqual([...directoriesOf(request).keys()], [...directoriesOf(requestWith()).keys()], LocalPath);
      assert.equal(treeOf(request).get('input/config/checkpointconfig.json'), JSON.stringify({ LocalPath }));
    }
  });

  it('are mounted by their topmost, and /opt/ml itself is none of them', () => {
    const request = { ...withChannels('train'), CheckpointConfig: { S3Uri: 's3://b/c' } };
    const points = mountPoints(directoriesOf(request));
    assert.deepEqual(points, ['input', 'model', 'output', 'checkpoints']);
    const paths = [...directoriesOf(request).keys(), ...treeOf(request).keys(), channelPath('train'), channelManifestPath('train')];
    for (const path of paths) assert.ok(points.includes(path.split('/')[0] ?? ''), path);
  });
});

describe('the files about what a request may ask for', () => {
  it('do not exist without it', () => {
    assert.deepEqual(
      [...treeOf(requestWith()).keys()].map((path) => path.replace('input/config/', '')),
      ['hyperparameters.json', 'inputdataconfig.json', 'metric-definition-regex.json', 'resourceconfig.json'],
    );
  });

  it('tell the local paths of the request', () => {
    const tree = treeOf(
      requestWith({
        DebugHookConfig: { S3OutputPath: 's3://b/d', LocalPath: '/tmp/tensors' },
        TensorBoardOutputConfig: { S3OutputPath: 's3://b/t', LocalPath: '/tmp/board' },
      }),
    );
    assert.equal(tree.get('input/config/debughookconfig.json'), '{"S3OutputPath":"s3://b/d","LocalPath":"/tmp/tensors"}');
    assert.equal(tree.get('input/config/tensorboardoutputconfig.json'), '{"LocalPath":"/tmp/board"}');
  });
});

describe('the environment of a training job', () => {
  const environmentOf = (environment: Record<string, string>, hasGpu = false): Readonly<Record<string, string>> =>
    trainingEnvironment(requestWith({ Environment: environment }), place, hasGpu);

  it('leaves NVIDIA_VISIBLE_DEVICES to the image where there are GPUs', () => {
    assert.equal(environmentOf({}).NVIDIA_VISIBLE_DEVICES, 'void');
    assert.ok(!('NVIDIA_VISIBLE_DEVICES' in environmentOf({}, true)));
  });

  it("lets the request's own variables win, except over the job's name and ARN", () => {
    const environment = environmentOf({ AWS_REGION: 'mine', DMLC_INTERFACE: 'lo', TRAINING_JOB_NAME: 'mine', TRAINING_JOB_ARN: 'mine' });
    assert.equal(environment.AWS_REGION, 'mine');
    assert.equal(environment.DMLC_INTERFACE, 'lo');
    assert.equal(environment.TRAINING_JOB_NAME, 'job');
    assert.equal(environment.TRAINING_JOB_ARN, place.arn);
  });

  it('holds no AWS_DEFAULT_REGION, no credentials and nothing that a toolkit would set', () => {
    const names = Object.keys(environmentOf({}));
    assert.deepEqual(
      names.filter((name) => /^(SM_|AWS_DEFAULT_REGION|AWS_.*KEY|AWS_SESSION)/.test(name)),
      [],
    );
  });
});

describe('a channel', () => {
  const channel = { ChannelName: 'train', DataSource: {} };

  it("is read in its own mode, else the job's, else File", () => {
    assert.equal(inputModeOf(requestWith(), { ...channel, InputMode: 'Pipe' }), 'Pipe');
    const fast = requestWith({ AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'FastFile' } });
    assert.equal(inputModeOf(fast, channel), 'FastFile');
    const { AlgorithmSpecification: _, ...bare } = requestWith();
    assert.equal(inputModeOf(bare, channel), 'File');
  });

  it('has a manifest beside it: its prefix, then the names of its files', () => {
    assert.equal(channelManifestPath('train'), 'input/data/train-manifest');
    assert.equal(channelManifest('s3://bucket/data/', ['a.csv', 'b/c.csv']), '[{"prefix":"s3://bucket/data/"},"a.csv","b/c.csv"]');
  });
});
