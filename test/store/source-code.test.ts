import assert from 'node:assert/strict';
import { chmod, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ErrorCode, isError } from '../../src/errors.ts';
import { archiveOf, readSourceCode, type SourceCode } from '../../src/store/source-code.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { run } from './commands.ts';
import { plant } from './tree.ts';

describe('Source code', () => {
  let root: TemporaryDirectory;
  let warnings: string[];
  beforeEach(async () => {
    root = await temporaryDirectory();
    warnings = [];
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const read = (entryPoint: string, directory?: string): Promise<SourceCode> =>
    readSourceCode({ entryPoint, ...(directory !== undefined && { directory }), cwd: root.path }, (warning) => void warnings.push(warning));
  const names = ({ members }: SourceCode): readonly string[] => members.map(({ name, kind }) => (kind === 'directory' ? `${name}/` : name));
  const refused =
    (code: ErrorCode, message: RegExp, remedy = /./) =>
    (error: unknown) =>
      isError(error, code) && message.test(error.message) && remedy.test(error.remedy);

  it('is all of its directory, hidden and empty things too, sorted', async () => {
    await plant(join(root.path, 'src'), { 'train.py': '1', 'pkg/a.py': '22', '.git/config': '333', 'logs/': '' });
    const source = await read('train.py', 'src');
    assert.deepEqual(names(source), ['.git/', '.git/config', 'logs/', 'pkg/', 'pkg/a.py', 'train.py']);
    assert.deepEqual([source.program, source.files, source.bytes], ['train.py', 3, 6]);
    assert.deepEqual(warnings, []);
  });

  it('is the program alone without a directory', async () => {
    await plant(root.path, { 'deep/train.py': '1', 'deep/other.py': '2' });
    const source = await read('deep/train.py');
    assert.deepEqual([source.program, names(source)], ['train.py', ['train.py']]);
  });

  it('follows links, out of the directory too', async () => {
    await plant(root.path, { 'shared/common/a.py': '', 'shared/train.py': '', 'src/': '' });
    await symlink('../shared/common', join(root.path, 'src/common'));
    await symlink('../shared/train.py', join(root.path, 'src/train.py'));
    assert.deepEqual(names(await read('train.py', 'src')), ['common/', 'common/a.py', 'train.py']);
    assert.deepEqual(warnings, []);
    await symlink('nowhere', join(root.path, 'src/broken'));
    await read('train.py', 'src');
    assert.deepEqual(warnings, ['Source code: broken was left out: it is a symlink to something that is not there.']);
  });

  it('has a program in a directory of its own, named from its top or absolutely', async () => {
    await plant(root.path, { 'src/jobs/train.py': '' });
    assert.equal((await read('./jobs/train.py', 'src')).program, 'jobs/train.py');
    assert.equal((await read(join(root.path, 'src/jobs/train.py'), 'src')).program, 'jobs/train.py');
  });

  it('is an archive that is the same for the same files, with their modes', async () => {
    await plant(join(root.path, 'src'), { 'train.py': 'print()', 'run.sh': '#!/bin/sh' });
    await chmod(join(root.path, 'src/run.sh'), 0o755);
    const source = await read('train.py', 'src');
    const archive = await buffer(archiveOf(source));
    assert.deepEqual(await buffer(archiveOf(await read('train.py', 'src'))), archive);
    await writeFile(join(root.path, 'sourcedir.tar.gz'), archive);
    const listed = await run('tar', '-tzvf', join(root.path, 'sourcedir.tar.gz'));
    assert.match(listed, /^-rwxr-xr-x 0\/0 .* run\.sh\n-rw-r--r-- 0\/0 .* train\.py\n$/);
  });

  it('is not an archive of half of it: what went away ends it', async () => {
    await plant(root.path, { 'src/train.py': '', 'src/other.py': '' });
    const source = await read('train.py', 'src');
    await rm(join(root.path, 'src/other.py'));
    await assert.rejects(buffer(archiveOf(source)), refused('InputUnreadable', /other\.py.*went away/));
  });

  it('earns a word from 100 MB on', async () => {
    await plant(root.path, { 'src/train.py': '', 'src/data.bin': '' });
    await truncate(join(root.path, 'src/data.bin'), 150_000_000);
    await read('train.py', 'src');
    assert.match(warnings.join(), /^Source code: all of .*src is packed, 2 files with 150\.0 MB; data belongs in a channel\.$/);
  });

  it('earns a word when its program is no script by its name', async () => {
    await plant(root.path, { 'train.ipynb': '', program: '' });
    await chmod(join(root.path, 'program'), 0o755);
    await read('program');
    assert.deepEqual(warnings, []);
    await read('train.ipynb');
    assert.match(warnings.join(), /train\.ipynb ends neither in \.py nor in \.sh/);
  });

  it('that is not there, or no directory, is refused by its name', async () => {
    await plant(root.path, { file: '' });
    await assert.rejects(read('train.py', 'src'), refused('InputNotFound', /^--source-dir: .*\/src/));
    await assert.rejects(read('train.py', 'file'), refused('InputUnreadable', /^--source-dir: .* it is not a directory/));
    await assert.rejects(read('train.py'), refused('InputNotFound', /^--entry-point: .*\/train\.py/));
    await assert.rejects(read('.'), refused('InputUnreadable', /^--entry-point: .* it is not a file/));
  });

  it('without its program in the directory is refused, with the path that was meant', async () => {
    await plant(root.path, { 'src/train.py': '', 'other.py': '', 'empty/': '' });
    await mkdir(join(root.path, 'src/sub'));
    await assert.rejects(read('src/train.py', 'src'), refused('WrongUsage', /no file src\/train\.py/, /--entry-point train\.py$/));
    await assert.rejects(read('../other.py', 'src'), refused('WrongUsage', /is not in the source directory/));
    await assert.rejects(read(join(root.path, 'other.py'), 'src'), refused('WrongUsage', /is not in the source directory/));
    await assert.rejects(read('sub', 'src'), refused('WrongUsage', /no file sub/));
    await assert.rejects(read('train.py', 'empty'), refused('WrongUsage', /no file train\.py/));
  });
});
