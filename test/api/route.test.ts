import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { refusalOf } from '../../src/api/guard.ts';
import { routeOf } from '../../src/api/route.ts';

const scope = (service: string): IncomingHttpHeaders => ({
  authorization: `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
const of = (headers: IncomingHttpHeaders, url = '/'): string => {
  const route = routeOf({ headers, url });
  return route.kind === 'service' ? route.service : `not ${route.service}`;
};

describe('routes of the one port', () => {
  it('follow the target first', () => {
    assert.equal(of({ ...scope('s3'), 'x-amz-target': 'SageMaker.CreateModel' }), 'sagemaker');
    assert.equal(of({ 'x-amz-target': 'Logs_20140328.GetLogEvents' }), 'logs');
    assert.equal(of({ 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' }), 'ecr');
    assert.equal(of({ 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' }), 'monitoring');
    assert.equal(of({ 'x-amz-target': 'TrentService.Encrypt' }), 'not KMS');
    assert.equal(of({ 'x-amz-target': 'Nobody.Knows' }), 'not Nobody');
  });

  it('know the path of the newest protocol', () => {
    assert.equal(of(scope('monitoring'), '/service/GraniteServiceVersion20100801/operation/PutMetricData'), 'monitoring');
  });

  it('follow the signature, then the version of a form', () => {
    for (const service of ['s3', 'sts', 'iam', 'sagemaker']) assert.equal(of(scope(service)), service);
    assert.equal(of(scope('dynamodb')), 'not dynamodb');
    assert.equal(of({}, '/?Action=GetCallerIdentity&Version=2011-06-15'), 'sts');
    assert.equal(of({}, '/?Action=GetRole&Version=2010-05-08'), 'iam');
  });

  it('leave the rest to S3: presigned addresses, and those of nobody', () => {
    assert.equal(of({}, '/b/k?X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request'), 's3');
    assert.equal(of({}, '/bucket/key'), 's3');
  });
});

describe('the guard', () => {
  const refused = (headers: IncomingHttpHeaders): boolean => refusalOf({ headers }, { hosts: () => ['172.17.0.1'] }) !== undefined;

  it('lets in whoever uses an address of this machine, or a name of AWS', () => {
    for (const host of [
      '127.0.0.1:4570',
      'localhost',
      'bucket.localhost:4570',
      '[::1]:4570',
      'b.s3.us-east-1.amazonaws.com',
      '172.17.0.1:4570',
    ])
      assert.equal(refused({ host }), false, host);
    assert.equal(refused({}), false);
  });

  it('refuses the names of other sites, under which a browser can be led here', () => {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example:4570',
      'notamazonaws.com',
      '10.0.0.1',
      '172.17.0.2',
    ])
      assert.equal(refused({ host }), true, host);
  });

  it('refuses pages of other sites', () => {
    assert.equal(refused({ host: '127.0.0.1:4570', origin: 'https://evil.example' }), true);
    assert.equal(refused({ host: '127.0.0.1:4570', origin: 'null' }), true);
    assert.equal(refused({ host: '127.0.0.1:4570', origin: 'http://localhost:3000' }), false);
  });
});
