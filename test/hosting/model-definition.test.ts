import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkModelRules } from '../../src/contract/hosting-rules.ts';
import { validateRequest } from '../../src/contract/validation.ts';
import { modelDefinitionOf } from '../../src/hosting/model-data/definition.ts';
import { plant } from '../store/tree.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a model on the command line', () => {
  let directory: TemporaryDirectory;
  let cwd: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    cwd = directory.path;
    await plant(cwd, { 'm/w.bin': 'w', 'm.tar.gz': '', 'with blank/w.bin': 'w', 'job-2': '' });
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const jobs: Record<string, () => string> = {
    'job-1': () => join(cwd, 'm.tar.gz'),
    'job-2': () => join(cwd, 'm.tar.gz'),
    'job-3': () => join(cwd, 'm'),
    gone: () => join(cwd, 'gone.tar.gz'),
  };
  const definition = (text: string) => modelDefinitionOf(text, { cwd, ofJob: async (name) => jobs[name]?.() });
  const source = (S3Uri: string, S3DataType: 'S3Prefix' | 'S3Object') => ({
    ModelDataSource: { S3DataSource: { S3Uri, S3DataType, CompressionType: 'None' } },
  });

  for (const [text, what, expected] of [
    ['m', 'a directory', () => source(join(cwd, 'm/'), 'S3Prefix')],
    ['m/', 'a directory with a slash', () => source(join(cwd, 'm/'), 'S3Prefix')],
    ['with blank', 'a directory with a blank in its name', () => source(join(cwd, 'with blank/'), 'S3Prefix')],
    ['m.tar.gz', 'an archive', () => ({ ModelDataUrl: join(cwd, 'm.tar.gz') })],
    ['job-1', 'a training job', () => ({ ModelDataUrl: join(cwd, 'm.tar.gz') })],
    ['job-2', 'a file with the name of a training job', () => ({ ModelDataUrl: join(cwd, 'job-2') })],
    ['job-3', 'a training job without compression', () => source(join(cwd, 'm/'), 'S3Prefix')],
    ['s3://bucket/m/', 'a prefix', () => source('s3://bucket/m/', 'S3Prefix')],
    ['s3://bucket/m.tar.gz', 'an archive in a bucket', () => ({ ModelDataUrl: 's3://bucket/m.tar.gz' })],
    ['s3://bucket/m.tgz', 'an archive in a bucket with the short ending', () => ({ ModelDataUrl: 's3://bucket/m.tgz' })],
    ['s3://bucket/m.bin', 'an object', () => source('s3://bucket/m.bin', 'S3Object')],
  ] as const) {
    it(`that is ${what} becomes members of a request that can be created`, async () => {
      const members = await definition(text);
      assert.deepEqual(members, expected());
      const request = {
        ModelName: 'm',
        PrimaryContainer: { Image: 'i', ...members },
        ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r',
      };
      validateRequest('CreateModel', request);
      checkModelRules(request);
    });
  }

  it('may be a file:// address', async () => {
    assert.deepEqual(await definition(`file://${cwd}/with%20blank`), source(join(cwd, 'with blank/'), 'S3Prefix'));
  });

  it('that is not there is said to be missing as what it looks like', async () => {
    for (const text of ['./none', '/none', '~/none', 'none.tar.gz', 'none.tgz', `file://${cwd}/none`]) {
      await assert.rejects(definition(text), failure('InputNotFound', /^--model: there is no file or directory \//));
    }
    await assert.rejects(
      definition('none'),
      failure('ResourceNotFound', /^Could not find a directory, a model\.tar\.gz or a training job called "none" for --model\.$/),
    );
    await assert.rejects(definition('gone'), failure('InputNotFound', /gone\.tar\.gz/));
    await assert.rejects(definition('https://host/m'), failure('SourceNotSupported', /^--model: https:\/\/host\/m is not an address/));
  });
});
