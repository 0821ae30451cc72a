import assert from 'node:assert/strict';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { isError } from '../src/errors.ts';
import { Records } from '../src/store/records.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';
import { type FakeService, fakeService } from './training-jobs/fake-service.ts';

const refused =
  (message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isError(error, 'InvalidRequest'), String(error));
    assert.match(error.message, message);
    return true;
  };

describe('tags', () => {
  const arnOf = (kind: string, name: string): string => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/${name}`;
  const tag = (Key: string, Value = 'x'): Tag => ({ Key, Value });
  let root: TemporaryDirectory;
  let service: FakeService;
  beforeEach(async () => {
    root = await temporaryDirectory();
    service = await fakeService(root.path, () => 0);
    await new Records(service.emulator.home, 'model').put('My-Model', { name: 'My-Model' });
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  it('are added, listed and removed, by an ARN whose capitals make no difference', async () => {
    const { tags } = service;
    const ResourceArn = arnOf('model', 'my-model');
    assert.deepEqual(await tags.list({ ResourceArn }), { Tags: [] });
    assert.deepEqual(await tags.add({ ResourceArn, Tags: [tag('a'), tag('A')] }), { Tags: [tag('a'), tag('A')] });
    assert.deepEqual(await tags.add({ ResourceArn: arnOf('model', 'My-Model'), Tags: [tag('a', 'y')] }), {
      Tags: [tag('a', 'y'), tag('A')],
    });
    assert.deepEqual(await tags.remove({ ResourceArn, TagKeys: ['A', 'none'] }), {});
    assert.deepEqual(await tags.list({ ResourceArn, MaxResults: 50 }), { Tags: [tag('a', 'y')] });
  });

  it('added by many at once are all there', async () => {
    const ResourceArn = arnOf('model', 'my-model');
    await Promise.all(Array.from({ length: 20 }, (_, index) => service.tags.add({ ResourceArn, Tags: [tag(`key-${index}`)] })));
    assert.equal((await service.tags.list({ ResourceArn })).Tags?.length, 20);
  });

  it('are those of what was made last under a name, and go with it', async () => {
    const ResourceArn = arnOf('model', 'my-model');
    await service.tags.put(ResourceArn, [tag('old')]);
    await service.tags.put(ResourceArn, [tag('new')]);
    assert.deepEqual(await service.tags.list({ ResourceArn }), { Tags: [tag('new')] });
    await service.tags.forget(ResourceArn);
    assert.deepEqual(await service.tags.list({ ResourceArn }), { Tags: [] });
  });

  it('are of what there is in this account and region, and the refusal says what there is not', async () => {
    const cases: readonly [arn: string, says: RegExp][] = [
      [arnOf('model', 'other'), /^Could not find model "arn:aws:sagemaker:us-east-1:000000000000:model\/other"\.$/],
      [arnOf('endpoint', 'my-model'), /^Could not find endpoint ".*"\.$/],
      [arnOf('endpoint-config', 'my-model'), /^Could not find endpoint configuration ".*"\.$/],
      [arnOf('training-job', 'my-model'), /^Requested resource not found\.$/],
      [arnOf('pipeline', 'my-model'), /^Could not find resource ".*"\.$/],
      ['arn:aws:sagemaker:eu-west-1:000000000000:model/my-model', /^Could not find resource/],
      ['arn:aws:sagemaker:us-east-1:111122223333:model/my-model', /^Could not find resource/],
    ];
    for (const [ResourceArn, says] of cases) {
      await assert.rejects(service.tags.list({ ResourceArn }), refused(says));
      await assert.rejects(service.tags.add({ ResourceArn, Tags: [tag('a')] }), refused(says));
      await assert.rejects(service.tags.remove({ ResourceArn, TagKeys: ['a'] }), refused(says));
    }
  });

  it('are refused when they are reserved, twice there, too many, or no tags', async () => {
    const ResourceArn = arnOf('model', 'my-model');
    const add = (...Tags: Tag[]) => service.tags.add({ ResourceArn, Tags });
    await assert.rejects(add(tag('aws:x')), refused(/reserved for AWS: aws:x/));
    await assert.rejects(add(tag('a'), tag('a')), refused(/Duplicate tag key: a/));
    await add(...Array.from({ length: 50 }, (_, index) => tag(`key-${index}`)));
    await assert.rejects(add(tag('one-more')), refused(/would have 51 tags, and 50 are allowed/));
    await add(tag('key-1', 'changed'));
    await assert.rejects(add(tag('a?b')), refused(/'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular/));
    await assert.rejects(service.tags.list({ ResourceArn, MaxResults: 10 }), refused(/'maxResults'.*greater than or equal to 50/));
    await assert.rejects(service.tags.list({ ResourceArn, NextToken: 'x' }), refused(/^The NextToken is invalid\.$/));
  });
});
