import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainValues } from '../../src/cli/train-options.ts';
import { trainingRequest } from '../../src/cli/train-request.ts';
import { isError } from '../../src/errors.ts';

const none: TrainValues = {
  name: undefined,
  input: [],
  'content-type': [],
  hp: [],
  hyperparameters: undefined,
  env: [],
  entrypoint: undefined,
  args: undefined,
  'instance-type': undefined,
  'max-run': undefined,
  limit: [],
  metric: [],
  gpus: undefined,
  output: undefined,
  'build-arg': [],
  workspace: undefined,
  credentials: undefined,
  'assume-role': undefined,
  profile: undefined,
  'cloud-modes': false,
  'dry-run': false,
  json: false,
  region: undefined,
  home: undefined,
  engine: undefined,
};
const defaults = {
  cwd: '/somewhere',
  name: 'job',
  image: 'image:1',
  roleArn: 'arn:aws:iam::000000000000:role/sm-local',
  maxRuntime: 86_400,
};
const request = (values: Partial<TrainValues>) => trainingRequest({ ...none, ...values }, defaults);

describe('the request that the flags of train say', () => {
  it('no flags at all give a request with the defaults and no channels', async () => {
    assert.deepEqual(await request({}), {
      TrainingJobName: 'job',
      HyperParameters: {},
      AlgorithmSpecification: { TrainingImage: 'image:1', TrainingInputMode: 'File' },
      RoleArn: defaults.roleArn,
      OutputDataConfig: { S3OutputPath: 'file:///somewhere/sm-local-output' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    });
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
    const { StoppingCondition } = await trainingRequest(none, { ...defaults, maxRuntime: 0.5 });
    assert.equal(StoppingCondition?.MaxRuntimeInSeconds, 1);
  });

  it('a channel without a name is wrong usage that shows the right form', async () => {
    await assert.rejects(
      request({ input: ['./data'] }),
      (error) => isError(error, 'WrongUsage') && error.remedy.includes('--input name=value'),
    );
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

    it('what is not a JSON object is refused', async () => {
      await assert.rejects(fromFile('[1]'), (error) => isError(error, 'InputUnreadable'));
      await assert.rejects(fromFile('{'), (error) => isError(error, 'InputUnreadable'));
    });
  });
});
