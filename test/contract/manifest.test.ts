import assert from 'node:assert/strict';
import { parseManifest } from '../../src/contract/manifest.ts';
import { isError } from '../../src/errors.ts';

const parse = (value: unknown) =>
  parseManifest(typeof value === 'string' ? value : JSON.stringify(value), 's3://b/m.json', 'Channel "train"');
const refused = (value: unknown, message: RegExp): void => {
  assert.throws(
    () => parse(value),
    (error: unknown) => {
      assert.ok(isError(error, 'ManifestInvalid'));
      assert.match(error.message, /^Channel "train": the manifest s3:\/\/b\/m\.json cannot be used: /);
      assert.match(error.message, message);
      assert.match(error.remedy, /\[{"prefix":"s3:\/\/bucket/);
      return true;
    },
  );
};

describe('parseManifest', () => {
  it('gives the prefix and the entries as they stand', () => {
    assert.deepEqual(parse([{ prefix: 's3://bucket/data/' }, '2024/a.csv', ' b']), {
      prefix: 's3://bucket/data/',
      entries: ['2024/a.csv', ' b'],
    });
    assert.deepEqual(parse([{ prefix: 's3://bucket/data/pre' }, 'fix.csv']).prefix, 's3://bucket/data/pre');
    assert.deepEqual(parse([{ prefix: 's3://bucket' }, '/a']).prefix, 's3://bucket');
  });

  it('takes addresses of this machine for prefixes', () => {
    for (const prefix of ['file:///data/', '/data/', './data/', '../data/']) assert.equal(parse([{ prefix }, 'a']).prefix, prefix);
  });

  it('refuses what is not JSON, or no array, with what JSON said', () => {
    refused('[{"prefix":"s3://b/"},', /: it is not JSON: .*JSON/);
    refused('', /not JSON/);
    refused({ prefix: 's3://b/' }, /: it is an object, not an array\.$/);
    refused(null, /it is null, not an array/);
  });

  it('refuses a wrong first entry', () => {
    refused([], /entry 0 is missing; it must be an object with "prefix"/);
    refused(['s3://b/a.csv'], /entry 0 is a string \("s3:\/\/b\/a\.csv"\); it must be an object with "prefix"/);
    refused([{ Prefix: 's3://b/' }, 'a'], /entry 0 is an object; it must be an object with "prefix"/);
    refused([{ prefix: 1 }, 'a'], /entry 0 has a number \(1\) as "prefix", not a string/);
    refused([{ prefix: '' }, 'a'], /entry 0 has the prefix "", which is empty/);
    for (const prefix of ['bucket/data/', 's3:/b/', 's3://', 'https://b.s3.amazonaws.com/', 'data/']) {
      refused([{ prefix }, 'a'], /entry 0 has the prefix ".*", which is neither an S3 URI .* nor a local path/);
    }
  });

  it('refuses an entry that is not a string, by its number', () => {
    refused([{ prefix: 's3://b/' }, 'a', 7], /entry 2 is a number \(7\), not a string/);
    refused([{ prefix: 's3://b/' }, null], /entry 1 is null, not a string/);
    refused([{ prefix: 's3://b/' }, ['a']], /entry 1 is an array, not a string/);
    refused([{ prefix: 's3://b/' }, 'a', ''], /entry 2 is empty/);
  });

  it('refuses a second bucket', () => {
    refused([{ prefix: 's3://b/' }, 'a', { prefix: 's3://c/' }], /entry 2 is another prefix: .* one bucket only/);
    refused([{ prefix: 's3://b/' }, 's3://c/x'], /entry 1 is the whole address "s3:\/\/c\/x": .* one bucket only/);
  });

  it('refuses a manifest without objects', () => {
    refused([{ prefix: 's3://b/' }], /it names no objects/);
  });
});
