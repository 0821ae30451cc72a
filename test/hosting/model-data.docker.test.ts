import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { Mount } from '../../src/engine/engine.ts';
import { fetchModelData } from '../../src/hosting/model-data/fetch.ts';
import { mountModelData } from '../../src/hosting/model-data/mount.ts';
import { Scope } from '../../src/scope.ts';
import { readSourceCode } from '../../src/store/source-code.ts';
import { plant, snapshot } from '../store/tree.ts';
import { testContainers } from '../support/containers.ts';
import { fixtureImage, testEngine, testLabels } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { modelFetching } from './model-fetching.ts';

/** Prints what is below /opt/ml as the image probe tells it. */
const look = `python3 -c "
import json, sys
sys.path.insert(0, '/usr/local/lib/probe')
from world import world
print(json.dumps(world()['tree']))"`;

const draft = 'additional-model-data-sources/draft';

describe('a container that serves, looking at its model data', function () {
  this.timeout(60_000);
  const containers = testContainers();
  let directory: TemporaryDirectory;
  let root: string;
  let bucket: string;
  let emulator: Emulator;
  let scope: Scope;
  let image: string;
  beforeEach(async () => {
    image = (await fixtureImage('probe')).id;
    directory = await temporaryDirectory();
    root = directory.path;
    bucket = join(root, 'bucket');
    scope = new Scope();
    await mkdir(bucket);
    emulator = await openEmulator({ home: join(root, 'home'), engine: testEngine(), buckets: { bucket } });
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    await emulator[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const mounted = async (definition: ContainerDefinition, how: 'bind' | 'archive', changes: object = {}): Promise<readonly Mount[]> => {
    const files = await fetchModelData(definition, modelFetching(root, { objects: () => emulator.objects, ...changes }));
    return await mountModelData(files, how, {
      ...{ engine: testEngine(), image, labels: testLabels, scope, signal: new AbortController().signal },
      volumeName: () => `sm-local-test-${randomBytes(6).toString('hex')}`,
      onWarning: () => {},
      ...changes,
    });
  };
  /** Path below /opt/ml -> mode, and the content of a file. */
  async function seen(mounts: readonly Mount[]): Promise<Record<string, string>> {
    const { stdout, stderr } = await containers.run(look, { image, mounts });
    assert.equal(stderr, '');
    const tree = JSON.parse(stdout) as Record<string, { type: string; mode: string; base64?: string }>;
    return Object.fromEntries(
      Object.entries(tree).map(([path, { mode, base64 }]) => [
        path,
        [mode, ...(base64 === undefined ? [] : [Buffer.from(base64, 'base64').toString()])].join(' '),
      ]),
    );
  }
  const source = (S3Uri: string, S3DataType: 'S3Prefix' | 'S3Object') => ({
    S3DataSource: { S3Uri, S3DataType, CompressionType: 'None' as const },
  });

  for (const how of ['bind', 'archive'] as const) {
    describe(`through the ${how} workspace`, () => {
      it('finds the files of an archive with their modes, and cannot write', async () => {
        const model = await plant(join(root, 'model'), { 'w.bin': 'weights', 'bin/run.sh': '#!', 'empty/': '' });
        await chmod(join(model, 'bin/run.sh'), 0o750);
        await chmod(join(model, 'bin'), 0o751);
        execFileSync('tar', ['czf', join(bucket, 'm.tar.gz'), '-C', model, '.']);
        const mounts = await mounted({ ModelDataUrl: 's3://bucket/m.tar.gz' }, how);
        assert.deepEqual(await seen(mounts), {
          model: '0o755',
          'model/bin': '0o751',
          'model/bin/run.sh': '0o750 #!',
          'model/empty': '0o755',
          'model/w.bin': '0o644 weights',
        });
        const { stdout } = await containers.run('touch /opt/ml/model/new /opt/ml/model/w.bin 2>&1; rm /opt/ml/model/w.bin 2>&1', {
          image,
          mounts,
        });
        assert.equal(stdout.match(/Read-only file system/g)?.length, 3, stdout);
      });

      it('finds the objects of a prefix, and those of additional sources beside them, and the originals stay as they are', async () => {
        await plant(bucket, { 'm/w.bin': 'weights', 'm/sub/x.bin': 'x', 'd/d.bin': 'draft' });
        await chmod(join(bucket, 'd/d.bin'), 0o600);
        const before = await snapshot(bucket);
        const additional = [{ ChannelName: 'draft', ...source('s3://bucket/d/', 'S3Prefix') }];
        const mounts = await mounted(
          { ModelDataSource: source('s3://bucket/m/', 'S3Prefix'), AdditionalModelDataSources: additional },
          how,
        );
        assert.deepEqual(await seen(mounts), {
          'additional-model-data-sources': '0o755',
          [draft]: '0o755',
          [`${draft}/d.bin`]: '0o644 draft',
          model: '0o755',
          'model/sub': '0o755',
          'model/sub/x.bin': '0o644 x',
          'model/w.bin': '0o644 weights',
        });
        const { stdout } = await containers.run(`touch /opt/ml/model/w.bin /opt/ml/${draft}/new 2>&1`, { image, mounts });
        assert.equal(stdout.match(/Read-only file system/g)?.length, 2, stdout);
        assert.deepEqual(await snapshot(bucket), before);
      });

      it('finds an object under the last part of its key', async () => {
        await plant(bucket, { 'deep/er/w.bin': 'weights', 'deep/er/other.bin': 'no' });
        const mounts = await mounted({ ModelDataSource: source('s3://bucket/deep/er/w.bin', 'S3Object') }, how);
        assert.deepEqual(await seen(mounts), { model: '0o755', 'model/w.bin': '0o644 weights' });
      });

      it('finds source code in the place of what the model has in code, and nothing of it in the model itself', async () => {
        await plant(root, { 'model/w.bin': 'weights', 'model/code/old.py': 'old', 'src/inference.py': 'new', 'src/lib/part.py': 'part' });
        const before = await snapshot(join(root, 'model'));
        const code = await readSourceCode({ directory: 'src', entryPoint: 'inference.py', cwd: root, purpose: 'serving' }, () => {});
        const mounts = await mounted({ ModelDataUrl: join(root, 'model') }, how, { code });
        assert.deepEqual(await seen(mounts), {
          model: '0o755',
          'model/code': '0o755',
          'model/code/inference.py': '0o644 new',
          'model/code/lib': '0o755',
          'model/code/lib/part.py': '0o644 part',
          'model/w.bin': '0o644 weights',
        });
        assert.deepEqual(await snapshot(join(root, 'model')), before);
      });

      it('finds an empty directory where there is no model', async () => {
        assert.deepEqual(await seen(await mounted({}, how)), { model: '0o755' });
      });

      it('writes into a copy where the model is writable, whoever the image runs as, and the files stay as they are', async () => {
        await plant(root, { 'model/w.bin': 'weights', 'model/code/inference.py': 'pass' });
        const { id } = await containers.image('USER 1000');
        const mounts = await mounted({ ModelDataUrl: join(root, 'model') }, how, { isWritable: true });
        const script = 'set -e; cd /opt/ml/model; mkdir -p code/lib new; echo lib > code/lib/part.py; echo changed > w.bin; cat w.bin';
        const { stdout, stderr } = await containers.run(script, { image: id, mounts });
        assert.deepEqual([stdout, stderr], ['changed\n', '']);
        assert.equal(await readFile(join(root, 'model/w.bin'), 'utf8'), 'weights');
      });
    });
  }
});
