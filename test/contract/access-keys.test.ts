import assert from 'node:assert/strict';
import { accountOfKey, newAccessKeyId } from '../../src/contract/access-keys.ts';

describe('access key ids', () => {
  it('of twelve digits name their account', () => {
    assert.equal(accountOfKey('123456789012'), '123456789012');
  });

  it('that are handed out hold their account, and look like temporary keys', () => {
    for (const account of ['000000000000', '000000000001', '123456789012', '999999999999']) {
      const key = newAccessKeyId(account);
      assert.match(key, /^ASIA[A-Z2-7]{16}$/);
      assert.equal(accountOfKey(key), account);
      assert.notEqual(newAccessKeyId(account), key);
    }
  });

  it('of anybody else say nothing, however much they look like those', () => {
    for (const key of ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE', 'test', '', '12345678901', `${newAccessKeyId('123456789012')}A`])
      assert.equal(accountOfKey(key), undefined, key);
    const key = newAccessKeyId('123456789012');
    const changed = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
    assert.equal(accountOfKey(changed), undefined);
  });
});
