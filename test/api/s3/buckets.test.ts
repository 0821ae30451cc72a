import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, codeIn, type Reply, textsOf } from './asking.ts';
import { type ServedS3, serveS3 } from './serving.ts';

describe('S3: buckets', () => {
  let server: ServedS3;
  beforeEach(async () => {
    server = await serveS3();
  });
  afterEach(async () => {
    assert.deepEqual(server.failures, []);
    await server[Symbol.asyncDispose]();
  });

  const of = (account: string, region = 'us-east-1') => ({
    Authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=00`,
  });
  const outcome = (reply: Reply) => [reply.status, codeIn(reply)];

  it('are made, listed, found, and removed when they are empty', async () => {
    assert.deepEqual([(await ask(server, 'PUT', '/one')).headers.location, (await ask(server, 'PUT', '/two/')).status], ['/one', 200]);
    const list = await ask(server, 'GET', '/');
    assert.equal(list.headers['content-type'], 'application/xml');
    assert.deepEqual(textsOf(list.text, 'Name'), ['one', 'two']);
    assert.match(textsOf(list.text, 'CreationDate')[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const head = await ask(server, 'HEAD', '/one');
    assert.deepEqual([head.status, head.headers['x-amz-bucket-region'], head.text], [200, 'us-east-1', '']);
    await ask(server, 'PUT', '/one/a/b', { body: 'x' });
    assert.deepEqual(outcome(await ask(server, 'DELETE', '/one')), [409, 'BucketNotEmpty']);
    await ask(server, 'DELETE', '/one/a/b');
    assert.deepEqual(outcome(await ask(server, 'DELETE', '/one')), [204, undefined]);
    assert.deepEqual(textsOf((await ask(server, 'GET', '/?prefix=t')).text, 'Name'), ['two']);
  });

  it('that are not there have a body for GET and none for HEAD', async () => {
    const get = await ask(server, 'GET', '/none-such');
    assert.deepEqual(
      [get.status, codeIn(get), textsOf(get.text, 'BucketName'), textsOf(get.text, 'Message')],
      [404, 'NoSuchBucket', ['none-such'], ['The specified bucket does not exist']],
    );
    assert.equal(get.headers['x-amz-request-id'], textsOf(get.text, 'RequestId')[0]);
    assert.ok(get.headers['x-amz-id-2']);
    const head = await ask(server, 'HEAD', '/none-such');
    assert.deepEqual([head.status, head.text], [404, '']);
    assert.deepEqual(outcome(await ask(server, 'DELETE', '/none-such')), [404, 'NoSuchBucket']);
    assert.deepEqual(outcome(await ask(server, 'PUT', '/none-such/a', { body: 'x' })), [404, 'NoSuchBucket']);
  });

  it('have names that S3 allows', async () => {
    for (const name of ['No_Bucket', 'ab', '..', '%2e%2e', 'a..b', '%00ab', 'x'.repeat(64)]) {
      assert.deepEqual(outcome(await ask(server, 'PUT', `/${name}`)), [400, 'InvalidBucketName'], name);
    }
  });

  it('know their region, which a document or the signature says', async () => {
    const body =
      '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
    await ask(server, 'PUT', '/one', { body });
    await ask(server, 'PUT', '/two', { headers: of('000000000000', 'ap-south-1') });
    await ask(server, 'PUT', '/three');
    const regions = await Promise.all(['one', 'two', 'three'].map((name) => ask(server, 'GET', `/${name}?location`)));
    assert.deepEqual(
      regions.map(({ text }) => /<LocationConstraint[^>]*>([^<]*)</.exec(text)?.[1]),
      ['eu-west-1', 'ap-south-1', ''],
    );
    assert.equal((await ask(server, 'HEAD', '/one')).headers['x-amz-bucket-region'], 'eu-west-1');
  });

  it('that one has already are an error, except where AWS has none', async () => {
    await ask(server, 'PUT', '/one');
    assert.deepEqual(outcome(await ask(server, 'PUT', '/one')), [200, undefined]);
    const there = { headers: of('000000000000', 'eu-west-1') };
    assert.deepEqual(outcome(await ask(server, 'PUT', '/two', there)), [200, undefined]);
    assert.deepEqual(outcome(await ask(server, 'PUT', '/two', there)), [409, 'BucketAlreadyOwnedByYou']);
  });

  it('are of the account that made them; those made by hand are everybody’s', async () => {
    const [mine, other] = ['111111111111', '222222222222'];
    await ask(server, 'PUT', '/mine', { headers: of(mine) });
    await mkdir(join(server.home.buckets, 'by-hand'));
    const names = async (account: string) => textsOf((await ask(server, 'GET', '/', { headers: of(account) })).text, 'Name');
    assert.deepEqual([await names(mine), await names(other)], [['by-hand', 'mine'], ['by-hand']]);
    for (const [method, path] of [
      ['GET', '/mine'],
      ['PUT', '/mine/a'],
      ['GET', '/mine/a'],
      ['DELETE', '/mine'],
    ] as const) {
      assert.deepEqual(outcome(await ask(server, method, path, { headers: of(other) })), [403, 'AccessDenied'], path);
    }
    assert.equal((await ask(server, 'HEAD', '/mine', { headers: of(other) })).status, 403);
    assert.deepEqual(outcome(await ask(server, 'PUT', '/mine', { headers: of(other) })), [409, 'BucketAlreadyExists']);
  });

  it('are refused to who takes somebody else for their owner', async () => {
    await ask(server, 'PUT', '/one', { headers: of('111111111111') });
    const expecting = (owner: string) => ({ headers: { ...of('111111111111'), 'x-amz-expected-bucket-owner': owner } });
    assert.equal((await ask(server, 'HEAD', '/one', expecting('111111111111'))).status, 200);
    assert.equal((await ask(server, 'HEAD', '/one', expecting('222222222222'))).status, 403);
    assert.deepEqual(outcome(await ask(server, 'GET', '/one', expecting('222222222222'))), [403, 'AccessDenied']);
  });

  it('take their uploads along when they go', async () => {
    await ask(server, 'PUT', '/one');
    await ask(server, 'POST', '/one/a?uploads');
    assert.ok(existsSync(join(server.home.uploads, 'one')));
    assert.equal((await ask(server, 'DELETE', '/one')).status, 204);
    assert.ok(!existsSync(join(server.home.uploads, 'one')));
  });

  it('answer for settings as those that never had any', async () => {
    await ask(server, 'PUT', '/one');
    const answers = {
      versioning: [200, undefined],
      policy: [404, 'NoSuchBucketPolicy'],
      tagging: [404, 'NoSuchTagSet'],
      encryption: [404, 'ServerSideEncryptionConfigurationNotFoundError'],
      lifecycle: [404, 'NoSuchLifecycleConfiguration'],
      cors: [404, 'NoSuchCORSConfiguration'],
      logging: [200, undefined],
    };
    for (const [setting, expected] of Object.entries(answers)) {
      assert.deepEqual(outcome(await ask(server, 'GET', `/one?${setting}`)), expected, setting);
    }
    assert.match((await ask(server, 'GET', '/one?versioning')).text, /<VersioningConfiguration [^>]*><\/VersioningConfiguration>/);
  });

  it('refuse versioning, and what else is not served, by its name', async () => {
    await ask(server, 'PUT', '/one');
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    const versioning = await ask(server, 'PUT', '/one?versioning', { body });
    assert.deepEqual(outcome(versioning), [501, 'NotImplemented']);
    assert.match(versioning.text, /PutBucketVersioning.*no versions/);
    for (const [method, path, name] of [
      ['PUT', '/one?acl', 'PutBucketAcl'],
      ['GET', '/one?acl', 'GetBucketAcl'],
      ['PUT', '/one?lifecycle', 'PutBucketLifecycleConfiguration'],
      ['DELETE', '/one?website', 'DeleteBucketWebsite'],
      ['GET', '/one?versions', 'ListObjectVersions'],
      ['PUT', '/one/a?acl', 'PutObjectAcl'],
      ['POST', '/one/a?restore', 'RestoreObject'],
      ['POST', '/one/a?select&select-type=2', 'SelectObjectContent'],
      ['POST', '/one', 'PostObject'],
    ] as const) {
      const reply = await ask(server, method, path);
      assert.deepEqual(outcome(reply), [501, 'NotImplemented'], name);
      assert.match(reply.text, new RegExp(`S3's ${name} `));
    }
    assert.deepEqual(outcome(await ask(server, 'PATCH', '/one/a')), [405, 'MethodNotAllowed']);
    assert.deepEqual(outcome(await ask(server, 'POST', '/one/a')), [405, 'MethodNotAllowed']);
  });

  it('are found by the name of the host, too', async () => {
    await ask(server, 'PUT', '/one');
    for (const host of [
      'one.localhost:4570',
      'one.s3.localhost',
      'one.s3.amazonaws.com',
      'one.s3.eu-west-1.amazonaws.com',
      'ONE.s3-eu-west-1.amazonaws.com',
    ]) {
      assert.equal((await ask(server, 'PUT', '/a/b', { headers: { Host: host }, body: host })).status, 200, host);
      assert.equal((await ask(server, 'GET', '/one/a/b')).text, host);
      assert.deepEqual(textsOf((await ask(server, 'GET', '/?list-type=2', { headers: { Host: host } })).text, 'Key'), ['a/b'], host);
    }
    for (const host of [
      'localhost',
      's3.localhost:1',
      's3.amazonaws.com',
      's3.us-west-2.amazonaws.com',
      '127.0.0.1:4570',
      'one.example.org',
    ]) {
      assert.deepEqual(textsOf((await ask(server, 'GET', '/', { headers: { Host: host } })).text, 'Name'), ['one'], host);
    }
  });

  it('are found by names that this service was given', async () => {
    await using named = await serveS3({ hosts: ['sm-local', 'host.docker.internal'] });
    await ask(named, 'PUT', '/one', { headers: { Host: 'sm-local:4570' } });
    assert.equal((await ask(named, 'HEAD', '/', { headers: { Host: 'one.sm-local:4570' } })).status, 200);
    assert.equal((await ask(named, 'HEAD', '/', { headers: { Host: 'one.host.docker.internal' } })).status, 200);
  });
});
