import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { openHome } from '../../src/store/home.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';
import { plant } from './tree.ts';

describe('home', () => {
  let root: string;
  let path: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    root = directory.path;
    path = join(root, 'deep/home');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it('is made for its user alone, with a format version', async () => {
    const home = await openHome(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal(await readFile(join(path, 'format'), 'utf8'), '3\n');
    assert.deepEqual((await readdir(path)).sort(), [
      'annex',
      'buckets',
      'engines',
      'format',
      'logs',
      'models',
      'owners',
      'pools',
      'records',
      'tmp',
      'uploads',
    ]);
    assert.equal(home.models, join(path, 'models'));
  });

  it('is opened again with all it holds, by several at once too', async () => {
    await Promise.all(Array.from({ length: 10 }, () => openHome(path)));
    await writeFile(join(path, 'records/x'), 'kept');
    await openHome(path);
    assert.equal(await readFile(join(path, 'records/x'), 'utf8'), 'kept');
  });

  it('is finished where its making was cut off, and where the directory is there and empty', async () => {
    await mkdir(join(path, 'records'), { recursive: true });
    await chmod(path, 0o755);
    await openHome(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  it("does not take over a directory with somebody's files", async () => {
    await plant(path, { 'thesis.tex': 'years of work' });
    await assert.rejects(
      openHome(path),
      (error) => isError(error, 'HomeNotOurs') && /files that are not from sm-local/.test(error.message),
    );
    assert.deepEqual(await readdir(path), ['thesis.tex']);
  });

  it('of a newer sm-local is refused', async () => {
    await plant(path, { format: '4\n' });
    await assert.rejects(openHome(path), (error) => isError(error, 'HomeNewer') && error.message.includes('format 4'));
  });

  it('of an older sm-local is brought up to date: what runs can be adopted, what cannot be read stays', async () => {
    const old = (name: string): string => JSON.stringify({ name, owner: '1-abc', status: 'InProgress' });
    await plant(path, { format: '1\n', 'records/training-job/a.json': old('a'), 'records/training-job/b.json': '{"name": ' });
    await Promise.all([openHome(path), openHome(path)]);
    assert.equal(await readFile(join(path, 'format'), 'utf8'), '3\n');
    assert.deepEqual((await readdir(path)).sort(), ['annex', 'buckets', 'format', 'records'], 'what is missing is made when it is needed');
    const record = JSON.parse(await readFile(join(path, 'records/training-job/a.json'), 'utf8'));
    assert.deepEqual(record, { name: 'a', owner: '1-abc', status: 'InProgress', run: { label: '1-abc', options: { stopGrace: 120 } } });
    assert.equal(await readFile(join(path, 'records/training-job/b.json'), 'utf8'), '{"name": ');
  });

  it('with an unreadable version is told as trouble of the disk', async () => {
    await plant(path, { format: 'one' });
    await assert.rejects(openHome(path), (error) => isError(error, 'DiskTrouble') && error.message.includes('"one"'));
  });

  it('that cannot be made is told as trouble of the disk', async () => {
    await writeFile(join(root, 'deep'), 'a file');
    await assert.rejects(openHome(path), (error) => isError(error, 'DiskTrouble') && /not a directory/.test(error.message));
  });

  // Root may do everything, so somebody else has to try.
  const itAsRoot = process.getuid?.() === 0 ? it : () => undefined;
  itAsRoot('of somebody else is told as trouble of the disk', async () => {
    await openHome(path);
    await chmod(root, 0o755);
    await using program = new Program('as-nobody', ['open', path]);
    assert.equal(await program.line(), `DiskTrouble Could not read ${path}/format: permission denied`);
  });

  it('has temporary directories that go with all they hold, shut ones too', async () => {
    const home = await openHome(path);
    let made = '';
    {
      await using directory = await home.temporaryDirectory('job/../1');
      made = directory.path;
      assert.match(made, /tmp\/job-\.\.-1-\w{6}$/);
      await plant(made, { 'shut/inside/file': 'x' });
      await chmod(join(made, 'shut/inside'), 0);
      await chmod(join(made, 'shut'), 0o500);
    }
    await assert.rejects(stat(made), { code: 'ENOENT' });
    assert.deepEqual(await readdir(home.tmp), []);
  });
});
