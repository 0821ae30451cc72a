import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, linkSync, mkdirSync, openSync } from 'node:fs';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Channel, FileSystemDataSource, S3DataSource } from '@aws-sdk/client-sagemaker';
import type { ChannelInput, InputMode, LinesInput, ObjectsInput } from '../../../src/jobs/channels/input.ts';
import { resolveChannel, type Sources } from '../../../src/jobs/channels/resolve.ts';
import { Program } from '../../store/commands.ts';
import { failure } from '../../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';
import { memoryObjects } from './memory-objects.ts';

describe('resolveChannel', () => {
  let directory: TemporaryDirectory;
  let root: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  const asker = { region: 'eu-west-1', roleArn: 'arn:aws:iam::000000000000:role/r' };
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
  };
  const resolve = (source: Partial<S3DataSource>, sources: Partial<Sources> = {}, mode: InputMode = 'File'): Promise<ChannelInput> => {
    const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: '', ...source } as S3DataSource;
    return resolveChannel({ ChannelName: 'train', DataSource: { S3DataSource } }, mode, { ...asker, ...sources });
  };
  const objects = async (...given: Parameters<typeof resolve>): Promise<ObjectsInput> => {
    const input = await resolve(...given);
    assert.equal(input.kind, 'objects');
    return input as ObjectsInput;
  };
  const names = async (...given: Parameters<typeof resolve>): Promise<readonly string[]> =>
    (await objects(...given)).objects.map(({ name }) => name);

  describe('with a path of this machine', () => {
    it('is a directory that can be mounted as it stands, its files in the order of S3', async () => {
      await write({ 'b/2.csv': 'bb', 'a.csv': 'a', 'b-1.csv': '', '\u{1f600}': 'x', '\u{ffee}': 'y' });
      const input = await objects({ S3Uri: root });
      assert.deepEqual(
        input.objects.map(({ name, size }) => [name, size]),
        [
          ['a.csv', 1],
          ['b-1.csv', 0],
          ['b/2.csv', 2],
          ['\u{ffee}', 1],
          ['\u{1f600}', 1],
        ],
      );
      assert.deepEqual([input.directory, input.prefix, input.bytes], [root, `${root}/`, 5]);
      assert.deepEqual(input.objects[0], {
        uri: `${root}/a.csv`,
        name: 'a.csv',
        size: 1,
        content: { kind: 'file', path: join(root, 'a.csv') },
      });
    });

    it('is one file', async () => {
      await write({ 'data/one.csv': '1' });
      const input = await objects({ S3Uri: pathToFileURL(join(root, 'data/one.csv')).href });
      assert.deepEqual(
        [input.objects.map(({ name }) => name), input.directory, input.prefix],
        [['one.csv'], undefined, `${pathToFileURL(root).href}/data/`],
      );
    });

    it('may have spaces, commas, colons and Unicode in it', async () => {
      const odd = 'ein Ordner, mit: „ä“ #?%';
      await write({ [`${odd}/ß 1,2:3.csv`]: 'x' });
      assert.deepEqual(await names({ S3Uri: pathToFileURL(join(root, odd)).href }), ['ß 1,2:3.csv']);
      assert.deepEqual(await names({ S3Uri: join(root, odd) }), ['ß 1,2:3.csv']);
    });

    it('takes what a link points to, and is not mounted as it stands then', async () => {
      await write({ 'data/a.csv': 'a', 'elsewhere/far.csv': 'far' });
      await symlink(join(root, 'elsewhere'), join(root, 'data/linked'));
      await symlink('a.csv', join(root, 'data/b.csv'));
      const input = await objects({ S3Uri: join(root, 'data') });
      assert.deepEqual(
        input.objects.map(({ name, content }) => [name, content.kind === 'file' && content.path]),
        [
          ['a.csv', join(root, 'data/a.csv')],
          ['b.csv', join(root, 'data/a.csv')],
          ['linked/far.csv', join(root, 'elsewhere/far.csv')],
        ],
      );
      assert.equal(input.directory, undefined);
    });

    it('refuses what cannot be an object, by its name: a FIFO, a loop, a link to nowhere', async () => {
      const refused = async (name: string, message: RegExp): Promise<void> =>
        assert.rejects(resolve({ S3Uri: join(root, name) }), failure('InputUnreadable', message));
      await write({ 'fifo/a.csv': '', 'loop/a.csv': '', 'dangling/a.csv': '' });
      execFileSync('mkfifo', [join(root, 'fifo/pipe')]);
      await refused('fifo', /^Channel "train": .*fifo\/pipe cannot be used: only files and directories can be objects/);
      await refused('fifo/pipe', /only files and directories/);
      await symlink(join(root, 'loop'), join(root, 'loop/again'));
      await refused('loop', /loop\/again cannot be used: the link leads back to a directory it is in/);
      await symlink(join(root, 'nowhere'), join(root, 'dangling/link'));
      await refused('dangling', /dangling\/link cannot be used: no such file/);
    });

    it('refuses what is not there, with the channel and the path', async () => {
      const path = join(root, 'nope');
      await assert.rejects(
        resolve({ S3Uri: path }),
        failure('InputNotFound', new RegExp(`^Channel "train": there is no file or directory ${path}\\.$`)),
      );
      await write({ file: '' });
      await assert.rejects(resolve({ S3Uri: join(root, 'file/below') }), failure('InputNotFound', /file\/below/));
    });

    it('refuses an empty directory as AWS does an empty prefix', async () => {
      await mkdir(join(root, 'empty/below'), { recursive: true });
      await assert.rejects(
        resolve({ S3Uri: join(root, 'empty') }),
        failure(
          'InvalidRequest',
          /^No S3 objects found under S3 URL ".*empty" given in input data source\. .* selected region \(eu-west-1\), .* the role "arn:aws:iam::000000000000:role\/r" has/,
        ),
      );
    });

    it('refuses a file that may not be read', async () => {
      await write({ 'data/secret.csv': 'x' });
      await chmod(join(root, 'data/secret.csv'), 0);
      await chmod(root, 0o755);
      await using program = new Program('../jobs/channels/resolve-as-nobody', [join(root, 'data')]);
      assert.match((await program.line()) ?? '', /^Channel "train": .*secret\.csv cannot be used: permission denied\.$/);
    });
  });

  describe('with an S3 prefix', () => {
    const store = (...keys: readonly string[]) =>
      memoryObjects('bucket', Object.fromEntries(keys.map((key) => [key, key.endsWith('/') ? '' : key])));

    it('gives the objects below it under the rest of their keys, and no file for what stands for a directory', async () => {
      const input = await objects(
        { S3Uri: 's3://bucket/data/train' },
        { objects: store('data/train/', 'data/train/b', 'data/train/a/1', 'data/other') },
      );
      assert.deepEqual(
        input.objects.map(({ uri, name }) => [uri, name]),
        [
          ['s3://bucket/data/train/a/1', 'a/1'],
          ['s3://bucket/data/train/b', 'b'],
        ],
      );
      assert.deepEqual(
        [input.prefix, input.objects[0]?.content],
        ['s3://bucket/data/train/', { kind: 'stored', address: { bucket: 'bucket', key: 'data/train/a/1' } }],
      );
    });

    it('keeps the last part of half a name, which FastFile mode refuses', async () => {
      const sources = { objects: store('data/train-1.csv', 'data/train/2.csv') };
      assert.deepEqual(await names({ S3Uri: 's3://bucket/data/train' }, sources), ['train-1.csv', 'train/2.csv']);
      await assert.rejects(
        resolve({ S3Uri: 's3://bucket/data/train' }, sources, 'FastFile'),
        failure(
          'DataDownloadFailed',
          /^ClientError: Data download failed:Failed to download data\. For FastFile mode, partial S3 prefix is not supported\./,
        ),
      );
      assert.deepEqual(await names({ S3Uri: 's3://bucket/data' }, sources, 'FastFile'), ['train-1.csv', 'train/2.csv']);
      assert.deepEqual(await names({ S3Uri: 's3://bucket/data/train-1.csv' }, sources, 'FastFile'), ['train-1.csv']);
    });

    it('finds them on this machine where they are: the whole directory, or each file', async () => {
      await write({ 'mapped/a.csv': '1', 'blobs/x': '1' });
      const whole = memoryObjects('bucket', { 'd/a.csv': '1' }, { directory: () => join(root, 'mapped') });
      const input = await objects({ S3Uri: 's3://bucket/d' }, { objects: whole });
      assert.deepEqual(
        [input.directory, input.objects[0]?.content],
        [join(root, 'mapped'), { kind: 'file', path: join(root, 'mapped/a.csv') }],
      );
      const single = memoryObjects('bucket', { 'd/a.csv': '1' }, { file: () => join(root, 'blobs/x') });
      const other = await objects({ S3Uri: 's3://bucket/d/' }, { objects: single });
      assert.deepEqual([other.directory, other.objects[0]?.content], [undefined, { kind: 'file', path: join(root, 'blobs/x') }]);
    });

    it('refuses keys that clash as files, and takes them in Pipe mode', async () => {
      const sources = { objects: store('d/x', 'd/x/y') };
      await assert.rejects(resolve({ S3Uri: 's3://bucket/d/' }, sources), failure('InputNamesClash', /"d\/x" and "d\/x\/y"/));
      assert.deepEqual(await names({ S3Uri: 's3://bucket/d/' }, sources, 'Pipe'), ['x', 'x/y']);
    });

    it('refuses a prefix without objects, and a bucket that is not there, in the words of AWS', async () => {
      const refused = (S3Uri: string, bucket: string) =>
        assert.rejects(
          resolve({ S3Uri }, { objects: store('d/', 'e') }),
          failure(
            'InvalidRequest',
            new RegExp(`^No S3 objects found under S3 URL "${S3Uri}" .* "s3:ListBucket" permissions on bucket "${bucket}"\\.$`),
          ),
        );
      await refused('s3://bucket/none/', 'bucket');
      await refused('s3://bucket/d/', 'bucket');
      await refused('s3://another/d/', 'another');
    });

    it('refuses s3:// where there is no store', async () => {
      await assert.rejects(resolve({ S3Uri: 's3://bucket/d/' }), failure('SourceNotSupported', /s3:\/\/bucket\/d\//));
    });
  });

  describe('with a manifest', () => {
    const manifest = (source: string, sources: Partial<Sources> = {}, mode: InputMode = 'File') =>
      objects({ S3DataType: 'ManifestFile', S3Uri: source }, sources, mode);
    const json = JSON.stringify;

    it('gives its objects in its order, with their whole keys for names or what the entries say', async () => {
      const sources = {
        objects: memoryObjects('bucket', {
          'm.json': json([{ prefix: 's3://bucket/some/' }, 'b/2.csv', '1.csv']),
          'some/1.csv': '1',
          'some/b/2.csv': '22',
        }),
      };
      const input = await manifest('s3://bucket/m.json', sources);
      assert.deepEqual(
        input.objects.map(({ uri, name, size }) => [uri, name, size]),
        [
          ['s3://bucket/some/b/2.csv', 'some/b/2.csv', 2],
          ['s3://bucket/some/1.csv', 'some/1.csv', 1],
        ],
      );
      assert.deepEqual([input.prefix, input.directory], ['s3://bucket/', undefined]);
      const relative = await manifest('s3://bucket/m.json', { ...sources, manifestNames: 'relative' });
      assert.deepEqual([relative.objects.map(({ name }) => name), relative.prefix], [['b/2.csv', '1.csv'], 's3://bucket/some/']);
    });

    it('may name files of this machine, also relative to where it lies', async () => {
      await write({ 'data/a#1.csv': '1', 'data/pre-2.csv': '2' });
      for (const prefix of ['./data/', `${root}/data/`, pathToFileURL(`${root}/data/`).href]) {
        await write({ 'm.json': json([{ prefix }, 'pre-2.csv', 'a#1.csv']) });
        const input = await manifest(join(root, 'm.json'));
        assert.deepEqual([input.objects.map(({ name }) => name), input.prefix], [['pre-2.csv', 'a#1.csv'], `${root}/data/`]);
      }
      await write({ 'm.json': json([{ prefix: './data/pre-' }, '2.csv']) });
      assert.deepEqual(
        (await manifest(join(root, 'm.json'))).objects.map(({ uri }) => uri),
        [join(root, 'data/pre-2.csv')],
      );
    });

    it('refuses an entry that is not there, by its number and address', async () => {
      await write({ 'm.json': json([{ prefix: './data/' }, 'a', 'b']), 'data/a': '' });
      await assert.rejects(manifest(join(root, 'm.json')), failure('ManifestInvalid', /entry 2 names .*\/data\/b, which does not exist/));
      const sources = { objects: memoryObjects('bucket', { 'm.json': json([{ prefix: 's3://other/' }, 'b']) }) };
      await assert.rejects(
        manifest('s3://bucket/m.json', sources),
        failure('ManifestInvalid', /entry 1 names s3:\/\/other\/b, which does not exist/),
      );
    });

    it('refuses a manifest that is none, and one that is not there', async () => {
      await write({ 'm.json': '["a.csv"]', binary: Buffer.from([0xff, 0xfe]).toString('latin1') });
      await assert.rejects(manifest(join(root, 'm.json')), failure('ManifestInvalid', /entry 0/));
      await assert.rejects(manifest(join(root, 'none.json')), failure('InputNotFound', /none\.json/));
      const sources = { objects: memoryObjects('bucket', {}) };
      await assert.rejects(
        manifest('s3://bucket/none.json', sources),
        failure('InvalidRequest', /^No S3 objects found under S3 URL "s3:\/\/bucket\/none\.json"/),
      );
    });
  });

  describe('with an augmented manifest', () => {
    const lines = async (source: string, AttributeNames: string[], sources: Partial<Sources> = {}): Promise<LinesInput> => {
      const input = await resolve({ S3DataType: 'AugmentedManifestFile', S3Uri: source, AttributeNames }, sources, 'Pipe');
      assert.equal(input.kind, 'lines');
      return input as LinesInput;
    };
    const streamed = async ({ manifest }: LinesInput, order?: readonly number[]): Promise<readonly string[]> => {
      using open = await manifest.open(new AbortController().signal);
      const texts: string[] = [];
      for (const line of order ?? Array.from({ length: open.count }, (_, index) => index)) {
        texts.push((await open.parts(line)).map((part) => (part.kind === 'value' ? part.text : part.object.uri)).join(' '));
      }
      return texts;
    };

    it('reads its lines in any order', async () => {
      await write({
        'm.jsonl': Array.from({ length: 3000 }, (_, index) => `${JSON.stringify({ a: `line ${index}`.padEnd(index % 100, '.') })}\n`).join(
          '',
        ),
      });
      const input = await lines(join(root, 'm.jsonl'), ['a']);
      const all = await streamed(input);
      assert.equal(all.length, 3000);
      assert.equal(all[2999]?.replaceAll('.', ''), 'line 2999');
      assert.deepEqual(
        await streamed(input, [2999, 0, 1, 2, 1500]),
        [2999, 0, 1, 2, 1500].map((index) => all[index]),
      );
    });

    it('takes the objects that lines name from where they are', async () => {
      await write({ 'm.jsonl': '{"i-ref":"s3://bucket/cat","c":0}\r\n{"i-ref":"./dog","c":1}\n\n', dog: 'wuff' });
      const input = await lines(join(root, 'm.jsonl'), ['c', 'i-ref'], { objects: memoryObjects('bucket', { cat: 'meow' }) });
      assert.deepEqual(await streamed(input), ['0 s3://bucket/cat', `1 ${root}/dog`]);
    });

    it('refuses with the number of the line: no JSON, no such attribute, no such object, blank in the middle', async () => {
      const refused = async (text: string, message: RegExp): Promise<void> => {
        await write({ 'm.jsonl': text });
        await assert.rejects(lines(join(root, 'm.jsonl'), ['a-ref']), failure('ManifestInvalid', message));
      };
      await write({ there: '' });
      await refused('{"a-ref":"./there"}\n{"a-ref"\n', /m\.jsonl cannot be used: line 2 is not JSON/);
      await refused('{"a-ref":"./there"}\n{"b":1}', /line 2 has no attribute "a-ref"/);
      await refused('{"a-ref":"./there"}\n\n\n{"a-ref":"./gone"}\n', /line 2 is empty/);
      await refused('{"a-ref":"./gone"}\n', /line 1 names .*\/gone, which does not exist/);
    });

    it('closes a manifest that it refuses once, so that nobody else’s file is closed', async () => {
      await write({ 'bad.jsonl': `{"class":1}\n{bad\n${'{"class":1}\n'.repeat(1000)}`, other: 'x' });
      const source = { S3DataType: 'AugmentedManifestFile' as const, S3Uri: join(root, 'bad.jsonl'), AttributeNames: ['class'] };
      await assert.rejects(resolve(source, {}, 'Pipe'), failure('ManifestInvalid', /line 2/));
      const next = openSync(join(root, 'other'), 'r');
      try {
        await new Promise((settled) => setImmediate(settled));
        await stat(join(root, 'other')); // whatever was under way in the pool before it has been done
        assert.equal(fstatSync(next).size, 1);
      } finally {
        closeSync(next);
      }
    });

    it('reads it anew when it was edited between two epochs', async () => {
      await write({ 'm.jsonl': '{"a":1}\n{"a":2}\n' });
      const input = await lines(join(root, 'm.jsonl'), ['a']);
      await write({ 'm.jsonl': '{"a":"other"}\n' });
      assert.deepEqual(await streamed(input), ['other']);
      await write({ 'm.jsonl': '{"b":1}\n{"a":1}\n' });
      await assert.rejects(streamed(input), failure('ManifestInvalid', /line 1 has no attribute "a"/));
    });

    it('may be in a store elsewhere', async () => {
      const objects = memoryObjects('bucket', { 'm.jsonl': '{"a":1}\n{"a":2}' });
      assert.deepEqual(await streamed(await lines('s3://bucket/m.jsonl', ['a'], { objects })), ['1', '2']);
    });

    it('refuses a manifest without a line as AWS does an empty prefix', async () => {
      await write({ 'empty.jsonl': '' });
      const source = { S3DataType: 'AugmentedManifestFile' as const, S3Uri: join(root, 'empty.jsonl'), AttributeNames: ['class'] };
      await assert.rejects(resolve(source, {}, 'Pipe'), failure('InvalidRequest', /^No S3 objects found/));
    });

    it('refuses to stream nothing', async () => {
      await write({ 'm.jsonl': '{"a":1}' });
      await assert.rejects(lines(join(root, 'm.jsonl'), []), failure('InvalidRequest', /AttributeNames/));
    });
  });

  describe('with a file system', () => {
    const source: FileSystemDataSource = {
      FileSystemId: 'fs-0123456789abcdef0',
      FileSystemAccessMode: 'ro',
      FileSystemType: 'EFS',
      DirectoryPath: '/data/train',
    };
    const channel = (changes: Partial<FileSystemDataSource> = {}): Channel => ({
      ChannelName: 'train',
      DataSource: { FileSystemDataSource: { ...source, ...changes } },
    });

    it('is the directory that stands for it', async () => {
      await write({ 'efs/data/train/a': '' });
      const sources = { ...asker, fileSystems: { 'fs-0123456789abcdef0': join(root, 'efs') } };
      assert.deepEqual(await resolveChannel(channel(), 'File', sources), {
        kind: 'file-system',
        channel: 'train',
        mode: 'File',
        directory: join(root, 'efs/data/train'),
        readOnly: true,
      });
      const writable = await resolveChannel(channel({ FileSystemAccessMode: 'rw' }), 'File', sources);
      assert.equal(writable.kind === 'file-system' && writable.readOnly, false);
      await assert.rejects(resolveChannel(channel({ DirectoryPath: '/none' }), 'File', sources), failure('InputNotFound', /efs\/none/));
      await assert.rejects(
        resolveChannel(channel({ DirectoryPath: '/data/train/a' }), 'File', sources),
        failure('InputUnreadable', /not a directory/),
      );
    });

    it('refuses one that no directory stands for, and says how to name it', async () => {
      await assert.rejects(resolveChannel(channel(), 'File', asker), (error: unknown) => {
        assert.ok(
          failure('FileSystemUnknown', /Channel "train": no local directory stands for the EFS file system fs-0123456789abcdef0/)(error),
        );
        assert.match((error as { remedy: string }).remedy, /--file-system fs-0123456789abcdef0=/);
        return true;
      });
    });
  });

  it('looks through ten thousand files', async () => {
    await write({ first: '' });
    for (let part = 0; part < 100; part += 1) {
      mkdirSync(join(root, `many/${part}`), { recursive: true });
      for (let number = 0; number < 100; number += 1) linkSync(join(root, 'first'), join(root, `many/${part}/${number}`));
    }
    assert.equal((await objects({ S3Uri: join(root, 'many') })).objects.length, 10_000);
  });

  it('ends with the reason of its signal', async () => {
    await write({ a: '' });
    const S3DataSource: S3DataSource = { S3DataType: 'S3Prefix', S3Uri: root };
    await assert.rejects(
      resolveChannel({ ChannelName: 't', DataSource: { S3DataSource } }, 'File', asker, AbortSignal.abort(new Error('enough'))),
      /enough/,
    );
  });
});
