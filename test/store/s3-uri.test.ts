import assert from 'node:assert/strict';
import { formatS3Uri, isS3Uri, parseS3Uri, whyNoBucketName } from '../../src/store/s3-uri.ts';
import { failure } from '../support/failure.ts';

describe('S3 URIs', () => {
  it('name a bucket and a key, which is taken as it stands', () => {
    for (const [uri, bucket, key] of [
      ['s3://my-bucket/a/b.csv', 'my-bucket', 'a/b.csv'],
      ['s3://my-bucket/', 'my-bucket', ''],
      ['s3://my-bucket', 'my-bucket', ''],
      ['s3://my.bucket/a//b/', 'my.bucket', 'a//b/'],
      ['s3://my-bucket//a', 'my-bucket', '/a'],
      ['s3://my-bucket/a%20b+c?d#e\nf', 'my-bucket', 'a%20b+c?d#e\nf'],
    ] as const) {
      assert.deepEqual(parseS3Uri(uri, 'It'), { bucket, key }, uri);
      assert.equal(formatS3Uri({ bucket, key }), uri === 's3://my-bucket' ? 's3://my-bucket/' : uri);
    }
  });

  it('are nothing else', () => {
    for (const text of ['/a/b', 'file:///a', 'S3://bucket/a', 'https://bucket/a', 's3:/bucket/a', '']) {
      assert.equal(isS3Uri(text), false, text);
      assert.throws(() => parseS3Uri(text, 'Channel "train"'), failure('InvalidRequest', /Channel "train": .* is not an S3 URI/));
    }
    assert.throws(() => parseS3Uri('s3://Bucket/a', 'It'), failure('InvalidRequest', /"s3:\/\/Bucket\/a" names no bucket there can be/));
    assert.throws(() => parseS3Uri('s3:///a', 'It'), failure('InvalidRequest', /"" has not 3 to 63 characters/));
  });

  it('have buckets of names that S3 allows', () => {
    for (const name of ['abc', 'a.b.c', '123', 'a'.repeat(63), 'sagemaker-us-east-1-000000000000', '1.2.3.4.5', 'a--b']) {
      assert.equal(whyNoBucketName(name), undefined, name);
    }
    for (const [name, why] of [
      ['ab', /3 to 63/],
      ['a'.repeat(64), /3 to 63/],
      ['aBc', /lower-case/],
      ['a_b', /lower-case/],
      ['größe', /lower-case/],
      ['a/b', /lower-case/],
      ['-ab', /begin and end/],
      ['ab.', /begin and end/],
      ['a..b', /two dots/],
      ['192.168.5.4', /IP address/],
      ['xn--abc', /begins with/],
      ['amzn-s3-demo-bucket', /begins with/],
      ['abc-s3alias', /ends with/],
      ['abc--x-s3', /ends with/],
    ] as const) {
      assert.match(whyNoBucketName(name) ?? '', why, name);
    }
  });
});
