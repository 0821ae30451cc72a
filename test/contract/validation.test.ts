import assert from 'node:assert/strict';
import { type Operation, type ValidationOptions, validateRequest, violations } from '../../src/contract/validation.ts';
import { isError, type SmLocalError } from '../../src/errors.ts';

const job = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  TrainingJobName: 'iris-1',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'iris:latest', TrainingInputMode: 'File' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  ...changes,
});
const channel = (changes: Readonly<Record<string, unknown>> = {}): unknown => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train/' } },
  ...changes,
});

function refusal(request: unknown, operation: Operation = 'CreateTrainingJob', options?: ValidationOptions): SmLocalError {
  try {
    validateRequest(operation, request, options);
  } catch (error) {
    assert.ok(isError(error, 'InvalidRequest'));
    return error;
  }
  return assert.fail('the request was not refused');
}
const one = (rest: string): string => `1 validation error detected: ${rest}`;
const refuses = (changes: Readonly<Record<string, unknown>>, message: string): void => assert.equal(refusal(job(changes)).message, message);

describe('validateRequest', () => {
  it('lets a valid request through, with every member that people use', () => {
    validateRequest('CreateTrainingJob', job());
    validateRequest(
      'CreateTrainingJob',
      job({
        HyperParameters: { epochs: '10', name: '"quoted"', empty: '' },
        InputDataConfig: [channel({ InputMode: 'FastFile', ShuffleConfig: { Seed: -7 } })],
        Environment: { _A1: 'anything\nat all' },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        Tags: [{ Key: 'team', Value: 'größe 1' }],
        EnableNetworkIsolation: true,
        CheckpointConfig: { S3Uri: '/tmp/checkpoints' },
      }),
    );
    validateRequest('CreateModel', {
      ModelName: 'm',
      PrimaryContainer: { Image: 'iris', ModelDataUrl: 'file:///m.tar.gz', Environment: {} },
    });
    validateRequest('CreateEndpointConfig', {
      EndpointConfigName: 'c',
      ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: 'm', InitialInstanceCount: 1, InitialVariantWeight: 0.5 }],
    });
    validateRequest('CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
    validateRequest('ListTrainingJobs', { CreationTimeAfter: new Date(0), CreationTimeBefore: 1767323045.678, MaxResults: 100 });
  });

  it('names a wrong character of a name in the words of the service', () => {
    refuses(
      { TrainingJobName: 'my_job' },
      one(
        "Value 'my_job' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
      ),
    );
  });

  it('names a wrong enum value below a list, with a 1-based index and the order of the service', () => {
    // The published message: python users of 2025 who wrote "fastfile".
    refuses(
      { InputDataConfig: [channel({ InputMode: 'fastfile' })] },
      one(
        "Value 'fastfile' at 'inputDataConfig.1.member.inputMode' failed to satisfy constraint: Member must satisfy enum value set: [Pipe, FastFile, File]",
      ),
    );
  });

  it('names the whole map when a hyperparameter is too long', () => {
    const value = 'x'.repeat(2501);
    const { message, remedy } = refusal(job({ HyperParameters: { b: value, a: '1' } }));
    assert.match(message, /^1 validation error detected: Value '\{b=x{995,}….* at 'hyperParameters' failed/);
    assert.ok(
      message.endsWith(
        "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]",
      ),
    );
    assert.equal(remedy, 'HyperParameters["b"] must have at most 2500 characters; it has 2501.');
  });

  it('names the whole map when a key is wrong', () => {
    refuses(
      { Environment: { '1A': 'x' } },
      one(
        "Value '{1A=x}' at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 512, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: [a-zA-Z_][a-zA-Z0-9_]*]",
      ),
    );
  });

  it('names the whole list when a plain item is wrong', () => {
    const VpcConfig = { SecurityGroupIds: ['sg-1', 'sg_2'], Subnets: ['subnet-1'] };
    refuses(
      { VpcConfig },
      one(
        "Value '[sg-1, sg_2]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 32, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]",
      ),
    );
  });

  it('names a wrong enum value in a list of plain values', () => {
    const { message } = refusal(
      {
        EndpointConfigName: 'c',
        ProductionVariants: [{ VariantName: 'v' }],
        AsyncInferenceConfig: { OutputConfig: { NotificationConfig: { IncludeInferenceResponseIn: ['NEVER'] } } },
      },
      'CreateEndpointConfig',
    );
    assert.equal(
      message,
      one(
        "Value '[NEVER]' at 'asyncInferenceConfig.outputConfig.notificationConfig.includeInferenceResponseIn' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ERROR_NOTIFICATION_TOPIC, SUCCESS_NOTIFICATION_TOPIC]]",
      ),
    );
  });

  it('says null for what is missing, and treats null as missing', () => {
    const { RoleArn: _, ...rest } = job();
    const message = one("Value null at 'roleArn' failed to satisfy constraint: Member must not be null");
    assert.equal(refusal(rest).message, message);
    refuses({ RoleArn: null }, message);
    assert.equal(refusal(rest).remedy, 'Add RoleArn.');
    validateRequest('CreateTrainingJob', job({ Tags: null, HyperParameters: null }));
  });

  it('refuses null in lists and maps', () => {
    refuses({ Tags: [null] }, one("Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"));
    assert.match(refusal(job({ HyperParameters: { a: null } })).remedy, /Add HyperParameters\["a"\]/);
  });

  it('requires what a job with containers needs, though the model no longer does', () => {
    const { AlgorithmSpecification: _a, ResourceConfig: _r, ...rest } = job();
    assert.equal(
      refusal(rest).message,
      "2 validation errors detected: Value null at 'algorithmSpecification' failed to satisfy constraint: Member must not be null; Value null at 'resourceConfig' failed to satisfy constraint: Member must not be null",
    );
    const ServerlessJobConfig = { BaseModelArn: 'arn:aws:sagemaker:us-east-1:aws:hub-content/hub/Model/m/1.0.0', JobType: 'FineTuning' };
    validateRequest('CreateTrainingJob', { ...rest, ServerlessJobConfig });
  });

  it('counts several violations and joins them in the order of the members', () => {
    const changes = {
      TrainingJobName: '',
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 0, VolumeSizeInGB: 1 },
      InputDataConfig: [],
    };
    const { message } = refusal(job(changes));
    assert.equal(
      message,
      [
        "4 validation errors detected: Value '' at 'trainingJobName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value '' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        "Value '[]' at 'inputDataConfig' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value '0' at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ].join('; '),
    );
    assert.equal(refusal(job(Object.fromEntries(Object.entries(changes).reverse()))).message, message);
  });

  it('reports ten violations at most', () => {
    const Tags = Array.from({ length: 20 }, () => ({ Key: '!', Value: '' }));
    assert.match(refusal(job({ Tags })).message, /^10 validation errors detected: /);
    assert.equal(violations('CreateTrainingJob', job({ Tags })).length, 20);
  });

  it('refuses a wrong type in the words of the wire reader, and says where', () => {
    const { message, remedy } = refusal(job({ HyperParameters: { epochs: 10 } }));
    assert.equal(message, "NUMBER_VALUE can not be converted to a String (at 'hyperParameters.epochs')");
    assert.equal(remedy, 'Make HyperParameters["epochs"] a string: "10", in quotes.');
    refuses({ EnableNetworkIsolation: 'yes' }, "STRING_VALUE can not be converted to a Boolean (at 'enableNetworkIsolation')");
    refuses({ Tags: 'team' }, "Expected list or null (at 'tags')");
    refuses({ Tags: {} }, "Start of structure or map found where not expected. (at 'tags')");
    refuses({ VpcConfig: [] }, "Start of list found where not expected (at 'vpcConfig')");
    refuses({ HyperParameters: true }, "Expected null (at 'hyperParameters')");
    refuses({ TrainingJobName: ['a'] }, "Start of list found where not expected (at 'trainingJobName')");
    refuses({ TrainingJobName: {} }, "Start of structure or map found where not expected. (at 'trainingJobName')");
    const container = { TrainingImage: 'i', TrainingInputMode: 'File', ContainerArguments: ['a', false] };
    refuses(
      { AlgorithmSpecification: container },
      "FALSE_VALUE can not be converted to a String (at 'algorithmSpecification.containerArguments.2.member')",
    );
  });

  it('wants whole numbers where AWS has integers, and takes fractions for weights', () => {
    const resources = (InstanceCount: unknown) => ({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount } });
    refuses(resources('1'), "STRING_VALUE can not be converted to an Integer (at 'resourceConfig.instanceCount')");
    refuses(resources(1.5), "NUMBER_VALUE can not be converted to an Integer (at 'resourceConfig.instanceCount')");
    refuses(resources(10n), "NUMBER_VALUE can not be converted to an Integer (at 'resourceConfig.instanceCount')");
    const weights = (DesiredWeight: unknown) => ({ EndpointName: 'e', DesiredWeightsAndCapacities: [{ VariantName: 'v', DesiredWeight }] });
    validateRequest('UpdateEndpointWeightsAndCapacities', weights(0.5));
    assert.match(refusal(weights(-1), 'UpdateEndpointWeightsAndCapacities').message, /Member must have value greater than or equal to 0$/);
    assert.match(refusal(weights('1'), 'UpdateEndpointWeightsAndCapacities').message, /^STRING_VALUE can not be converted to a Float/);
    assert.match(refusal({ CreationTimeAfter: 'today' }, 'ListTrainingJobs').message, /^STRING_VALUE can not be converted to a Timestamp/);
  });

  it('knows enums of numbers', () => {
    const config = (MetricPublishFrequencyInSeconds: unknown) => ({
      EndpointConfigName: 'c',
      ProductionVariants: [{ VariantName: 'v' }],
      MetricsConfig: { MetricPublishFrequencyInSeconds },
    });
    validateRequest('CreateEndpointConfig', config(60));
    assert.match(
      refusal(config(61), 'CreateEndpointConfig').message,
      /Member must satisfy enum value set: \[10, 30, 60, 120, 180, 240, 300\]$/,
    );
  });

  it('refuses what is no request at all', () => {
    assert.equal(refusal('text').message, 'Expected null');
    assert.equal(refusal(null).message, 'Expected null');
    assert.equal(refusal([]).message, 'Start of list found where not expected');
  });

  it('names unknown members as the AWS CLI does, unless they are to be ignored', () => {
    const request = job({ AlgorithmSpecification: { TrainingImages: 'i', TrainingInputMode: 'File' } });
    const { message, remedy } = refusal(request);
    assert.match(message, /^Unknown parameter in AlgorithmSpecification: "TrainingImages", must be one of: TrainingImage, AlgorithmName, /);
    assert.equal(remedy, 'Write TrainingImage instead of AlgorithmSpecification.TrainingImages, which does not exist.');
    validateRequest('CreateTrainingJob', request, { unknownMembers: 'ignore' });
    assert.match(refusal(job({ Zzzzzzzz: 1 })).message, /^Unknown parameter in input: "Zzzzzzzz", must be one of: TrainingJobName, /);
    assert.equal(refusal(job({ Zzzzzzzz: 1 })).remedy, 'Remove Zzzzzzzz, which does not exist.');
  });

  it('puts wrong types first, then unknown members, then constraints', () => {
    const { message } = refusal(job({ TrainingJobName: '_', RoleArn: 1, Extra: 1 }));
    assert.deepEqual(
      message.split('\n').map((line) => line.split(' ')[0]),
      ['NUMBER_VALUE', 'Unknown', '1'],
    );
  });

  it('is not confused by the names of JavaScript itself', () => {
    const request: unknown = JSON.parse('{"constructor":1,"__proto__":{"RoleArn":"x"},"toString":2}');
    const found = violations('StopTrainingJob', request);
    assert.deepEqual(found.map(({ kind, field }) => `${kind} ${field}`).sort(), [
      'constraint TrainingJobName',
      'unknown __proto__',
      'unknown constructor',
      'unknown toString',
    ]);
    validateRequest('CreateTrainingJob', job({ HyperParameters: JSON.parse('{"__proto__":"a","constructor":"b"}') }));
  });

  it('says in plain words what to do', () => {
    const remedy = (changes: Readonly<Record<string, unknown>>): string => refusal(job(changes)).remedy;
    assert.equal(
      remedy({ TrainingJobName: 'my_job' }),
      'TrainingJobName must hold only letters, digits and hyphens, and begin and end with a letter or digit; it is "my_job".',
    );
    assert.equal(
      remedy({ InputDataConfig: [channel({ InputMode: 'fastfile' })] }),
      'Set InputDataConfig[0].InputMode to "FastFile"; it is "fastfile".',
    );
    assert.equal(
      remedy({ InputDataConfig: [channel({ InputMode: 'stream' })] }),
      'Set InputDataConfig[0].InputMode to FastFile, File or Pipe; it is "stream".',
    );
    assert.equal(
      remedy({ OutputDataConfig: { S3OutputPath: './out' } }),
      'OutputDataConfig.S3OutputPath must be s3://bucket/prefix, or for sm-local a file:// address or an absolute path; it is "./out".',
    );
    assert.equal(
      remedy({ ResourceConfig: { InstanceType: 'ml.m5.larg', InstanceCount: 0 } }),
      'Set ResourceConfig.InstanceType to "ml.m5.large"; it is "ml.m5.larg". Set ResourceConfig.InstanceCount to at least 1; it is 0.',
    );
    assert.equal(remedy({ InputDataConfig: [] }), 'InputDataConfig must have at least 1 item; it has 0.');
    assert.equal(remedy({ Tags: [{ Key: '', Value: '' }] }), 'Tags[0].Key must have at least 1 character; it has 0.');
    assert.match(remedy({ Environment: { 'a-b': 'x' } }), /^The key "a-b" of Environment must hold only letters, digits and _/);
    assert.match(
      remedy({ ResourceConfig: { InstanceType: 'cheapest', InstanceCount: 1 } }),
      /to a value AWS knows, such as "ml\.c4\.2xlarge"/,
    );
    assert.equal(
      remedy({ ProfilerConfig: { ProfilingIntervalInMilliseconds: 300 } }),
      'Set ProfilerConfig.ProfilingIntervalInMilliseconds to 100, 200, 500, 1000, 5000 or 60000; it is 300.',
    );
  });

  it('never prints more of a value than fits a line', () => {
    const { message, remedy } = refusal(job({ RoleArn: 'x'.repeat(2000) }));
    assert.ok(message.length < 1300, String(message.length));
    assert.ok(remedy.length < 250, String(remedy.length));
  });
});

describe('violations', () => {
  it('tell path, field, value, constraint and advice', () => {
    assert.deepEqual(violations('DescribeModel', { ModelName: 'a b' }), [
      {
        kind: 'constraint',
        path: 'modelName',
        field: 'ModelName',
        value: 'a b',
        constraint: 'Member must satisfy regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?',
        advice: 'ModelName must hold only letters, digits and hyphens, and begin and end with a letter or digit; it is "a b".',
      },
    ]);
    assert.deepEqual(violations('DescribeModel', { ModelName: 'a' }), []);
  });
});
