import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync } from 'node:fs';
import { appendFile, mkdir, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Channel, S3DataSource } from '@aws-sdk/client-sagemaker';
import type { Ordering } from '../../../src/contract/object-order.ts';
import type { ChannelInput, ObjectContent } from '../../../src/jobs/channels/input.ts';
import { resolveChannel } from '../../../src/jobs/channels/resolve.ts';
import { type PipeInput, pipeChannel } from '../../../src/jobs/pipe/channel.ts';
import { failure } from '../../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';
import { memoryObjects } from '../channels/memory-objects.ts';

type Request = PipeInput['channel'];

describe('a channel in Pipe mode', () => {
  let directory: TemporaryDirectory;
  let root: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  const write = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  };
  const input = async (source: Partial<S3DataSource> = {}): Promise<PipeInput['input']> => {
    const channel: Channel = { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: root, ...source } } };
    const found = await resolveChannel(channel, 'Pipe', { region: 'us-east-1', roleArn: 'arn:aws:iam::000000000000:role/r' });
    assert.notEqual(found.kind, 'file-system');
    return found as PipeInput['input'];
  };
  const signal = new AbortController().signal;
  /** All of an epoch. A piece is copied at once, since it does not stay. */
  const streamed = async (from: ChannelInput, request: Request = {}, epoch = 0, shard?: Ordering['shard']): Promise<Buffer> => {
    assert.notEqual(from.kind, 'file-system');
    const pieces: Buffer[] = [];
    const channel = pipeChannel({ input: from as PipeInput['input'], channel: request, shard });
    for await (const piece of channel.epoch(epoch, signal)) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  };
  const text = async (...given: Parameters<typeof streamed>): Promise<string> => (await streamed(...given)).toString();
  const recordIo: Request = { RecordWrapperType: 'RecordIO' };
  /** What a reader makes of a RecordIO stream. */
  const records = (bytes: Buffer): readonly Buffer[] => {
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      assert.equal(bytes.readUInt32LE(at), 0xced7230a);
      const length = bytes.readUInt32LE(at + 4);
      found.push(bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length + ((4 - (length % 4)) % 4);
    }
    return found;
  };
  const megabytes = (count: number, fill: number): Buffer => Buffer.alloc(Math.round(count * 1024 * 1024), fill);

  it('is its objects one after the other, in the order of their keys, without anything between', async () => {
    await mkdir(join(root, 'b'));
    await write({ c: '3', 'b/2': '2', a: '1', 'b/1': '', 'b-': '-' });
    assert.equal(await text(await input()), '1-23');
  });

  it('is byte for byte the same in pieces of 64 KB, whatever the sizes of the objects', async () => {
    const sizes = [0, 1, 0.06, 0.07, 2.5, 1, 3.000001, 0.00001];
    const contents = sizes.map((size, index) => megabytes(size, index + 1));
    await write(Object.fromEntries(contents.map((content, index) => [`${index}`, content])));
    const found = await input();
    const lengths: number[] = [];
    const hash = createHash('md5');
    for await (const piece of pipeChannel({ input: found, channel: {} }).epoch(0, signal)) {
      lengths.push(piece.length);
      hash.update(piece);
    }
    assert.equal(hash.digest('hex'), createHash('md5').update(Buffer.concat(contents)).digest('hex'));
    assert.deepEqual(new Set(lengths.slice(0, -1)), new Set([64 * 1024]));
    assert.deepEqual(
      records(await streamed(found, recordIo)).map((record) => record.length),
      contents.map(({ length }) => length),
    );
    assert.ok(Buffer.concat(records(await streamed(found, recordIo))).equals(Buffer.concat(contents)));
  });

  it('is ten thousand tiny objects', async () => {
    await write(Object.fromEntries('0123456789'.split('').map((digit) => [digit, digit])));
    await mkdir(join(root, 'many'));
    // Links, because the disk would take most of the time for ten thousand new files.
    for (let number = 0; number < 10_000; number += 1)
      linkSync(join(root, `${number % 10}`), join(root, 'many', `${number}`.padStart(5, '0')));
    assert.equal(await text(await input({ S3Uri: join(root, 'many') })), '0123456789'.repeat(1000));
  });

  it('is in another order with each epoch when it has a seed, the same again for the same seed', async () => {
    await write(Object.fromEntries('abcdefghij'.split('').map((name) => [name, name])));
    const found = await input();
    const shuffled: Request = { ShuffleConfig: { Seed: 5 } };
    const epochs = await Promise.all([0, 1, 2].map((epoch) => text(found, shuffled, epoch)));
    assert.equal(new Set(epochs).size, 3);
    assert.deepEqual(new Set(epochs.map((epoch) => epoch.split('').sort().join(''))), new Set(['abcdefghij']));
    assert.equal(await text(found, shuffled, 1), epochs[1]);
    assert.equal(await text(found, {}, 1), 'abcdefghij');
  });

  it('is shared out over hosts, anew in each epoch when it is shuffled', async () => {
    await write(Object.fromEntries('abcdefghij'.split('').map((name) => [name, name])));
    const found = await input();
    const shares = (request: Request, epoch: number) => Promise.all([0, 1].map((index) => text(found, request, epoch, { index, of: 2 })));
    assert.deepEqual(await shares({}, 1), ['acegi', 'bdfhj']);
    const [first, second] = await Promise.all([0, 1].map((epoch) => shares({ ShuffleConfig: { Seed: 1 } }, epoch)));
    assert.equal(first?.join('').split('').sort().join(''), 'abcdefghij');
    assert.notDeepEqual(first, second);
  });

  it('is each object decompressed with Gzip, and each a record of its decompressed length with RecordIO', async () => {
    const large = megabytes(3, 7);
    await write({ a: gzipSync('one,'), b: Buffer.concat([gzipSync('two,'), gzipSync('three,')]), c: gzipSync(large), d: gzipSync('') });
    const found = await input();
    const gzip: Request = { CompressionType: 'Gzip' };
    assert.ok((await streamed(found, gzip)).equals(Buffer.concat([Buffer.from('one,two,three,'), large])));
    assert.deepEqual(
      records(await streamed(found, { ...gzip, ...recordIo })).map((record) => (record.length < 100 ? record.toString() : record.length)),
      ['one,', 'two,three,', large.length, ''],
    );
  });

  it('is no gzip file: refused as AWS says it, with the object', async () => {
    const refused =
      (why: RegExp) =>
      async (content: Uint8Array): Promise<void> => {
        await write({ a: content });
        const found = await input();
        await assert.rejects(streamed(found, { CompressionType: 'Gzip' }), failure('DataDownloadFailed', why));
      };
    await refused(/^ClientError: Data download failed:.*\/a cannot be decompressed: incorrect header check$/)(Buffer.from('plain text'));
    await refused(/\/a cannot be decompressed: unexpected end of file$/)(gzipSync(megabytes(1, 1)).subarray(0, 500));
    await refused(/\/a cannot be decompressed: /)(gzipSync('abc').fill(0xff, 10, 14));
  });

  it('is the attributes of the lines of an augmented manifest, each a record of its own with RecordIO', async () => {
    await write({ cat: 'meow', dog: 'wuff', m: '{"c":0,"i-ref":"./cat","x":1}\n{"i-ref":"./dog","c":"one"}\n' });
    const lines = await input({ S3DataType: 'AugmentedManifestFile', S3Uri: join(root, 'm'), AttributeNames: ['i-ref', 'c'] });
    assert.equal(await text(lines), 'meow0wuffone');
    assert.deepEqual(records(await streamed(lines, recordIo)).map(String), ['meow', '0', 'wuff', 'one']);
    assert.equal(await text(lines, {}, 0, { index: 1, of: 2 }), 'wuffone');
    await unlink(join(root, 'dog'));
    await assert.rejects(
      streamed(lines),
      failure('DataDownloadFailed', /^ClientError: Data download failed:.* line 2 names .*\/dog, which does not exist/),
    );
  });

  it('comes from a store elsewhere as well', async () => {
    const large = megabytes(0.3, 3);
    const objects = memoryObjects('bucket', { a: 'one,', b: large, c: gzipSync('three') });
    const channel: Channel = { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket' } } };
    const found = await resolveChannel(channel, 'Pipe', { region: '', roleArn: '', objects });
    const pieces: Buffer[] = [];
    for await (const piece of pipeChannel({ input: found as typeof found & { kind: 'objects' }, channel: recordIo }, objects).epoch(
      0,
      signal,
    ))
      pieces.push(Buffer.from(piece));
    assert.deepEqual(
      records(Buffer.concat(pieces)).map((record) => record.length),
      [4, large.length, gzipSync('three').length],
    );
  });

  it('takes an object as it is when it is opened, and says when it is not there any more', async () => {
    await write({ a: 'first', b: 'b' });
    const found = await input();
    await write({ new: 'replaced' });
    await rename(join(root, 'new'), join(root, 'a'));
    await appendFile(join(root, 'b'), 'cd');
    assert.equal(await text(found), 'replacedbcd');
    await unlink(join(root, 'b'));
    await assert.rejects(
      streamed(found),
      failure('DataDownloadFailed', /^ClientError: Data download failed:.*\/b cannot be read: no such file or directory$/),
    );
  });

  it('cannot make a record of an object that shrinks while it is read', async () => {
    await write({ a: megabytes(3, 1) });
    const found = await input();
    const read = async (request: Request): Promise<number> => {
      await truncate(join(root, 'a'), 3 * 1024 * 1024);
      let length = 0;
      for await (const piece of pipeChannel({ input: found, channel: request }).epoch(0, signal)) {
        length += piece.length;
        await truncate(join(root, 'a'), 1024 * 1024);
      }
      return length;
    };
    assert.equal(await read({}), 1024 * 1024);
    await assert.rejects(read(recordIo), failure('DataDownloadFailed', /\/a changed while it was being read/));
  });

  it('refuses a record longer than RecordIO can say', async () => {
    await write({ a: '' });
    await truncate(join(root, 'a'), 2 ** 29);
    await assert.rejects(
      streamed(await input(), recordIo),
      failure('DataDownloadFailed', /\/a has 536870912 bytes; a RecordIO record holds 536870911 at most/),
    );
  });

  it('ends with its signal', async () => {
    await write({ a: 'x' });
    const epoch = pipeChannel({ input: await input(), channel: {} }).epoch(0, AbortSignal.abort(new Error('enough')));
    await assert.rejects(epoch[Symbol.asyncIterator]().next(), /enough/);
  });

  it('has no objects that were taken for a file and are something else now', async () => {
    await write({ a: 'x' });
    const found = await input();
    assert.equal(found.kind, 'objects');
    await unlink(join(root, 'a'));
    await mkdir(join(root, 'a'));
    const content = (found as typeof found & { kind: 'objects' }).objects[0]?.content as ObjectContent;
    assert.equal(content.kind, 'file');
    await assert.rejects(streamed(found), failure('DataDownloadFailed', /\/a is not a file any more/));
  });
});
