import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { defaultBucket, encodeHyperparameter, inScriptMode, replacedHyperparameters, sourceKey } from '../../src/contract/script-mode.ts';
import { validateRequest } from '../../src/contract/validation.ts';
import { isError } from '../../src/errors.ts';

const asked: CreateTrainingJobRequest = {
  TrainingJobName: 'job',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'Pipe' },
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  HyperParameters: { epochs: '10' },
  InputDataConfig: [
    {
      ChannelName: 'train',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train' } },
    },
  ],
  OutputDataConfig: { S3OutputPath: 's3://results' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
};
const place = { program: 'train.py', uri: 's3://bucket/job/source/sourcedir.tar.gz', region: 'eu-west-1' };

describe('A request in script mode', () => {
  it("has the SDK's hyperparameters beside its own, as JSON", () => {
    const request = inScriptMode(asked, place);
    validateRequest('CreateTrainingJob', request);
    assert.deepEqual(request.HyperParameters, {
      epochs: '10',
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: '"/opt/ml/input/data/code/sourcedir.tar.gz"',
      sagemaker_container_log_level: '20',
      sagemaker_job_name: '"job"',
      sagemaker_region: '"eu-west-1"',
    });
  });

  it('has the archive in a channel code, behind its own, in File mode whatever the mode of the job', () => {
    assert.deepEqual(inScriptMode(asked, place).InputDataConfig?.slice(1), [
      {
        ChannelName: 'code',
        InputMode: 'File',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: place.uri, S3DataDistributionType: 'FullyReplicated' } },
      },
    ]);
  });

  it('cannot have a channel code of its own', () => {
    const [train] = asked.InputDataConfig ?? [];
    const clash = { ...asked, InputDataConfig: [{ ...train, ChannelName: 'code' }] } as CreateTrainingJobRequest;
    assert.throws(
      () => inScriptMode(clash, place),
      (error) => isError(error, 'InvalidRequest') && /channel code/.test(error.message),
    );
  });

  it('keeps its own log level, and gives up what the source code says otherwise', () => {
    const own = { sagemaker_container_log_level: '10', sagemaker_program: '"other.py"', sagemaker_job_name: '"job"' };
    const request = { ...asked, HyperParameters: own };
    const { HyperParameters } = inScriptMode(request, place);
    assert.deepEqual([HyperParameters?.sagemaker_container_log_level, HyperParameters?.sagemaker_program], ['10', '"train.py"']);
    assert.deepEqual(replacedHyperparameters(request, place), ['sagemaker_program']);
    assert.deepEqual(replacedHyperparameters(asked, place), []);
  });

  it("leads to the SDK's bucket of the account and region", () => {
    assert.equal(defaultBucket({ region: 'eu-west-1', account: '123456789012' }), 'sagemaker-eu-west-1-123456789012');
    assert.equal(sourceKey('job'), 'job/source/sourcedir.tar.gz');
  });
});

describe('A hyperparameter in script mode', () => {
  it('stays as it is when it is JSON', () => {
    for (const text of ['10', '-0.10', '1e-3', 'true', 'null', '[64, 32]', '{"a": 1}', '"10"'])
      assert.equal(encodeHyperparameter(text), text);
  });

  it('becomes a JSON string otherwise, as Python writes it', () => {
    assert.equal(encodeHyperparameter('resnet'), '"resnet"');
    assert.equal(encodeHyperparameter('08001'), '"08001"');
    assert.equal(encodeHyperparameter('True'), '"True"');
    assert.equal(encodeHyperparameter(''), '""');
    assert.equal(encodeHyperparameter('say "hi"\n'), '"say \\"hi\\"\\n"');
    assert.equal(encodeHyperparameter('zwölf 🌙'), '"zw\\u00f6lf \\ud83c\\udf19"'); // json.dumps('zwölf 🌙')
  });
});
