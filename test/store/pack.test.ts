import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { type PackOptions, packDirectories } from '../../src/store/pack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program, run } from './commands.ts';
import { Random } from './random.ts';
import { plant, snapshot } from './tree.ts';

describe('packDirectories', () => {
  // Only root can become somebody else, or make a disk that is full.
  const itAsRoot = process.getuid?.() === 0 ? it : () => undefined;
  let root: string;
  let source: string;
  let archive: string;
  let warnings: string[];
  let scope: AsyncDisposable;
  const pack = (options: PackOptions = {}, sources = [source]) =>
    packDirectories(sources, archive, { onWarning: (warning) => warnings.push(warning), ...options });
  const names = async (): Promise<string[]> => (await run('tar', '-tzf', archive)).split('\n').filter(Boolean);
  const contentOf = (name: string): Promise<string> => run('tar', '-xzOf', archive, name);
  const leftBeside = async (): Promise<string[]> => (await readdir(root)).filter((name) => name.startsWith('.sm-local-'));

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    root = directory.path;
    source = join(root, 'model');
    archive = join(root, 'model.tar.gz');
    warnings = [];
    await mkdir(source);
  });
  afterEach(async () => {
    assert.deepEqual(await leftBeside(), []);
    await scope[Symbol.asyncDispose]();
  });

  it('members are relative to the directory, sorted, with empty directories', async () => {
    await plant(source, { 'b.txt': 'two', 'a/deep/x': 'one', 'a-b': '3', 'empty/': '' });
    const packed = await pack();
    assert.deepEqual(await names(), ['a/', 'a-b', 'a/deep/', 'a/deep/x', 'b.txt', 'empty/']);
    assert.deepEqual([packed?.files, packed?.bytes], [3, 7]);
    assert.equal(packed?.archiveBytes, (await stat(archive)).size);
    assert.deepEqual(warnings, []);
  });

  it('modes and times are kept, and everything belongs to root without a name', async () => {
    const least = process.getuid?.() === 0 ? 0 : 0o400; // others could not read it
    await plant(source, { run: '#!', 'shut/': '', none: '' });
    await chmod(join(source, 'run'), 0o751);
    await chmod(join(source, 'shut'), 0o500);
    await chmod(join(source, 'none'), least);
    await utimes(join(source, 'run'), 1_000_000_000, 1_000_000_000);
    await pack();
    const script =
      'import sys, tarfile\nfor m in tarfile.open(sys.argv[1]): print(m.name, oct(m.mode), m.uid, m.gid, m.uname, m.gname, int(m.mtime) if m.name == "run" else "")';
    const lines = (await run('python3', '-c', script, archive)).split('\n').map((line) => line.trim());
    assert.deepEqual(lines, [`none 0o${least.toString(8)} 0 0`, 'run 0o751 0 0   1000000000', 'shut 0o500 0 0', '']);
  });

  it('times before 1970 and after 2038 do not break the header', async () => {
    await plant(source, { old: '1', new: '2' });
    await utimes(join(source, 'old'), -5, -5);
    await utimes(join(source, 'new'), 2 ** 33, 2 ** 33);
    await pack();
    assert.deepEqual(await names(), ['new', 'old']);
  });

  it('names of any length and script arrive in GNU tar and in Python', async () => {
    const long = Array.from({ length: 8 }, (_, index) => 'd'.repeat(60 + index)).join('/');
    const files: Record<string, string> = {
      'größe/模型.bin': 'u',
      'new\nline': 'n',
      ' space ': 's',
      [`${long}/file`]: 'l',
      [`${'é'.repeat(100)}`]: 'e',
    };
    for (const length of [98, 99, 100, 101, 154, 155, 156, 200, 255]) files['n'.repeat(length)] = String(length);
    for (const length of [99, 100, 154, 155]) files[`${'p'.repeat(length)}/${'q'.repeat(100)}`] = String(length);
    await plant(source, files);
    await pack();
    await mkdir(join(root, 'out'));
    await run('tar', '-xzf', archive, '-C', join(root, 'out'));
    assert.deepEqual(await snapshot(join(root, 'out')), await snapshot(source));
    const read = await run(
      'python3',
      '-c',
      'import sys, tarfile, json; print(json.dumps(sorted(tarfile.open(sys.argv[1]).getnames())))',
      archive,
    );
    assert.deepEqual(JSON.parse(read), Object.keys(await snapshot(source)).sort());
  });

  it('hard links are stored as files', async () => {
    await plant(source, { one: 'same' });
    await link(join(source, 'one'), join(source, 'two'));
    await pack();
    assert.equal(await contentOf('two'), 'same');
    assert.match(await run('tar', '-tvzf', archive), /^-.*\n-.*\n$/);
  });

  it('an empty directory gives no archive, and so do things that cannot be stored', async () => {
    assert.equal(await pack(), undefined);
    await symlink('nowhere', join(source, 'dangling'));
    assert.equal(await pack(), undefined);
    await assert.rejects(stat(archive), { code: 'ENOENT' });
  });

  it('equal trees give equal archives', async () => {
    const other = join(root, 'other');
    for (const place of [source, other]) {
      await plant(place, { a: 'a'.repeat(100_000), 'd/b': 'b' });
      for (const name of ['a', 'd/b', 'd']) await utimes(join(place, name), 1e9, 1e9);
    }
    await pack();
    const first = await readFile(archive);
    await pack({}, [other]);
    assert.ok(first.equals(await readFile(archive)));
  });

  it('a file that grows or shrinks meanwhile is cut or filled up with zeros, with a warning', async () => {
    const size = 5 * 1024 * 1024;
    await plant(source, { grows: Buffer.alloc(size, 'g'), shrinks: Buffer.alloc(size, 's'), stays: Buffer.alloc(size, 't') });
    const changes = [
      { from: 2e6, change: () => appendFileSync(join(source, 'grows'), 'more') },
      { from: size + 2e6, change: () => truncateSync(join(source, 'shrinks'), size - 1e6) },
    ];
    await pack({ onProgress: ({ bytes }) => bytes >= (changes[0]?.from ?? Number.POSITIVE_INFINITY) && changes.shift()?.change() });
    assert.equal(await contentOf('grows'), 'g'.repeat(size));
    assert.equal(await contentOf('shrinks'), 's'.repeat(size - 1e6) + '\0'.repeat(1e6));
    assert.equal(await contentOf('stays'), 't'.repeat(size));
    assert.deepEqual(
      warnings,
      ['grows', 'shrinks'].map((name) => `${name} changed while it was being packed.`),
    );
  });

  it('a file that goes away meanwhile is left out with a warning, also when a FIFO takes its place', async () => {
    await plant(source, { a: 'a', gone: 'g', z: 'z' });
    const onProgress = ({ files }: { files: number }): void => {
      if (files !== 1) return;
      rmSync(join(source, 'gone'));
      execFileSync('mkfifo', [join(source, 'gone')]);
      rmSync(join(source, 'z'));
    };
    await pack({ onProgress });
    assert.deepEqual(await names(), ['a']);
    assert.deepEqual(
      warnings,
      ['gone', 'z'].map((name) => `${name} was left out: it went away while it was being packed.`),
    );
  });

  it('warnings are told twenty times and then counted', async () => {
    await plant(source, { file: 'f' });
    for (let index = 0; index < 50; index += 1) await symlink('nowhere', join(source, `link-${index}`));
    await pack();
    assert.equal(warnings.length, 21);
    assert.equal(warnings.at(-1), '30 more warnings of this kind.');
  });

  it('a link to something inside is stored as what it points to', async () => {
    await plant(source, { 'blobs/1': 'weights' });
    await symlink('blobs/1', join(source, 'model.bin'));
    await symlink('/opt/ml/model/blobs', join(source, 'latest'));
    await pack({ seenAs: '/opt/ml/model' });
    assert.deepEqual(await names(), ['blobs/', 'blobs/1', 'latest/', 'latest/1', 'model.bin']);
    assert.deepEqual([await contentOf('model.bin'), await contentOf('latest/1')], ['weights', 'weights']);
    assert.equal(warnings.length, 2);
  });

  itAsRoot('a file that the user may not read is the error of the caller, and names the file', async () => {
    await plant(source, { 'd/private': 'x' });
    await chmod(join(source, 'd/private'), 0o600);
    await chmod(root, 0o777);
    await using program = new Program('as-nobody', ['pack', source, archive]);
    assert.equal(
      await program.line(),
      `InputUnreadable A file to archive: ${join(source, 'd/private')} cannot be used: permission denied.`,
    );
  });

  it('a missing source is the error of the caller, a place that cannot be written that of the host', async () => {
    await assert.rejects(
      pack({}, [join(root, 'nothing')]),
      (error) => isError(error, 'InputUnreadable') && /no such file or directory/.test(error.message),
    );
    await plant(source, { a: 'a' });
    await writeFile(join(root, 'file'), '');
    await assert.rejects(packDirectories([source], join(root, 'file', 'x.tar.gz')), (error) => isError(error, 'DiskTrouble'));
    await mkdir(join(root, 'taken.tar.gz', 'x'), { recursive: true });
    await assert.rejects(packDirectories([source], join(root, 'taken.tar.gz')), (error) => isError(error, 'DiskTrouble'));
  });

  itAsRoot('a full disk is told as such and leaves nothing behind', async () => {
    const small = join(root, 'small');
    await mkdir(small);
    await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small);
    try {
      await plant(source, { noise: new Random(2).bytes(3_000_000) });
      const full = packDirectories([source], join(small, 'model.tar.gz'));
      await assert.rejects(full, (error) => isError(error, 'DiskTrouble') && /no space left on device/.test(error.message));
      assert.deepEqual(await readdir(small), []);
    } finally {
      await run('umount', small);
    }
  });

  it('stops at once when it is told to, with the reason, and leaves nothing behind', async () => {
    await plant(source, { large: Buffer.alloc(40_000_000, 'x'), 'a/small': 's' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = pack({ signal: controller.signal, onProgress: ({ bytes }) => bytes > 5_000_000 && controller.abort(reason) });
    await assert.rejects(stopped, (error) => error === reason);
    await assert.rejects(pack({ signal: AbortSignal.abort(reason) }), (error) => error === reason);
    await assert.rejects(lstat(archive), { code: 'ENOENT' });
  });

  it('stops with the reason at whatever moment it is told to', async () => {
    await plant(source, { large: '' });
    truncateSync(join(source, 'large'), 2_000_000_000);
    for (let moment = 0; moment < 12; moment += 1) {
      const controller = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 7 * moment);
      await assert.rejects(pack({ signal: controller.signal }), (error) => error === reason);
    }
    assert.deepEqual(await readdir(root), ['model']);
  });

  it('replaces what an attempt that was killed left of it, where it is told the place', async () => {
    await plant(source, { a: 'a' });
    const temporary = join(root, '.sm-local-part');
    await writeFile(temporary, 'half of an archive');
    await pack({ temporary });
    assert.deepEqual(await names(), ['a']);
    assert.deepEqual(await leftBeside(), []);
  });

  it('makes the directories on the way to the archive', async () => {
    await plant(source, { a: 'a' });
    archive = join(root, 'out/job/output/model.tar.gz');
    await pack();
    assert.deepEqual(await names(), ['a']);
  });
});
