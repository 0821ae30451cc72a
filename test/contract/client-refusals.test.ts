import assert from 'node:assert/strict';
import { clientRefusals } from '../../src/contract/client-refusals.ts';

const messages = (request: unknown): readonly string[] => clientRefusals('CreateTrainingJob', request).map(({ message }) => message);
const advice = (request: unknown): readonly string[] => clientRefusals('CreateTrainingJob', request).map((refusal) => refusal.advice);

describe('what the AWS CLI refuses before it sends a request', () => {
  it('is nothing in a request of the right shape, whatever its values are and whatever is missing', () => {
    assert.deepEqual(messages({}), []);
    assert.deepEqual(
      messages({
        TrainingJobName: '_',
        HyperParameters: { a: '1' },
        InputDataConfig: [{ ChannelName: 'a', InputMode: 'nothing', DataSource: {}, ShuffleConfig: { Seed: 7 } }],
        ResourceConfig: { InstanceCount: -1 },
        ProfilerConfig: { ProfilingIntervalInMilliseconds: 3 },
      }),
      [],
    );
  });

  it('is a member that AWS does not have, with the names that there are', () => {
    const [first] = messages({ Name: 'x' });
    assert.match(first ?? '', /^Unknown parameter in input: "Name", must be one of: TrainingJobName, HyperParameters, AlgorithmSpecif/);
    const request = { InputDataConfig: [{ ChannelName: 'a' }, { ChannelNam: 'b' }] };
    assert.deepEqual(messages(request), [
      'Unknown parameter in InputDataConfig[1]: "ChannelNam", must be one of: ChannelName, DataSource, ContentType, CompressionType, RecordWrapperType, InputMode, ShuffleConfig',
    ]);
    assert.deepEqual(advice(request), ['Write ChannelName instead of InputDataConfig[1].ChannelNam, which does not exist.']);
    assert.deepEqual(clientRefusals('CreateTrainingJob', request)[0]?.path, ['InputDataConfig', 1, 'ChannelNam']);
  });

  it('is a value of the wrong type, as Python prints it', () => {
    const wrong = (request: unknown): string | undefined => messages(request)[0];
    assert.equal(
      wrong({ HyperParameters: { epochs: 10 } }),
      "Invalid type for parameter HyperParameters.epochs, value: 10, type: <class 'int'>, valid types: <class 'str'>",
    );
    assert.equal(
      wrong({ HyperParameters: { flag: true } }),
      "Invalid type for parameter HyperParameters.flag, value: True, type: <class 'bool'>, valid types: <class 'str'>",
    );
    assert.equal(
      wrong({ HyperParameters: { deep: { a: [1.5, 'x', null] } } }),
      "Invalid type for parameter HyperParameters.deep, value: {'a': [1.5, 'x', None]}, type: <class 'dict'>, valid types: <class 'str'>",
    );
    assert.equal(
      wrong({ ResourceConfig: { InstanceCount: '2' } }),
      "Invalid type for parameter ResourceConfig.InstanceCount, value: 2, type: <class 'str'>, valid types: <class 'int'>",
    );
    assert.equal(
      wrong({ EnableNetworkIsolation: 'yes' }),
      "Invalid type for parameter EnableNetworkIsolation, value: yes, type: <class 'str'>, valid types: <class 'bool'>",
    );
    assert.equal(
      wrong({ InputDataConfig: {} }),
      "Invalid type for parameter InputDataConfig, value: {}, type: <class 'dict'>, valid types: <class 'list'>, <class 'tuple'>",
    );
    assert.equal(wrong(['a']), "Invalid type for parameter input, value: ['a'], type: <class 'list'>, valid types: <class 'dict'>");
    assert.deepEqual(advice({ HyperParameters: { epochs: 10 } }), ['Make HyperParameters.epochs a string: "10", in quotes.']);
  });

  it('is a null, which only the service takes for absent', () => {
    assert.deepEqual(messages({ HyperParameters: null }), [
      "Invalid type for parameter HyperParameters, value: None, type: <class 'NoneType'>, valid types: <class 'dict'>",
    ]);
    assert.deepEqual(advice({ HyperParameters: null }), ['Give HyperParameters a value, or leave it out.']);
  });

  it('is told for all of them, in the order of the file', () => {
    const found = clientRefusals('CreateTrainingJob', { Zz: 1, HyperParameters: { a: 1, b: '2', c: 3 }, RoleArn: 4 });
    assert.deepEqual(
      found.map(({ path }) => path.join('.')),
      ['Zz', 'HyperParameters.a', 'HyperParameters.c', 'RoleArn'],
    );
  });
});
