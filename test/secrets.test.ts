import assert from 'node:assert/strict';
import { secretArguments } from '../src/secrets.ts';

describe('build arguments that look like secrets', () => {
  it('are known by their names and by their values', () => {
    const value = 'Zk3x9QpL2vT8';
    const looks = {
      ...{ PIP_TOKEN: value, password: value, AWS_SECRET_ACCESS_KEY: value, APIKEY: value, DB_PASS: value, DB_PWD: value },
      EXTRA: `AKIA${'Q7ZTR2MNB4WX8YC3'}`,
      GIT: `ghp_${'a'.repeat(36)}`,
      INDEX: `https://reader:${value}@pypi.example.org/simple`,
    };
    const fine = {
      ...{ TOKEN_URL: 'https://x', VERSION: '1', KEYBOARD: 'de', PASSES: '3', EMPTY_TOKEN: '', MAX_TOKENS: '512', PAD_TOKEN: '<pad>' },
      ...{ HTTP_PROXY: `http://me:${value}@proxy:1`, TOKEN_FILE: '/run/secrets/token', API_TOKEN: 'changeme' },
    };
    assert.deepEqual(secretArguments({ ...looks, ...fine }), Object.keys(looks));
  });
});
