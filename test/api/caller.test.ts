import assert from 'node:assert/strict';
import { callerOf, signatureOf } from '../../src/api/caller.ts';
import { newAccessKeyId } from '../../src/contract/access-keys.ts';

const defaults = { account: '000000000000', region: 'us-east-1' };
const authorization = (credential: string): string =>
  `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef`;

describe('who asks', () => {
  it('is told by the scope of the signature', () => {
    const headers = { authorization: authorization('123456789012/20260101/eu-west-1/sagemaker/aws4_request') };
    const signature = signatureOf({ headers, url: '/' });
    assert.deepEqual(signature, { accessKeyId: '123456789012', region: 'eu-west-1', service: 'sagemaker' });
    assert.deepEqual(callerOf(signature, defaults), { account: '123456789012', region: 'eu-west-1', accessKeyId: '123456789012' });
  });

  it('is told by a presigned address too', () => {
    const url = '/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAX%2F20260101%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Expires=9';
    assert.deepEqual(signatureOf({ headers: {}, url }), { accessKeyId: 'AKIAX', region: 'us-west-2', service: 's3' });
    assert.deepEqual(signatureOf({ headers: {}, url: '/b/k?AWSAccessKeyId=AKIAX&Expires=1&Signature=x' }), {
      accessKeyId: 'AKIAX',
      service: 's3',
    });
  });

  it('has no region where the signature is for several', () => {
    const headers = { authorization: `AWS4-ECDSA-P256-SHA256 Credential=AKIAX/20260101/s3/aws4_request, SignedHeaders=host, Signature=0` };
    const signature = signatureOf({ headers, url: '/' });
    assert.deepEqual(signature, { accessKeyId: 'AKIAX', service: 's3' });
    assert.deepEqual(callerOf(signature, defaults), { ...defaults, accessKeyId: 'AKIAX' });
  });

  it('is the default account without a signature, and with keys that are of no account', () => {
    assert.deepEqual(callerOf(signatureOf({ headers: {}, url: '/' }), defaults), defaults);
    for (const credential of ['test/20260101/us-east-1/s3/aws4_request', 'a/b/c/20260101/us-east-1/s3/aws4_request']) {
      const caller = callerOf(signatureOf({ headers: { authorization: authorization(credential) } }), defaults);
      assert.equal(caller.account, defaults.account);
    }
  });

  it('is known by keys that its containers were given', () => {
    const credential = `${newAccessKeyId('210987654321')}/20260101/us-east-1/sts/aws4_request`;
    assert.equal(callerOf(signatureOf({ headers: { authorization: authorization(credential) } }), defaults).account, '210987654321');
  });

  it('never has a region that could lead out of home', () => {
    for (const region of ['..', '%2e%2e', 'US', 'a/../b', '', 'x'.repeat(40)]) {
      const headers = { authorization: authorization(`k/20260101/${region}/s3/aws4_request`) };
      const { region: of } = callerOf(signatureOf({ headers }), defaults);
      assert.match(of, /^[a-z0-9-]+$/);
    }
  });
});
