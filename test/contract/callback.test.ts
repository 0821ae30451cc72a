import assert from 'node:assert/strict';
import { addressForContainers, callbackVariables } from '../../src/contract/callback.ts';

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

  it('leads to an S3 elsewhere, also to one of this machine', () => {
    assert.equal(addressForContainers('http://127.0.0.1:9000', '172.17.0.1'), 'http://172.17.0.1:9000');
    assert.equal(addressForContainers('http://localhost:9000/', 'host.docker.internal'), 'http://host.docker.internal:9000');
    assert.equal(addressForContainers('https://s3.example:9000', '172.17.0.1'), 'https://s3.example:9000');
    const callback = { url: 'http://172.17.0.1:4570', host: '172.17.0.1', s3Url: 'http://172.17.0.1:9000' };
    assert.equal(callbackVariables(callback, { isolated: false, given: {} }).AWS_ENDPOINT_URL_S3, callback.s3Url);
  });
});
