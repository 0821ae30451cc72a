import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { validateRequest } from '../../src/contract/validation.ts';
import { isError } from '../../src/errors.ts';
import type { TrainValues } from '../../src/options/train-options.ts';
import { filledIn, trainingRequest } from '../../src/options/train-request.ts';

const none: TrainValues = {
  request: undefined,
  account: undefined,
  name: undefined,
  input: [],
  'input-mode': [],
  'file-system': [],
  'manifest-names': undefined,
  'pipe-within': undefined,
  'content-type': [],
  'source-dir': undefined,
  'entry-point': undefined,
  hp: [],
  hyperparameters: undefined,
  env: [],
  entrypoint: undefined,
  args: undefined,
  role: undefined,
  'instance-type': undefined,
  'instance-count': undefined,
  'instance-limits': false,
  'shuffle-hosts': undefined,
  'max-run': undefined,
  'interrupt-after': [],
  'max-wait': undefined,
  hook: [],
  limit: [],
  speed: undefined,
  metric: [],
  checkpoints: undefined,
  'network-isolation': false,
  gpus: undefined,
  output: undefined,
  compression: undefined,
  'build-arg': [],
  workspace: undefined,
  credentials: undefined,
  's3-endpoint': undefined,
  'assume-role': undefined,
  profile: undefined,
  'cloud-modes': false,
  watch: false,
  sync: [],
  'dry-run': false,
  debug: false,
  'debug-wait': false,
  'debug-port': undefined,
  json: false,
  region: undefined,
  home: undefined,
  engine: undefined,
};
const context = { cwd: '/somewhere', name: 'job', image: 'image:1' };
const request = (values: Partial<TrainValues>) => trainingRequest({ ...none, ...values }, context);
const isWrongUsage =
  (message: RegExp, remedy = /./) =>
  (error: unknown) =>
    isError(error, 'WrongUsage') && message.test(error.message) && remedy.test(error.remedy);

describe('the request that the flags of train say', () => {
  it('hyperparameters are JSON with an entry point, but for those that the request has already; without one they are as they are', async () => {
    const hp = ['epochs=10', 'name=resnet'];
    assert.deepEqual((await request({ hp })).HyperParameters, { epochs: '10', name: 'resnet' });
    const file = { HyperParameters: { own: 'as it is', epochs: '5' } };
    const script = await trainingRequest({ ...none, hp, 'entry-point': 'train.py' }, context, file);
    assert.deepEqual(script.HyperParameters, { own: 'as it is', epochs: '10', name: '"resnet"' });
  });

  it('no flags at all give a request with the defaults and no channels', async () => {
    const bare = await request({});
    assert.deepEqual(bare, {
      TrainingJobName: 'job',
      AlgorithmSpecification: { TrainingImage: 'image:1', TrainingInputMode: 'File' },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: 'file:///somewhere/sm-local-output' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    });
    validateRequest('CreateTrainingJob', bare);
  });

  it('each flag fills its member of the request', async () => {
    const full = await request({
      role: 'arn:aws:iam::123456789012:role/mine',
      'instance-type': 'ml.c5.xlarge',
      'instance-count': '2',
      'input-mode': ['FastFile'],
      checkpoints: 'checkpoints',
      'network-isolation': true,
      output: 's3://bucket/out',
      compression: 'none',
      metric: ['loss=loss=(.*);'],
    });
    validateRequest('CreateTrainingJob', full);
    assert.equal(full.RoleArn, 'arn:aws:iam::123456789012:role/mine');
    assert.deepEqual(full.ResourceConfig, { InstanceType: 'ml.c5.xlarge', InstanceCount: 2 });
    assert.equal(full.AlgorithmSpecification?.TrainingInputMode, 'FastFile');
    assert.deepEqual(full.AlgorithmSpecification?.MetricDefinitions, [{ Name: 'loss', Regex: 'loss=(.*);' }]);
    assert.deepEqual(full.CheckpointConfig, { S3Uri: 'file:///somewhere/checkpoints' });
    assert.equal(full.EnableNetworkIsolation, true);
    assert.deepEqual(full.OutputDataConfig, { S3OutputPath: 's3://bucket/out', CompressionType: 'NONE' });
  });

  it('values that no request could have are wrong usage', async () => {
    await assert.rejects(request({ 'instance-count': 'two' }), isWrongUsage(/--instance-count two/));
    await assert.rejects(request({ compression: 'zip' }), isWrongUsage(/--compression zip/, /gzip or none/));
  });

  it('a relative channel starts at the current directory, an address stays as it is', async () => {
    const { InputDataConfig } = await request({ input: ['train=data/x', 'far=s3://b/p'], 'content-type': ['train=text/csv'] });
    assert.deepEqual(InputDataConfig, [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'file:///somewhere/data/x', S3DataDistributionType: 'FullyReplicated' },
        },
        ContentType: 'text/csv',
      },
      {
        ChannelName: 'far',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p', S3DataDistributionType: 'FullyReplicated' } },
      },
    ]);
  });

  it('a value may hold equals signs; hyperparameters and variables stay text', async () => {
    const { HyperParameters, Environment } = await request({ hp: ['epochs=10', 'expr=a=b'], env: ['FLAG=1'] });
    assert.deepEqual(HyperParameters, { epochs: '10', expr: 'a=b' });
    assert.deepEqual(Environment, { FLAG: '1' });
  });

  it('an entrypoint and arguments are split at commas', async () => {
    const { AlgorithmSpecification } = await request({ entrypoint: 'python,-u', args: 'a,b' });
    assert.deepEqual(AlgorithmSpecification?.ContainerEntrypoint, ['python', '-u']);
    assert.deepEqual(AlgorithmSpecification?.ContainerArguments, ['a', 'b']);
  });

  it('a fraction of a second of run time is a whole second for AWS', async () => {
    const { StoppingCondition } = await trainingRequest(none, { ...context, maxRuntime: 0.5 });
    assert.deepEqual(StoppingCondition, { MaxRuntimeInSeconds: 1 });
  });

  it('a channel without a name is wrong usage that shows the right form', async () => {
    await assert.rejects(request({ input: ['./data'] }), isWrongUsage(/.\/data/, /--input name=value/));
  });

  it('a channel that is named twice, or that is not there, is wrong usage', async () => {
    const input = ['train=a', 'test=b'];
    await assert.rejects(request({ input: [...input, 'train=c'] }), isWrongUsage(/--input train=… is given twice/));
    await assert.rejects(request({ input, 'content-type': ['tain=text/csv'] }), isWrongUsage(/no channel "tain"/, /Did you mean train\?/));
    await assert.rejects(request({ 'input-mode': ['train=Pipe'] }), isWrongUsage(/no channel "train"/, /There are no channels/));
  });

  it('an input mode is for all channels or for one', async () => {
    const { InputDataConfig, AlgorithmSpecification } = await request({
      input: ['a=a', 'b=b'],
      'input-mode': ['Pipe', 'b=File'],
    });
    assert.equal(AlgorithmSpecification?.TrainingInputMode, 'Pipe');
    assert.deepEqual(
      InputDataConfig?.map(({ InputMode }) => InputMode),
      [undefined, 'File'],
    );
  });

  describe('on top of a file', () => {
    const file: CreateTrainingJobRequest = {
      TrainingJobName: 'of-file',
      RoleArn: 'arn:aws:iam::123456789012:role/of-file',
      HyperParameters: { epochs: '1', depth: '2' },
      AlgorithmSpecification: {
        TrainingImage: '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris:1',
        TrainingInputMode: 'FastFile',
        ContainerEntrypoint: ['python'],
        MetricDefinitions: [
          { Name: 'loss', Regex: 'loss=(.*)' },
          { Name: 'acc', Regex: 'acc=(.*)' },
        ],
      },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          InputMode: 'Pipe',
          DataSource: {
            S3DataSource: {
              S3DataType: 'ManifestFile',
              S3Uri: 's3://bucket/train.manifest',
              S3DataDistributionType: 'ShardedByS3Key',
              InstanceGroupNames: ['a'],
            },
          },
        },
        { ChannelName: 'test', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/test/' } } },
      ],
      OutputDataConfig: { S3OutputPath: 's3://bucket/output', KmsKeyId: 'key' },
      ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 3, VolumeSizeInGB: 50 },
      StoppingCondition: { MaxRuntimeInSeconds: 600, MaxPendingTimeInSeconds: 7200 },
      CheckpointConfig: { S3Uri: 's3://bucket/checkpoints', LocalPath: '/tmp/checkpoints' },
      Environment: { A: '1', B: '2' },
      Tags: [{ Key: 'team', Value: 'a' }],
    };
    const bare = { cwd: '/somewhere', name: 'of-file' };
    const onTop = (values: Partial<TrainValues>, changes = {}) => trainingRequest({ ...none, ...values }, { ...bare, ...changes }, file);

    it('no flags leave it as it is', async () => {
      assert.deepEqual(await onTop({}), file);
      assert.deepEqual(filledIn(file, none), []);
    });

    it('the image of the command line runs instead of whatever the file names', async () => {
      const { AlgorithmSpecification } = await onTop({}, { image: 'mine' });
      assert.deepEqual(AlgorithmSpecification, { ...file.AlgorithmSpecification, TrainingImage: 'mine' });
      const named = { ...file, AlgorithmSpecification: { AlgorithmName: 'bought', TrainingInputMode: 'File' as const } };
      const instead = await trainingRequest(none, { ...bare, image: 'mine' }, named);
      assert.deepEqual(instead.AlgorithmSpecification, { TrainingImage: 'mine', TrainingInputMode: 'File' });
    });

    it('hyperparameters, variables and metrics replace those of their name and add to the others', async () => {
      const changed = await onTop({ hp: ['epochs=9', 'new=x'], env: ['B=9'], metric: ['loss=L=(.*)', 'f1=f1=(.*)'] });
      assert.deepEqual(changed.HyperParameters, { epochs: '9', depth: '2', new: 'x' });
      assert.deepEqual(changed.Environment, { A: '1', B: '9' });
      assert.deepEqual(changed.AlgorithmSpecification?.MetricDefinitions, [
        { Name: 'acc', Regex: 'acc=(.*)' },
        { Name: 'loss', Regex: 'L=(.*)' },
        { Name: 'f1', Regex: 'f1=(.*)' },
      ]);
    });

    it('an input gives its channel other data and leaves the rest of it; a new one is added', async () => {
      const { InputDataConfig } = await onTop({ input: ['more=m', 'train=data'], 'content-type': ['test=text/plain'] });
      assert.deepEqual(InputDataConfig, [
        {
          ChannelName: 'train',
          ContentType: 'text/csv',
          InputMode: 'Pipe',
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: 'file:///somewhere/data',
              S3DataDistributionType: 'ShardedByS3Key',
              InstanceGroupNames: ['a'],
            },
          },
        },
        { ...file.InputDataConfig?.[1], ContentType: 'text/plain' },
        {
          ChannelName: 'more',
          DataSource: {
            S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 'file:///somewhere/m', S3DataDistributionType: 'FullyReplicated' },
          },
        },
      ]);
    });

    it('an input mode for all wins over those of its channels', async () => {
      const { InputDataConfig, AlgorithmSpecification } = await onTop({ 'input-mode': ['File'] });
      assert.equal(AlgorithmSpecification?.TrainingInputMode, 'File');
      assert.ok(InputDataConfig?.every((channel) => !('InputMode' in channel)));
    });

    it('what is about one member of a structure leaves the others', async () => {
      const changed = await onTop({ output: 'out', 'instance-type': 'ml.c5.xlarge', checkpoints: 'c' }, { maxRuntime: 60 });
      assert.deepEqual(changed.OutputDataConfig, { S3OutputPath: 'file:///somewhere/out', KmsKeyId: 'key' });
      assert.deepEqual(changed.ResourceConfig, { InstanceType: 'ml.c5.xlarge', InstanceCount: 3, VolumeSizeInGB: 50 });
      assert.deepEqual(changed.StoppingCondition, { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 });
      assert.deepEqual(changed.CheckpointConfig, { S3Uri: 'file:///somewhere/c', LocalPath: '/tmp/checkpoints' });
      assert.deepEqual(changed.Tags, file.Tags);
    });

    it('what AWS requires and the file leaves out is filled in, and named', async () => {
      const filled = await trainingRequest(none, { ...context }, {});
      validateRequest('CreateTrainingJob', filled);
      assert.deepEqual(filledIn({}, none), ['AlgorithmSpecification.TrainingInputMode', 'RoleArn', 'OutputDataConfig', 'ResourceConfig']);
      assert.deepEqual(
        filledIn({}, { ...none, role: 'r', output: 'o', 'input-mode': ['File'], 'instance-type': 't', 'instance-count': '1' }),
        [],
      );
    });

    it('a structure that is half there is not filled: AWS refuses it, and so does sm-local', async () => {
      const half = await trainingRequest(none, bare, { ...file, AlgorithmSpecification: { TrainingImage: 'i' } as never });
      assert.throws(
        () => validateRequest('CreateTrainingJob', half),
        /'algorithmSpecification.trainingInputMode' failed .* must not be null/,
      );
    });
  });

  describe('with a file of hyperparameters', () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sm-local-hp-'));
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));
    const fromFile = async (content: string, hp: string[] = []) => {
      const path = join(directory, 'hp.json');
      await writeFile(path, content);
      return await request({ hyperparameters: path, hp });
    };

    it('a flag wins over the file', async () => {
      assert.deepEqual((await fromFile('{"a":"1","b":"2"}', ['b=3'])).HyperParameters, { a: '1', b: '3' });
    });

    it('values that are not strings are refused by name', async () => {
      await assert.rejects(fromFile('{"a":"1","epochs":10,"deep":{"x":1}}'), (error) => {
        assert.ok(isError(error, 'InvalidRequest'));
        assert.match(error.message, /epochs \(10\), deep \(\{"x":1\}\)/);
        assert.match(error.remedy, /"epochs": "10"/);
        return true;
      });
    });

    it('what is not a JSON object is refused, with the place', async () => {
      await assert.rejects(fromFile('[1]'), (error) => isError(error, 'InvalidRequest') && /must be a map/.test(error.message));
      await assert.rejects(
        fromFile('{\n"a":'),
        (error) => isError(error, 'InvalidRequest') && /hp\.json:2:5: the JSON ends/.test(error.message),
      );
    });
  });
});
