import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3DataSource } from '@aws-sdk/client-sagemaker';
import type { ChannelInput, InputMode } from '../../../src/jobs/channels/input.ts';
import { resolveChannel } from '../../../src/jobs/channels/resolve.ts';
import { type PipeInput, pipeChannel } from '../../../src/jobs/pipe/channel.ts';
import { Scope } from '../../../src/scope.ts';
import { openHome } from '../../../src/store/home.ts';
import { LocalObjects } from '../../../src/store/local-objects.ts';
import { Owner } from '../../../src/store/owner.ts';
import { failure } from '../../support/failure.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('channels of objects in the directory store', () => {
  let scope: Scope;
  let objects: LocalObjects;
  let mapped: string;
  beforeEach(async () => {
    scope = new Scope();
    const { path } = scope.use(await temporaryDirectory());
    mapped = join(path, 'mapped');
    await mkdir(join(mapped, 'train/below'), { recursive: true });
    await writeFile(join(mapped, 'train/a.csv'), '1,');
    await writeFile(join(mapped, 'train/below/b.csv'), '2,');
    const home = await openHome(join(path, 'home'));
    const owner = scope.use(await Owner.start(home));
    objects = new LocalObjects(home, { owner: async () => owner.id, mapped: { mapped } });
    await objects.createBucket('bucket');
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
  });

  const put = async (contents: Readonly<Record<string, string>>): Promise<void> => {
    for (const [key, content] of Object.entries(contents)) {
      await objects.put(
        { bucket: 'bucket', key },
        (async function* () {
          yield Buffer.from(content);
        })(),
      );
    }
  };
  const resolve = (S3Uri: string, source: Partial<S3DataSource> = {}, mode: InputMode = 'File'): Promise<ChannelInput> => {
    const S3DataSource: S3DataSource = { S3DataType: 'S3Prefix', S3Uri, ...source };
    return resolveChannel({ ChannelName: 'train', DataSource: { S3DataSource } }, mode, { region: 'us-east-1', roleArn: 'r', objects });
  };
  const streamed = async (input: ChannelInput): Promise<string> => {
    assert.notEqual(input.kind, 'file-system');
    let text = '';
    const channel = pipeChannel({ input: input as PipeInput['input'], channel: {} }, objects);
    for await (const piece of channel.epoch(0, new AbortController().signal)) text += Buffer.from(piece);
    return text;
  };

  it('are mounted as they stand where a directory holds just them', async () => {
    const input = await resolve('s3://mapped/train');
    assert.equal(input.kind === 'objects' && input.directory, join(mapped, 'train'));
    assert.equal(await streamed(input), '1,2,');
  });

  it('are streamed also where no directory can hold them, which File mode refuses', async () => {
    await put({ 'd/a': 'A', 'd/b': 'B', 'd/b/c': 'BC', 'd/': '' });
    assert.equal(await streamed(await resolve('s3://bucket/d/', {}, 'Pipe')), 'ABBC');
    await assert.rejects(resolve('s3://bucket/d/'), failure('InputNamesClash', /"d\/b" and "d\/b\/c"/));
  });

  it('are named by manifests of both kinds', async () => {
    await put({ a: 'A', b: 'B', 'm.json': '[{"prefix":"s3://bucket/"},"b","a"]', 'm.jsonl': '{"x-ref":"s3://bucket/a","n":1}\n' });
    assert.equal(await streamed(await resolve('s3://bucket/m.json', { S3DataType: 'ManifestFile' }, 'Pipe')), 'BA');
    const augmented: Partial<S3DataSource> = { S3DataType: 'AugmentedManifestFile', AttributeNames: ['n', 'x-ref'] };
    assert.equal(await streamed(await resolve('s3://bucket/m.jsonl', augmented, 'Pipe')), '1A');
  });

  it('that are not there are refused in the words of AWS: no bucket, no object, no manifest', async () => {
    const refused = (uri: string, source: Partial<S3DataSource> = {}) =>
      assert.rejects(resolve(uri, source), failure('InvalidRequest', /^No S3 objects found under S3 URL "s3:/));
    await refused('s3://another/d/');
    await refused('s3://bucket/d/');
    await refused('s3://bucket/m.json', { S3DataType: 'ManifestFile' });
    await refused('s3://another/m.json', { S3DataType: 'ManifestFile' });
  });
});
