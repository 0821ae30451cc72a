import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import {
  channelManifest,
  channelManifestPath,
  channelPath,
  inputModeOf,
  type TrainingPlace,
  trainingDirectories,
  trainingEnvironment,
  trainingHostname,
  trainingHosts,
  trainingMountPoints,
  trainingProcess,
  trainingTree,
} from '../../src/contract/training.ts';
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

describe('the golden trees', () => {
  it('cover an empty job, a typical one, one with many hosts and one in another region', () => {
    const names = goldenCases().map(({ name }) => name);
    for (const name of ['minimal', 'typical', 'eleven-hosts', 'other-region']) assert.ok(names.includes(name), name);
  });

  for (const golden of goldenCases()) {
    describe(golden.name, () => {
      const { request } = golden;
      const tree = trainingTree(request, golden.place.host);

      it('has exactly these files', () => {
        assert.deepEqual([...tree.keys()].sort(), [...golden.files.keys()].sort());
      });

      for (const [path, bytes] of golden.files) {
        it(`has the bytes of ${path}`, () => {
          assert.equal(tree.get(path), bytes.toString());
          assert.deepEqual(Buffer.from(tree.get(path) ?? ''), bytes);
        });
      }

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
  const tree = trainingTree(
    requestWith({
      ResourceConfig: { InstanceType: 'ml.g4dn.12xlarge', InstanceCount: 1, VolumeSizeInGB: 1 },
      InputDataConfig: [
        { ChannelName: 'training', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/training' } } },
      ],
    }),
    'algo-1',
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
  const modesOf = (job: { runsAsRoot: boolean; cloudModes: boolean }): Record<string, string> =>
    Object.fromEntries([...trainingDirectories({ channels: ['train'], ...job })].map(([path, mode]) => [path, mode.toString(8)]));
  const written = ['model', 'output', 'output/data', 'output/metrics', 'output/metrics/sagemaker'];

  it('exist before the start: the channels, and what the container writes to', () => {
    assert.deepEqual(Object.keys(modesOf({ runsAsRoot: true, cloudModes: false })), [...expected, 'output/metrics/sagemaker']);
  });

  it('come parents first', () => {
    const paths = [...trainingDirectories({ channels: ['a', 'b'], runsAsRoot: true, cloudModes: false }).keys()];
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

  it('lie below the mount points, as all files do, and /opt/ml itself is none of them', () => {
    const paths = [
      ...trainingDirectories({ channels: ['train'], runsAsRoot: true, cloudModes: false }).keys(),
      ...trainingTree(requestWith(), 'algo-1').keys(),
      channelPath('train'),
      channelManifestPath('train'),
    ];
    for (const path of paths) assert.ok(trainingMountPoints.includes(path.split('/')[0] as 'input'), path);
    for (const point of trainingMountPoints) assert.match(point, /^[a-z]+$/);
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

describe('the host name of a training job', () => {
  it('is that of an EC2 machine, not algo-1', () => {
    assert.match(trainingHostname('job', place), /^ip-10-0-\d{1,3}-\d{1,3}\.ec2\.internal$/);
  });

  it('names the region outside us-east-1', () => {
    assert.match(
      trainingHostname('job', { region: 'eu-west-1', host: 'algo-1' }),
      /^ip-10-0-\d{1,3}-\d{1,3}\.eu-west-1\.compute\.internal$/,
    );
  });

  it('is made of numbers that an address can have', () => {
    const names = Array.from({ length: 200 }, (_, index) => trainingHostname(`job-${index}`, place));
    const numbers = names.flatMap((name) => (/-(\d+)-(\d+)\./.exec(name) ?? []).slice(1).map(Number));
    assert.ok(numbers.length === 400 && numbers.every((number) => number < 256));
  });

  it('is the same in each run and different on each host', () => {
    const names = trainingHosts(requestWith({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 9, VolumeSizeInGB: 1 } })).map(
      (host) => trainingHostname('job', { ...place, host }),
    );
    assert.equal(new Set(names).size, 9);
    assert.equal(trainingHostname('job', place), names[0]);
  });
});

describe('the hosts of a training job', () => {
  it('are made in the order of their numbers', () => {
    const hosts = trainingHosts(requestWith({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 11, VolumeSizeInGB: 1 } }));
    assert.deepEqual([hosts.length, hosts[0], hosts[1], hosts[9], hosts[10]], [11, 'algo-1', 'algo-2', 'algo-10', 'algo-11']);
  });

  it('are one where the request does not say', () => {
    const { ResourceConfig: _, ...request } = requestWith();
    assert.deepEqual(trainingHosts(request), ['algo-1']);
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
