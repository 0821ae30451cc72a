import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker';
import { withServingCode } from '../../src/contract/script-mode.ts';
import { fetchModelData } from '../../src/hosting/model-data/fetch.ts';
import { readSourceCode, type SourceCode } from '../../src/store/source-code.ts';
import { plant, snapshot } from '../store/tree.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { modelFetching } from './model-fetching.ts';

describe('source code beside a model', () => {
  let directory: TemporaryDirectory;
  let root: string;
  let warnings: string[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    root = directory.path;
    warnings = [];
    await plant(root, { 'src/inference.py': 'new', 'src/lib/part.py': 'part', 'alone.py': 'alone' });
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const onWarning = (warning: string): void => void warnings.push(warning);
  const code = (changes: { directory?: string; entryPoint: string }): Promise<SourceCode> =>
    readSourceCode({ cwd: root, purpose: 'serving', ...changes }, onWarning);
  const whole = (): Promise<SourceCode> => code({ directory: 'src', entryPoint: 'inference.py' });
  const served = async (source: SourceCode, definition: ContainerDefinition = { ModelDataUrl: join(root, 'model') }): Promise<string> => {
    const { directories } = await fetchModelData(definition, modelFetching(root, { code: source, onWarning }));
    assert.deepEqual(
      directories.map(({ target }) => target),
      ['/opt/ml/model'],
    );
    return directories[0]?.path ?? '';
  };
  const contents = async (path: string): Promise<Record<string, string>> => {
    const names = (await readdir(path, { recursive: true })).sort();
    const seen: Record<string, string> = {};
    for (const name of names) if ((await stat(join(path, name))).isFile()) seen[name] = await readFile(join(path, name), 'utf8');
    return seen;
  };

  it('lies in code, in the place of all that the model has there', async () => {
    await plant(join(root, 'model'), { 'w.bin': 'weights', 'code/inference.py': 'old', 'code/old.py': 'old', 'codes/x': 'x' });
    const before = await snapshot(join(root, 'model'));
    const path = await served(await whole());
    assert.deepEqual(await contents(path), {
      'code/inference.py': 'new',
      'code/lib/part.py': 'part',
      'codes/x': 'x',
      'w.bin': 'weights',
    });
    assert.deepEqual(await snapshot(join(root, 'model')), before);
  });

  it('that is a program alone is put beside what the model has in code', async () => {
    await plant(join(root, 'model'), { 'code/alone.py': 'old', 'code/lib.py': 'lib' });
    const before = await snapshot(join(root, 'model'));
    assert.deepEqual(await contents(await served(await code({ entryPoint: 'alone.py' }))), {
      'code/alone.py': 'alone',
      'code/lib.py': 'lib',
    });
    assert.deepEqual(await snapshot(join(root, 'model')), before);
  });

  it('comes without a model, too', async () => {
    assert.deepEqual(await contents(await served(await whole(), {})), { 'code/inference.py': 'new', 'code/lib/part.py': 'part' });
  });

  it('is a copy, while the files of the model share the disk with the originals and keep their modes', async () => {
    await plant(join(root, 'model'), { 'w.bin': 'weights', 'sub/run.sh': '#!' });
    await chmod(join(root, 'model/sub/run.sh'), 0o750);
    await chmod(join(root, 'model/sub'), 0o711);
    await chmod(join(root, 'src/inference.py'), 0o755);
    const path = await served(await whole());
    const inode = async (name: string): Promise<number> => (await stat(name)).ino;
    const mode = async (name: string): Promise<string> => ((await stat(join(path, name))).mode & 0o777).toString(8);
    assert.equal(await inode(join(path, 'w.bin')), await inode(join(root, 'model/w.bin')));
    assert.notEqual(await inode(join(path, 'code/inference.py')), await inode(join(root, 'src/inference.py')));
    assert.deepEqual([await mode('sub/run.sh'), await mode('sub'), await mode('code/inference.py')], ['750', '711', '755']);
    await writeFile(join(root, 'src/inference.py'), 'edited');
    assert.equal(await readFile(join(path, 'code/inference.py'), 'utf8'), 'new');
  });

  it('that was edited is served anew, and so is a model that was', async () => {
    await plant(join(root, 'model'), { 'w.bin': 'weights' });
    const first = await served(await whole());
    assert.equal(await served(await whole()), first);
    await writeFile(join(root, 'src/inference.py'), 'edited');
    const second = await served(await whole());
    assert.deepEqual([(await contents(second))['code/inference.py'], second === first], ['edited', false]);
    await writeFile(join(root, 'model/more.bin'), 'more');
    assert.equal((await contents(await served(await whole())))['more.bin'], 'more');
  });

  it('is written neither through a link of the model nor over what it leads to', async () => {
    await plant(root, { 'elsewhere/alone.py': 'theirs', 'model/w.bin': 'weights' });
    await symlink('../elsewhere', join(root, 'model/code'));
    await symlink('w.bin', join(root, 'model/latest'));
    const path = await served(await code({ entryPoint: 'alone.py' }));
    assert.deepEqual(await contents(path), { 'code/alone.py': 'alone', latest: 'weights', 'w.bin': 'weights' });
    assert.equal(await readFile(join(root, 'elsewhere/alone.py'), 'utf8'), 'theirs');
  });

  it('of which a file goes away is not served, and nothing is left', async () => {
    await mkdir(join(root, 'model'));
    const source = await whole();
    await rm(join(root, 'src/lib'), { recursive: true });
    await assert.rejects(served(source), failure('InputUnreadable', /src\/lib/));
    assert.deepEqual(await readdir(join(root, 'models')).catch(() => []), []);
  });

  it('that Python cannot import is a matter for a warning', async () => {
    await plant(root, { 'serve.sh': '#!' });
    await code({ entryPoint: 'serve.sh' });
    assert.match(warnings.join('\n'), /serve\.sh does not end in \.py; AWS's inference toolkit imports it/);
  });

  it('is told of by variables, which the user may set himself', () => {
    const place = { program: 'inference.py', region: 'eu-west-1' };
    assert.deepEqual(withServingCode({ GREETING: 'hi' }, place), {
      SAGEMAKER_PROGRAM: 'inference.py',
      SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
      SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
      SAGEMAKER_REGION: 'eu-west-1',
      GREETING: 'hi',
    });
    const own = withServingCode({ SAGEMAKER_CONTAINER_LOG_LEVEL: '10', SAGEMAKER_REGION: 'us-east-2' }, place);
    assert.deepEqual([own.SAGEMAKER_CONTAINER_LOG_LEVEL, own.SAGEMAKER_REGION], ['10', 'us-east-2']);
  });
});
