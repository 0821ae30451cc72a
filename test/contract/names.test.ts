import assert from 'node:assert/strict';
import {
  contractDefaults,
  defaultName,
  endpointArn,
  endpointConfigArn,
  isName,
  modelArn,
  trainingJobArn,
} from '../../src/contract/names.ts';
import { violations } from '../../src/contract/validation.ts';

describe('names', () => {
  it('are lower case in ARNs and only there', () => {
    assert.equal(trainingJobArn('eu-west-1', '123456789012', 'DEMO-x'), 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/demo-x');
    assert.equal(modelArn('us-east-1', '000000000000', 'M'), 'arn:aws:sagemaker:us-east-1:000000000000:model/m');
    assert.equal(endpointConfigArn('us-east-1', '000000000000', 'C'), 'arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/c');
    assert.equal(endpointArn('us-east-1', '000000000000', 'E'), 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/e');
  });

  it('have 1 to 63 letters, digits and inner hyphens', () => {
    for (const name of ['a', 'A-1', 'a--b', 'x'.repeat(63)]) assert.ok(isName(name), name);
    for (const name of ['', '-a', 'a-', 'a_b', 'a.b', 'ä', 'x'.repeat(64), 'a\n', `${'a-'.repeat(1e6)}`])
      assert.ok(!isName(name), name.slice(0, 20));
  });

  it('default to requests that SageMaker takes', () => {
    assert.deepEqual(violations('CreateModel', { ModelName: 'm', ExecutionRoleArn: contractDefaults.roleArn }), []);
  });
});

describe('defaultName', () => {
  const at = new Date('2026-01-31T04:05:06.007Z');
  const stamp = '2026-01-31-04-05-06-007';
  const cases = {
    iris: 'iris',
    'iris:latest': 'iris',
    'registry:5000/team/iris:1.2': 'iris',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/my_team/my_iris.v2:latest': 'my-iris-v2',
    [`iris@sha256:${'0'.repeat(64)}`]: 'iris',
    [`iris:1@sha256:${'0'.repeat(64)}`]: 'iris',
    './examples/iris/': 'iris',
    '/home/me/iris': 'iris',
    'C:\\work\\iris': 'iris',
    __init__: 'init',
    größe: 'gr-e',
    '.': 'job',
    '': 'job',
    '/': 'job',
    '---': 'job',
    'a:b:c': 'a-b',
    ['x'.repeat(100)]: 'x'.repeat(39),
    [`${'x'.repeat(38)}-y`]: 'x'.repeat(38),
  };
  for (const [source, start] of Object.entries(cases)) {
    it(`of ${JSON.stringify(source.slice(0, 40))} starts with ${start}`, () => {
      const name = defaultName(source, at);
      assert.equal(name, `${start}-${stamp}`);
      assert.ok(isName(name));
    });
  }
});
