import assert from 'node:assert/strict';
import { callbackVariables } from '../../src/contract/callback.ts';

describe('the variable that leads a container to the API of this machine', () => {
  const callback = { url: 'http://172.17.0.1:4570', host: '172.17.0.1' };
  const reader = { isolated: false, given: { PATH: '/bin' } };

  it('is that of AWS’s clients for all services', () =>
    assert.deepEqual(callbackVariables(callback, reader), { AWS_ENDPOINT_URL: 'http://172.17.0.1:4570' }));

  it('is not there by itself, as in the cloud', () => assert.deepEqual(callbackVariables(undefined, reader), {}));

  it('is not there for an isolated container', () => assert.deepEqual(callbackVariables(callback, { ...reader, isolated: true }), {}));

  it('does not mix with endpoints of the user', () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])
      assert.deepEqual(callbackVariables(callback, { ...reader, given: { [name]: 'http://minio:9000' } }), {}, name);
  });
});
