import assert from 'node:assert/strict';
import { credentialsText } from '../../src/cli/train-summary.ts';
import { credentialsChoice } from '../../src/options/credentials-flags.ts';
import { failure } from '../support/failure.ts';

const arn = 'arn:aws:iam::123456789012:role/service-role/data-science';

describe('the flags for credentials', () => {
  it('say where containers find them, and whose they are', () => {
    assert.deepEqual(credentialsChoice({}), {});
    assert.deepEqual(credentialsChoice({ credentials: 'none' }), { source: 'none' });
    assert.deepEqual(credentialsChoice({ credentials: 'network', 'assume-role': arn, profile: 'work' }), {
      source: 'network',
      role: { arn, profile: 'work' },
    });
  });

  for (const [what, flags, message] of [
    ['a place that does not exist', { credentials: 'host' }, /--credentials host: there is no such place/],
    ['a profile without a role', { profile: 'work' }, /--profile work .* no role is named/],
    ['a role that is no ARN', { 'assume-role': 'data-science' }, /--assume-role data-science: that is not the ARN of a role/],
    ['a role whose credentials nobody shall find', { 'assume-role': arn, credentials: 'none' }, /contradict each other/],
  ] as const) {
    it(`refuse ${what}`, () => assert.throws(() => credentialsChoice(flags), failure('WrongUsage', message)));
  }

  it('are followed by one line where the address of the cloud cannot be had', () => {
    const why = 'Containers cannot have credentials at 169.254.170.2: you may not listen on port 80.';
    assert.equal(credentialsText({ source: 'environment', why }), `keys that are good for nothing, in environment variables. ${why}`);
    assert.equal(credentialsText({ source: 'environment', why, role: arn }), `temporary keys of ${arn}, in environment variables. ${why}`);
  });
});
