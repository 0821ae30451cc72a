import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isError, type SmLocalError } from '../../src/errors.ts';
import { readTrainingRequest } from '../../src/options/request-file.ts';

describe('a file with a request', () => {
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'sm-local-request-'));
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  async function read(name: string, content: string): Promise<unknown> {
    await writeFile(join(cwd, name), content);
    return await readTrainingRequest(name, cwd);
  }
  async function refusal(name: string, content: string): Promise<SmLocalError> {
    const error = await read(name, content).then(
      () => assert.fail('it was not refused'),
      (reason: unknown) => reason,
    );
    assert.ok(isError(error, 'InvalidRequest'), String(error));
    return error;
  }

  const wanted = {
    TrainingJobName: 'iris-1',
    HyperParameters: { epochs: '10' },
    InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p' } } }],
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    EnableNetworkIsolation: false,
  };
  const yaml = `# what the AWS CLI takes as --cli-input-yaml
TrainingJobName: iris-1
HyperParameters:
  epochs: "10"
InputDataConfig:
- ChannelName: train
  DataSource:
    S3DataSource: { S3DataType: S3Prefix, S3Uri: "s3://b/p" }
ResourceConfig:
  InstanceType: ml.m5.large
  InstanceCount: 1
EnableNetworkIsolation: false
`;

  it('is read as JSON and as YAML', async () => {
    assert.deepEqual(await read('a.json', JSON.stringify(wanted, undefined, '\t')), wanted);
    assert.deepEqual(await read('a.yaml', yaml), wanted);
    assert.deepEqual(await read('b.yml', JSON.stringify(wanted)), wanted);
    assert.deepEqual(await read('request', yaml), wanted);
    assert.deepEqual(await read('bom.json', `\uFEFF${JSON.stringify(wanted)}`), wanted);
  });

  it('may say what it repeats once', async () => {
    const text = 'HyperParameters: &all\n  a: "1"\nEnvironment:\n  <<: *all\n  B: "2"\n';
    assert.deepEqual(await read('a.yaml', text), { HyperParameters: { a: '1' }, Environment: { a: '1', B: '2' } });
  });

  it('that is not JSON is refused at the line and column', async () => {
    const { message, remedy } = await refusal('a.json', '{\n  "TrainingJobName": "a",\n}\n');
    assert.equal(message, 'a.json:3:1: this cannot stand here in JSON: }');
    assert.match(remedy, /comma after the last entry/);
    assert.match((await refusal('a.json', yaml)).message, /^a\.json:1:1: this cannot stand here in JSON: # what/);
  });

  it('that is not YAML is refused at the line and column', async () => {
    const place = async (text: string): Promise<string> => (await refusal('a.yaml', text)).message.replace(/(:\d+:\d+):.*/s, '$1');
    assert.equal(await place('A: 1\nB: [1, 2\nC: 3\n'), 'a.yaml:3:1');
    assert.equal(await place('A:\n\tB: 1\n'), 'a.yaml:2:1');
    assert.equal(await place('Tags: []\nTags: []\n'), 'a.yaml:2:1');
    assert.equal(await place('RoleArn: !Sub role\n'), 'a.yaml:1:10');
    assert.match((await refusal('a.yaml', 'RoleArn: *x\n')).message, /^a\.yaml:1:\d+: Unresolved alias .*: x$/);
  });

  it('with members that AWS does not have is refused in the words of the AWS CLI, each with its place and the nearest name', async () => {
    const text = `${yaml}AlgorithmSpecification:\n  TraningImage: iris\n  TrainingInputMode: File\nRoleARN: x\n`;
    const { message, remedy } = await refusal('a.yaml', text);
    const lines = message.split('\n');
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? '',
      /^a\.yaml:14:3: Unknown parameter in AlgorithmSpecification: "TraningImage", must be one of: TrainingImage, /,
    );
    assert.match(lines[1] ?? '', /^a\.yaml:16:1: Unknown parameter in input: "RoleARN", must be one of: TrainingJobName, /);
    assert.equal(
      remedy,
      'Write TrainingImage instead of AlgorithmSpecification.TraningImage, which does not exist. Write RoleArn instead of RoleARN, which does not exist.',
    );
  });

  it('with hyperparameters that are not strings is refused, each by name', async () => {
    const text = 'HyperParameters:\n  epochs: 10\n  name: resnet\n  deep: {a: 1}\n  off: false\n';
    const { message, remedy } = await refusal('a.yaml', text);
    assert.deepEqual(message.split('\n'), [
      "a.yaml:2:3: Invalid type for parameter HyperParameters.epochs, value: 10, type: <class 'int'>, valid types: <class 'str'>",
      "a.yaml:4:3: Invalid type for parameter HyperParameters.deep, value: {'a': 1}, type: <class 'dict'>, valid types: <class 'str'>",
      "a.yaml:5:3: Invalid type for parameter HyperParameters.off, value: False, type: <class 'bool'>, valid types: <class 'str'>",
    ]);
    assert.match(remedy, /^Make HyperParameters\.epochs a string: "10", in quotes\./);
    assert.match((await refusal('b.json', '{"HyperParameters": {\n"epochs": 10}}')).message, /^b\.json:2:1: Invalid type/);
  });

  it('in which a list or a structure is something else is refused', async () => {
    assert.match(
      (await refusal('a.yaml', 'InputDataConfig:\n- train\n')).message,
      /^a\.yaml:2:3: Invalid type for parameter InputDataConfig\[0\]/,
    );
    assert.match((await refusal('a.yaml', '- 1\n')).message, /^a\.yaml:1:1: Invalid type for parameter input, value: \[1\]/);
    assert.match((await refusal('a.yaml', '')).message, /^a\.yaml:1:1: Invalid type for parameter input, value: None/);
    assert.match((await refusal('a.yaml', 'HyperParameters:\n')).message, /value: None, type: <class 'NoneType'>/);
  });

  it('names ten things at most', async () => {
    const text = Array.from({ length: 30 }, (_, index) => `Unknown${index}: 1\n`).join('');
    assert.equal((await refusal('a.yaml', text)).message.split('\n').length, 10);
  });

  it('that is not there, or is a directory, is the error of the caller', async () => {
    await assert.rejects(readTrainingRequest('missing.json', cwd), (error) => isError(error, 'InputNotFound'));
    await assert.rejects(readTrainingRequest('.', cwd), (error) => isError(error, 'InputUnreadable'));
  });
});
