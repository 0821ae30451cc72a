import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isError } from '../../src/errors.ts';
import { unpackArchive } from '../../src/store/unpack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { run } from './commands.ts';
import { Random } from './random.ts';
import { type Entry, file, symlinkTo, tarOf } from './tar-of.ts';
import { plant, snapshot } from './tree.ts';

describe('unpackArchive', () => {
  let root: string;
  let out: string;
  let archive: string;
  let scope: AsyncDisposable;
  const url = 's3://bucket/model.tar.gz';
  const unpackBytes = async (bytes: Buffer, options: { limitBytes?: number; signal?: AbortSignal } = {}) => {
    await writeFile(archive, bytes);
    return unpackArchive(archive, out, { url, ...options });
  };
  const unpack = async (entries: readonly Entry[]) => unpackBytes(gzipSync(await tarOf(entries)));
  /** Refused with AWS's sentence and this reason, and nothing is left. */
  const refuses = async (unpacking: Promise<unknown>, why: RegExp | string): Promise<void> => {
    await assert.rejects(unpacking, (error) => {
      assert.ok(isError(error, 'ModelArchiveInvalid'), String(error));
      assert.ok(error.message.startsWith(`Failed to extract model data archive from URL "${url}".`), error.message);
      assert.ok(typeof why === 'string' ? error.message.includes(why) : why.test(error.message), error.message);
      return true;
    });
    assert.deepEqual(await readdir(root), ['archive']);
  };

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    root = directory.path;
    out = join(root, 'out');
    archive = join(root, 'archive');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it('reads what GNU tar and Python write, with modes, times, empty directories, long names and hard links', async () => {
    const source = join(root, 'source');
    await plant(source, { 'code/inference.py': '#!', 'empty/': '', [`${'d'.repeat(120)}/${'f'.repeat(200)}`]: 'long', größe: 'u' });
    await chmod(join(source, 'code/inference.py'), 0o755);
    for (const name of ['code/inference.py', 'code']) await utimes(join(source, name), 1e9, 1e9);
    await run('ln', join(source, 'größe'), join(source, 'second'));
    const python = 'import sys, tarfile; t = tarfile.open(sys.argv[1], "w:gz", format=tarfile.PAX_FORMAT); t.add(sys.argv[2], ".")';
    const writers = [
      ...['v7', 'oldgnu', 'gnu', 'ustar', 'posix'].map(
        (format) => () => run('tar', '--format', format, '-czf', archive, '-C', source, '.'),
      ),
      () => run('python3', '-c', python, archive, source),
    ];
    for (const [index, write] of writers.entries()) {
      // The two oldest formats have no room for the long name.
      const isOld = index === 0 || index === 3;
      if (isOld) await run('rm', '-rf', join(source, 'd'.repeat(120)));
      else await plant(source, { [`${'d'.repeat(120)}/${'f'.repeat(200)}`]: 'long' });
      await write();
      const place = `${out}-${index}`;
      const { files } = await unpackArchive(archive, place);
      assert.equal(files, isOld ? 2 : 3);
      const [expected, found] = [await snapshot(source), await snapshot(place)];
      assert.deepEqual(Object.keys(found), Object.keys(expected));
      assert.equal(found['code/inference.py'], expected['code/inference.py']);
      assert.equal(found.code, expected.code);
      assert.equal((await stat(join(place, 'größe'))).ino, (await stat(join(place, 'second'))).ino);
    }
  });

  it('reads gzip files of several members, as pigz and cat make them', async () => {
    const tar = await tarOf([file('a', new Random(1).bytes(300_000)), file('b')]);
    const pieces = [tar.subarray(0, 1000), tar.subarray(1000, 1001), tar.subarray(1001, 200_000), tar.subarray(200_000)];
    assert.deepEqual(await unpackBytes(Buffer.concat(pieces.map((piece) => gzipSync(piece)))), { files: 2, bytes: 300_001 });
  });

  it('the directory can be entered by everyone, setuid bits are gone, and all can be removed', async () => {
    await unpack([
      { name: './', type: 'directory', mode: 0o700 },
      file('suid', 'x', { mode: 0o6755 }),
      file('shut', 'x', { mode: 0o100000 }),
      { name: 'd/', type: 'directory', mode: 0o555 },
      file('d/inside'),
    ]);
    const seen = Object.fromEntries(Object.entries(await snapshot(out)).map(([name, text]) => [name, text.split(' ')[1]]));
    assert.deepEqual(seen, { d: '755', 'd/inside': '644', shut: '400', suid: '755' });
    assert.equal((await stat(out)).mode & 0o777, 0o755);
  });

  it('refuses what is no tar.gz, and says what it is instead', async () => {
    const tar = await tarOf([file('a')]);
    await refuses(unpackBytes(Buffer.alloc(0)), 'it is empty');
    await refuses(unpackBytes(tar), 'it is a tar archive without compression');
    await refuses(unpackBytes(Buffer.from('PK\x03\x04rest')), 'it is a zip archive');
    await refuses(unpackBytes(Buffer.from('BZh91AY')), 'it is compressed with bzip2');
    await refuses(unpackBytes(Buffer.from('<html>')), 'it is not compressed with gzip');
    await refuses(unpackBytes(gzipSync('hello')), 'what it holds is not a tar archive');
    await refuses(unpackBytes(gzipSync(new Random(1).bytes(100_000))), 'what it holds is not a tar archive');
  });

  it('refuses a cut archive, wherever it was cut', async () => {
    const whole = gzipSync(await tarOf([file('a', new Random(1).bytes(50_000)), file('b', 'b'.repeat(50_000))]));
    for (let length = 2; length < whole.length; length += Math.ceil(whole.length / 40))
      await refuses(unpackBytes(whole.subarray(0, length)), 'it is cut short');
    const tar = await tarOf([file('a', 'a'.repeat(5000))]);
    await refuses(unpackBytes(gzipSync(tar.subarray(0, 3000))), 'the tar archive in it is cut short');
  });

  it('refuses damage in the compressed data and in a header', async () => {
    const tar = await tarOf([file('a', new Random(1).bytes(5000)), file('b')]);
    const damaged = gzipSync(tar);
    damaged[2000] = (damaged[2000] ?? 0) ^ 0xff;
    await refuses(unpackBytes(damaged), /it is damaged|is cut short/);
    tar[512 + 5120 + 10] = 0x7f;
    await refuses(unpackBytes(gzipSync(tar)), 'the tar archive in it is damaged');
  });

  it('refuses paths that lead elsewhere', async () => {
    await refuses(unpack([file('/etc/evil')]), '"/etc/evil" has an absolute path');
    await refuses(unpack([file('ok'), file('../evil')]), '"../evil" has a path that leads out of the archive');
    await refuses(unpack([file('a/../../evil')]), '"a/../../evil" has a path that leads out');
    await refuses(unpack([file('..')]), '".." has a path that leads out');
    await refuses(unpack([file(`${'a/'.repeat(3000)}x`)]), 'has a path that is too long');
    await refuses(unpack([{ name: 'link', type: 'link', linkname: '../archive' }]), 'the target of "link" has a path that leads out');
    await refuses(unpack([{ name: 'link', type: 'link', linkname: '/etc/passwd' }]), 'the target of "link" has an absolute path');
  });

  it('refuses symlinks and names the member, since SageMaker deploys none', async () => {
    await refuses(unpack([file('model'), symlinkTo('code/latest', 'model')]), '"code/latest" is a symlink');
    await refuses(unpack([symlinkTo('d', '/tmp'), file('d/evil')]), '"d" is a symlink');
  });

  it('refuses devices, FIFOs, sparse files and contradictions', async () => {
    await refuses(
      unpack([{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]),
      '"null" is neither a file nor a directory',
    );
    await refuses(unpack([{ name: 'fifo', type: 'fifo' }]), '"fifo" is neither a file nor a directory');
    await refuses(
      unpack([{ name: 'link', type: 'link', linkname: 'later' }, file('later')]),
      'link is a link to a file that is not in the archive',
    );
    await refuses(unpack([file('a'), file('a/b')]), 'a is both a directory and something else');
    await refuses(unpack([file('a/b'), file('a')]), 'a is both a directory and something else');
    const sparse = join(root, 'sparse');
    await run('truncate', '-s', '10M', sparse);
    for (const format of ['posix', 'gnu']) {
      await run('tar', '--format', format, '--sparse', '-czf', archive, '-C', root, 'sparse');
      await assert.rejects(unpackArchive(archive, out), (error) => isError(error, 'ModelArchiveInvalid'));
    }
  });

  it('a member that comes twice is taken from its last place, without touching what a link shares', async () => {
    await unpack([file('a', 'first'), { name: 'b', type: 'link', linkname: 'a' }, file('a', 'second')]);
    assert.deepEqual([await readFile(join(out, 'a'), 'utf8'), await readFile(join(out, 'b'), 'utf8')], ['second', 'first']);
  });

  it('what stands in a message is fit for a terminal', async () => {
    await refuses(unpack([symlinkTo('\u001b[31mred', 'x')]), /\\u001b\[31mred/);
  });

  it('refuses to fill the disk beyond the limit', async () => {
    const bytes = gzipSync(await tarOf([file('a', 'a'.repeat(1000)), file('b', 'b'.repeat(1000))]));
    await assert.rejects(
      unpackBytes(bytes, { limitBytes: 1999 }),
      (error) => isError(error, 'ModelArchiveTooLarge') && error.detail.bytes === 1999,
    );
    assert.deepEqual(await unpackBytes(bytes, { limitBytes: 2000 }), { files: 2, bytes: 2000 });
  });

  it('leaves a directory alone that holds something already', async () => {
    await plant(root, { 'out/mine': 'mine' });
    await assert.rejects(unpack([file('a')]), (error) => isError(error, 'DiskTrouble') && /directory not empty/.test(error.message));
    assert.deepEqual(await readdir(root), ['archive', 'out']);
    assert.deepEqual(await readdir(out), ['mine']);
  });

  it('an archive that is not there, or is a directory, is the error of the caller', async () => {
    await assert.rejects(unpackArchive(archive, out), (error) => isError(error, 'InputUnreadable') && /no such file/.test(error.message));
    await mkdir(archive);
    await assert.rejects(unpackArchive(archive, out), (error) => isError(error, 'InputUnreadable') && /directory/.test(error.message));
  });

  it('stops when it is told to, with the reason, and leaves nothing behind', async () => {
    const reason = new Error('enough');
    const bytes = gzipSync(await tarOf([file('a', Buffer.alloc(30_000_000))]), { level: 1 });
    const controller = new AbortController();
    const unpacking = unpackBytes(bytes, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(unpacking, (error) => error === reason);
    await assert.rejects(unpackBytes(bytes, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    assert.deepEqual(await readdir(root), ['archive']);
  });
});
