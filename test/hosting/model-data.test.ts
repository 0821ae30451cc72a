import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { ContainerDefinition, S3ModelDataSource } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../../src/emulator.ts';
import { openEmulator } from '../../src/emulator.ts';
import { isError } from '../../src/errors.ts';
import { deploymentFailureReason } from '../../src/hosting/deployment-failure.ts';
import { ModelCache } from '../../src/hosting/model-data/cache.ts';
import { fetchModelData, type ModelFetching, type ModelFiles } from '../../src/hosting/model-data/fetch.ts';
import type { ModelObjects } from '../../src/hosting/model-data/locate.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { memoryObjects } from '../jobs/channels/memory-objects.ts';
import { plant, snapshot } from '../store/tree.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { modelFetching } from './model-fetching.ts';

describe('model data', () => {
  let directory: TemporaryDirectory;
  let root: string;
  let bucket: string;
  let emulator: Emulator;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
    bucket = join(root, 'bucket');
    await mkdir(bucket);
    emulator = await openEmulator({ home: join(root, 'home'), engine: new FakeEngine({ images: {} }), buckets: { bucket } });
  });
  afterEach(async () => {
    await emulator[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const fetching = (changes: Partial<ModelFetching> = {}): ModelFetching =>
    modelFetching(root, { objects: () => emulator.objects, ...changes });
  const fetch = (definition: ContainerDefinition, changes?: Partial<ModelFetching>): Promise<ModelFiles> =>
    fetchModelData(definition, fetching(changes));
  const pathOf = async (definition: ContainerDefinition, changes?: Partial<ModelFetching>): Promise<string> =>
    (await fetch(definition, changes)).directories[0]?.path ?? '';
  const from = (S3Uri: string, S3DataType: 'S3Prefix' | 'S3Object', CompressionType: 'None' | 'Gzip' = 'None') => {
    const S3DataSource: S3ModelDataSource = { S3Uri, S3DataType, CompressionType };
    return { ModelDataSource: { S3DataSource } };
  };
  /** Path -> kind and mode, or the content of a file. */
  const contents = async (path: string): Promise<Record<string, string>> => {
    const seen: Record<string, string> = {};
    for (const name of (await readdir(path, { recursive: true })).sort()) {
      const { mode } = await stat(join(path, name));
      const isFile = (await stat(join(path, name))).isFile();
      seen[name] = `${(mode & 0o777).toString(8)} ${isFile ? await readFile(join(path, name), 'utf8') : 'directory'}`;
    }
    return seen;
  };
  async function packed(archive: string, files: Readonly<Record<string, string>>): Promise<string> {
    const source = await plant(join(root, `source-of-${archive.replaceAll('/', '-')}`), files);
    if ('run.sh' in files) await chmod(join(source, 'run.sh'), 0o750);
    execFileSync('tar', ['czf', join(bucket, archive), '-C', source, '.']);
    return join(bucket, archive);
  }
  /** What is below home and beside it, but for the originals. */
  const kept = async (): Promise<string[]> => [
    ...(await readdir(join(root, 'models')).catch(() => [])),
    ...(await readdir(join(root, 'tmp')).catch(() => [])),
  ];
  const reasonOf = async (definition: ContainerDefinition, changes?: Partial<ModelFetching>): Promise<string> => {
    const error = await fetch(definition, changes).catch((thrown: unknown) => thrown);
    assert.ok(isError(error), String(error));
    assert.deepEqual(await kept(), [], 'nothing is left of what could not be fetched');
    return deploymentFailureReason(error);
  };
  /** Brings the first bytes of every object and then nothing more; `asked` settles when some are on their way. */
  function stuckStore(): { readonly objects: () => Promise<ModelObjects>; readonly asked: Promise<void> } {
    let tell = (): void => {};
    const asked = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const store = memoryObjects('bucket', { 'm.tar.gz': 'x'.repeat(5000), 'm/w.bin': 'x'.repeat(5000) });
    const objects = async (): Promise<ModelObjects> => ({
      ...store,
      async get(address) {
        const { object } = await store.get(address);
        const body = new Readable({ read() {} });
        body.push(Buffer.from('x'));
        tell();
        return { object, body };
      },
    });
    return { objects, asked };
  }

  for (const [where, of] of [
    ['an s3:// address', (key: string) => `s3://bucket/${key}`],
    ['a file:// address', (key: string) => pathToFileURL(join(bucket, key)).href],
    ['a path', (key: string) => join(bucket, key)],
  ] as const) {
    describe(`named by ${where}`, () => {
      it('are unpacked from a tar.gz with the modes in it', async () => {
        await packed('m.tar.gz', { 'w.bin': 'weights', 'run.sh': '#!', 'code/inference.py': 'pass' });
        for (const definition of [{ ModelDataUrl: of('m.tar.gz') }, from(of('m.tar.gz'), 'S3Object', 'Gzip')]) {
          const { directories, from: name } = await fetch(definition);
          assert.deepEqual([name, directories.map(({ target }) => target)], [of('m.tar.gz'), ['/opt/ml/model']]);
          assert.deepEqual(await contents(directories[0]?.path ?? ''), {
            code: '755 directory',
            'code/inference.py': '644 pass',
            'run.sh': '750 #!',
            'w.bin': '644 weights',
          });
        }
      });

      it('are the objects below a prefix', async () => {
        await plant(bucket, { 'm/w.bin': 'weights', 'm/sub/deep/x.bin': 'more', 'mother/no.bin': 'not of it' });
        const path = await pathOf(from(of('m/'), 'S3Prefix'));
        assert.deepEqual(await contents(path), {
          sub: '755 directory',
          'sub/deep': '755 directory',
          'sub/deep/x.bin': '644 more',
          'w.bin': '644 weights',
        });
      });

      it('are one file of an object, named as the last part of its key', async () => {
        await plant(bucket, { 'deep/er/w.bin': 'weights', 'deep/er/other.bin': 'no' });
        assert.deepEqual(await contents(await pathOf(from(of('deep/er/w.bin'), 'S3Object'))), { 'w.bin': '644 weights' });
      });

      it('come from additional sources too', async () => {
        await packed('m.tar.gz', { 'w.bin': 'weights' });
        await plant(bucket, { 'draft/d.bin': 'draft', 'lone.bin': 'lone' });
        const source = (ChannelName: string, { ModelDataSource: { S3DataSource } }: ReturnType<typeof from>) => ({
          ChannelName,
          S3DataSource,
        });
        const { directories } = await fetch({
          ModelDataUrl: of('m.tar.gz'),
          AdditionalModelDataSources: [
            source('draft', from(of('draft/'), 'S3Prefix')),
            source('packed', from(of('m.tar.gz'), 'S3Object', 'Gzip')),
            source('lone', from(of('lone.bin'), 'S3Object')),
          ],
        });
        const seen = await Promise.all(directories.map(async ({ path, target }) => [target, Object.keys(await contents(path))]));
        assert.deepEqual(seen, [
          ['/opt/ml/model', ['w.bin']],
          ['/opt/ml/additional-model-data-sources/draft', ['d.bin']],
          ['/opt/ml/additional-model-data-sources/packed', ['w.bin']],
          ['/opt/ml/additional-model-data-sources/lone', ['lone.bin']],
        ]);
      });

      it('that are not there fail with the words of AWS', async () => {
        for (const definition of [
          { ModelDataUrl: of('none.tar.gz') },
          from(of('none.tar.gz'), 'S3Object', 'Gzip'),
          from(of('none'), 'S3Object'),
          from(of('none/'), 'S3Prefix'),
        ]) {
          const { ModelDataUrl = '' } = { ModelDataUrl: undefined, ...definition };
          const url = ModelDataUrl || ('ModelDataSource' in definition ? definition.ModelDataSource.S3DataSource.S3Uri : '');
          assert.equal(
            await reasonOf(definition),
            `Failed to download model data for container "container_1" from URL: "${url}". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object.`,
          );
          await assert.rejects(
            fetch(definition),
            failure('ModelDataNotFound', new RegExp(`^Could not find model data at ${url?.replaceAll('.', '\\.')}\\.$`)),
          );
        }
      });

      it('that are no archive fail with the words of AWS', async () => {
        await writeFile(join(bucket, 'm.tar.gz'), 'no archive');
        const url = of('m.tar.gz');
        assert.equal(
          await reasonOf({ ModelDataUrl: url }),
          `Failed to extract model data archive from URL "${url}". Please ensure that the object located at the URL is a valid tar.gz archive.`,
        );
      });

      it('that unpack to more than the volume holds fail with the words of AWS', async () => {
        await packed('m.tar.gz', { 'w.bin': 'x'.repeat(2000) });
        const definition = { ModelDataUrl: of('m.tar.gz') };
        assert.match(
          await reasonOf(definition, { limitBytes: 1999 }),
          /^Failed to extract model data archive from URL ".*m\.tar\.gz"\. The model data archive is too large\. Please reduce the size/,
        );
        assert.deepEqual(Object.keys(await contents(await pathOf(definition, { limitBytes: 2000 }))), ['w.bin']);
      });
    });
  }

  it('of nothing are an empty directory, also for many models', async () => {
    for (const definition of [{}, { Mode: 'MultiModel', ModelDataUrl: 's3://bucket/none/' } as const]) {
      const { directories, from: name } = await fetch(definition);
      assert.deepEqual([name, directories.map(({ target }) => target)], ['no model', ['/opt/ml/model']]);
      assert.deepEqual(await contents(directories[0]?.path ?? ''), {});
    }
  });

  it('that are a directory of this machine are that directory, whatever they are called', async () => {
    await plant(bucket, { 'm/w.bin': 'weights' });
    await symlink('w.bin', join(bucket, 'm/latest'));
    const path = join(bucket, 'm');
    for (const definition of [{ ModelDataUrl: path }, { ModelDataUrl: pathToFileURL(path).href }, from(`${path}/`, 'S3Prefix')]) {
      const files = await fetch(definition);
      assert.equal(files.directories[0]?.path, path);
      assert.ok(!files.from.endsWith('/'));
    }
  });

  it('of a bucket that is not there are not found either', async () => {
    await assert.rejects(
      fetch({ ModelDataUrl: 's3://nowhere/m.tar.gz' }),
      failure('ModelDataNotFound', /at s3:\/\/nowhere\/m\.tar\.gz\.$/),
    );
  });

  it('with names that cannot be files fail the deployment, as do folders of the S3 console', async () => {
    await plant(bucket, { 'blank/ /w.bin': 'x' });
    assert.match(await reasonOf(from('s3://bucket/blank/', 'S3Prefix')), /the key "blank\/ \/w\.bin" cannot be the path of a file/);
    const objects = async (): Promise<ModelObjects> =>
      memoryObjects('bucket', { 'm/sub/': '', 'm/sub/w.bin': 'x', 'n/a': '1', 'n/a/b': '2' });
    assert.match(await reasonOf(from('s3://bucket/m/', 'S3Prefix'), { objects }), /"m\/sub\/" is an empty object that stands for a folder/);
    assert.match(await reasonOf(from('s3://bucket/n/', 'S3Prefix'), { objects }), /both a file and the directory/);
  });

  it('that everybody may read share the disk with the originals; private ones are copies that everybody may read', async () => {
    await plant(bucket, { 'm/w.bin': 'weights', 'p/w.bin': 'weights' });
    await chmod(join(bucket, 'p/w.bin'), 0o600);
    const before = await snapshot(bucket);
    const inode = async (path: string): Promise<number> => (await stat(path)).ino;
    const shared = await pathOf(from('s3://bucket/m/', 'S3Prefix'));
    assert.equal(await inode(join(shared, 'w.bin')), await inode(join(bucket, 'm/w.bin')));
    const copied = await pathOf(from('s3://bucket/p/', 'S3Prefix'));
    assert.notEqual(await inode(join(copied, 'w.bin')), await inode(join(bucket, 'p/w.bin')));
    assert.deepEqual(await contents(copied), { 'w.bin': '644 weights' });
    assert.deepEqual(await snapshot(bucket), before);
  });

  it('are fetched from a store elsewhere, and it is told how far that has come', async () => {
    const content = await readFile(await packed('m.tar.gz', { 'w.bin': 'weights' }));
    const objects = async (): Promise<ModelObjects> => memoryObjects('bucket', { 'm.tar.gz': content, 'm/sub/w.bin': 'x'.repeat(3000) });
    const events: ProgressEvent[] = [];
    const changes = { objects, onProgress: (event: ProgressEvent) => events.push(event) };
    assert.deepEqual(await contents(await pathOf({ ModelDataUrl: 's3://bucket/m.tar.gz' }, changes)), { 'w.bin': '644 weights' });
    const path = await pathOf(from('s3://bucket/m/', 'S3Prefix'), changes);
    assert.deepEqual(await contents(path), { sub: '755 directory', 'sub/w.bin': `644 ${'x'.repeat(3000)}` });
    assert.deepEqual(await pathOf(from('s3://bucket/m/', 'S3Prefix'), changes), path);
    assert.deepEqual(await readdir(join(root, 'tmp')), []);
  });

  describe('are kept', () => {
    it('until an object is replaced or written to', async () => {
      await packed('m.tar.gz', { 'w.bin': 'one' });
      await plant(bucket, { 'm/a.bin': '1', 'm/b.bin': '2' });
      const definitions = [
        { ModelDataUrl: 's3://bucket/m.tar.gz' },
        from('s3://bucket/m/', 'S3Prefix'),
        from('s3://bucket/m/a.bin', 'S3Object'),
      ];
      const paths = async () => await Promise.all(definitions.map((definition) => pathOf(definition)));
      const first = await paths();
      assert.deepEqual(await paths(), first);
      await packed('m.tar.gz', { 'w.bin': 'two!' });
      await writeFile(join(bucket, 'm/a.bin'), 'three');
      const second = await paths();
      assert.equal(new Set([...first, ...second]).size, 6);
      const [archive = '', prefix = '', object = ''] = second;
      assert.deepEqual(await contents(archive), { 'w.bin': '644 two!' });
      assert.deepEqual(
        [await contents(prefix), await contents(object)],
        [{ 'a.bin': '644 three', 'b.bin': '644 2' }, { 'a.bin': '644 three' }],
      );
    });

    it('also when an object goes or comes', async () => {
      await plant(bucket, { 'm/a.bin': '1', 'm/b.bin': '2' });
      const definition = from('s3://bucket/m/', 'S3Prefix');
      const one = await pathOf(definition);
      await plant(bucket, { 'm/c.bin': '3' });
      const other = await pathOf(definition);
      assert.deepEqual(Object.keys(await contents(one)), ['a.bin', 'b.bin']);
      assert.deepEqual(Object.keys(await contents(other)), ['a.bin', 'b.bin', 'c.bin']);
    });

    it('count as used whenever they are asked for', async () => {
      await packed('m.tar.gz', { 'w.bin': 'one' });
      const path = await pathOf({ ModelDataUrl: 's3://bucket/m.tar.gz' });
      const { ctimeMs, mtimeMs } = await stat(path);
      while (Date.now() <= ctimeMs + 5) await new Promise(setImmediate); // a file system's clock is coarse
      await pathOf({ ModelDataUrl: 's3://bucket/m.tar.gz' });
      const after = await stat(path);
      assert.ok(after.ctimeMs > ctimeMs);
      assert.equal(after.mtimeMs, mtimeMs);
    });

    it('once for all who ask at the same time', async () => {
      await packed('m.tar.gz', { 'w.bin': 'one' });
      let made = 0;
      const { cache: real } = fetching();
      const cache = new ModelCache(join(root, 'models'), async (name) => {
        made += 1;
        const path = join(root, 'tmp', `${name}-${made}`);
        await mkdir(path, { recursive: true });
        return { path, [Symbol.asyncDispose]: async () => {} };
      });
      const paths = await Promise.all(Array.from({ length: 5 }, () => pathOf({ ModelDataUrl: 's3://bucket/m.tar.gz' }, { cache })));
      assert.deepEqual([new Set(paths).size, made], [1, 1]);
      assert.equal(await pathOf({ ModelDataUrl: 's3://bucket/m.tar.gz' }, { cache: real }), paths[0]);
    });

    it('as the other process has them that was faster', async () => {
      const { cache, signal } = fetching();
      const write = async (tree: string, content: string) => void (await plant(tree, { 'w.bin': content }));
      let path = '';
      const first = cache.directory(
        ['x'],
        async (tree) => {
          await write(tree, 'mine');
          const other = new ModelCache(join(root, 'models-of-another'), async () => ({
            path: join(root, 'other'),
            [Symbol.asyncDispose]: async () => {},
          }));
          const theirs = await other.directory(['x'], (its) => write(its, 'theirs'), signal);
          path = theirs.replace('models-of-another', 'models');
          await write(path, 'theirs');
        },
        signal,
      );
      assert.equal(await first, path);
      assert.deepEqual(await contents(path), { 'w.bin': '644 theirs' });
      assert.deepEqual(await readdir(join(root, 'tmp')), []);
    });
  });

  describe('on their way', () => {
    const definitions = [
      { ModelDataUrl: 's3://bucket/m.tar.gz' },
      from('s3://bucket/m/', 'S3Prefix'),
      from('s3://bucket/m/w.bin', 'S3Object'),
    ];

    for (const definition of definitions) {
      const name = JSON.stringify(definition);
      it(`leave nothing when a signal ends them: ${name}`, async () => {
        const { objects, asked } = stuckStore();
        const stop = new AbortController();
        const fetched = fetch(definition, { objects, signal: stop.signal });
        await asked;
        const reason = new Error('enough');
        stop.abort(reason);
        await assert.rejects(fetched, reason);
        assert.deepEqual(await kept(), []);
      });

      it(`fail when their time is over: ${name}`, async () => {
        const { objects } = stuckStore();
        assert.match(
          await reasonOf(definition, { objects, timeout: 0.02 }),
          /^Failed to download model data for container "container_1" from URL: "s3:\/\/bucket\/.*"\. The model data was not downloaded and extracted within 0\.02 seconds\./,
        );
      });
    }

    it('are not lost for others when one of them leaves', async () => {
      const { objects, asked } = stuckStore();
      const stop = new AbortController();
      const definition = from('s3://bucket/m/w.bin', 'S3Object');
      const leaving = fetch(definition, { objects, signal: stop.signal });
      await asked;
      const whole = async (): Promise<ModelObjects> => memoryObjects('bucket', { 'm/w.bin': 'x'.repeat(5000) });
      const staying = pathOf(definition, { objects: whole });
      const reason = new Error('enough');
      stop.abort(reason);
      await assert.rejects(leaving, reason);
      assert.deepEqual(Object.keys(await contents(await staying)), ['w.bin']);
    });
  });
});
