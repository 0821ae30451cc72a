import assert from 'node:assert/strict';
import type { ContainerDefinition, S3ModelDataSource } from '@aws-sdk/client-sagemaker';
import { hostingMembersWithoutEffect, refuseUnsupported } from '../../src/contract/hosting-members.ts';
import { modelDataOf, modelFileName, modelFileNames } from '../../src/contract/model-data.ts';
import { failure } from '../support/failure.ts';

const source = (changes: Partial<S3ModelDataSource>): S3ModelDataSource => ({
  S3Uri: 's3://b/m/',
  S3DataType: 'S3Prefix',
  CompressionType: 'None',
  ...changes,
});
const target = '/opt/ml/model';
const model = (definition: ContainerDefinition) => modelDataOf(definition).model;
const named = (changes: Partial<S3ModelDataSource>) => model({ ModelDataSource: { S3DataSource: source(changes) } });

describe('the model data of a container', () => {
  it('are an archive, a prefix or an object below /opt/ml/model, or nothing', () => {
    assert.deepEqual(model({ ModelDataUrl: 's3://b/m.tar.gz' }), { uri: 's3://b/m.tar.gz', form: 'archive', target });
    const gzip = named({ S3Uri: 's3://b/m.tar.gz', S3DataType: 'S3Object', CompressionType: 'Gzip' });
    assert.deepEqual(gzip, { uri: 's3://b/m.tar.gz', form: 'archive', target });
    assert.deepEqual(named({}), { uri: 's3://b/m/', form: 'prefix', target });
    assert.deepEqual(named({ S3Uri: 's3://b/w', S3DataType: 'S3Object' }), { uri: 's3://b/w', form: 'object', target });
    assert.equal(model({ Image: 'i' }), undefined);
  });

  it('of many models are fetched when they are asked for', () => {
    assert.equal(model({ Mode: 'MultiModel', ModelDataUrl: 's3://b/models/' }), undefined);
  });

  it('have additional sources in directories of their channels', () => {
    const { additional } = modelDataOf({
      AdditionalModelDataSources: [
        { ChannelName: 'draft', S3DataSource: source({}) },
        { ChannelName: 'adapter.1', S3DataSource: source({ S3Uri: 's3://b/a.tar.gz', S3DataType: 'S3Object', CompressionType: 'Gzip' }) },
      ],
    });
    assert.deepEqual(additional, [
      { uri: 's3://b/m/', form: 'prefix', target: '/opt/ml/additional-model-data-sources/draft' },
      { uri: 's3://b/a.tar.gz', form: 'archive', target: '/opt/ml/additional-model-data-sources/adapter.1' },
    ]);
  });

  it('from a manifest are refused, and what has no effect is said, of additional sources too', () => {
    const request = (changes: Partial<S3ModelDataSource>, more: Partial<S3ModelDataSource> = {}) => ({
      ModelName: 'm',
      PrimaryContainer: {
        Image: 'i',
        ModelDataSource: { S3DataSource: source(changes) },
        AdditionalModelDataSources: [{ ChannelName: 'c', S3DataSource: source(more) }],
      },
    });
    const manifest = { ManifestS3Uri: 's3://b/x.csv' };
    for (const refused of [request(manifest), request({}, manifest)]) {
      assert.throws(
        () => refuseUnsupported('CreateModelInput', refused),
        failure('InvalidRequest', /S3DataSource\.ManifestS3Uri is not emulated/),
      );
    }
    const stored = request({ ETag: 'e' }, { ModelAccessConfig: { AcceptEula: true } });
    refuseUnsupported('CreateModelInput', stored);
    assert.deepEqual(hostingMembersWithoutEffect('CreateModelInput', stored), [
      'PrimaryContainer.ModelDataSource.S3DataSource.ETag',
      'PrimaryContainer.AdditionalModelDataSources[0].S3DataSource.ModelAccessConfig',
    ]);
  });
});

describe('the files of an uncompressed model', () => {
  const names = (...keys: (string | { key: string; size: number })[]) =>
    modelFileNames(
      keys.map((key) => (typeof key === 'string' ? { key, size: 1 } : key)),
      'm/',
      's3://b/m/',
    );

  it('have the rest of their keys as paths, one object the last part of its key', () => {
    assert.deepEqual(names('m/a.bin', 'm/sub/b.bin'), ['a.bin', 'sub/b.bin']);
    assert.equal(modelFileName('deep/er/w.bin', 's3://b/deep/er/w.bin'), 'w.bin');
  });

  it('have names: not empty or blank, not . or .., without a zero byte, of at most 255 bytes', () => {
    assert.deepEqual(names(`m/${'x'.repeat(255)}`), ['x'.repeat(255)]);
    for (const rest of ['a//b', ' ', 'a/ /b', '.', 'a/../b', 'a/./b', 'a\0b', 'x'.repeat(256), `${'ä'.repeat(128)}/b`, 'ends/']) {
      assert.throws(
        () => names(`m/${rest}`),
        failure('ModelDataInvalid', /^The model data at s3:\/\/b\/m\/ cannot be deployed: the key /),
        rest,
      );
    }
    assert.throws(() => modelFileName('m/', 's3://b/m/'), failure('ModelDataInvalid', /empty or blank/));
  });

  it('are not both a file and a directory', () => {
    assert.throws(
      () => names('m/a', 'm/a.b', 'm/a/b/c'),
      failure('ModelDataInvalid', /"a" would be both a file and the directory of "a\/b\/c"/),
    );
    assert.throws(() => names('m/a/b', 'm/a/b/c/d'), failure('ModelDataInvalid', /"a\/b" would be both/));
  });

  it('are no folders of the S3 console', () => {
    for (const key of ['m/', 'm/sub/']) {
      assert.throws(() => names({ key, size: 0 }), failure('ModelDataInvalid', /stands for a folder, as the S3 console makes them/));
    }
  });
});
