import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { isError } from '../../src/errors.ts';
import { unpackTar } from '../../src/store/unpack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Entry, file, symlinkTo, tarOf } from './tar-of.ts';
import { plant, snapshot } from './tree.ts';

describe('unpackTar', () => {
  let root: string;
  let out: string;
  let scope: AsyncDisposable;
  const warnings: string[] = [];
  const unpack = async (entries: readonly Entry[], strip = 0) =>
    unpackTar(Readable.from([await tarOf(entries)]), out, { strip, onWarning: (warning) => warnings.push(warning) });

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    root = directory.path;
    out = join(root, 'out');
    await mkdir(out);
    warnings.length = 0;
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it("strips the directory's own name, from hard links too", async () => {
    const entries: Entry[] = [
      { name: 'model/', type: 'directory', mode: 0o700 },
      file('model/a', 'content', { uid: 1234, gid: 1234, mode: 0o600 }),
      { name: 'model/b', type: 'link', linkname: 'model/a' },
      file('model/sub/c', 'c'),
    ];
    assert.deepEqual(await unpack(entries, 1), { files: 2, bytes: 8 });
    assert.deepEqual(Object.keys(await snapshot(out)), ['a', 'b', 'sub', 'sub/c']);
    assert.equal((await stat(join(out, 'a'))).uid, process.getuid?.());
  });

  it('keeps symlinks, wherever they lead, and writes nothing through them', async () => {
    await plant(root, { 'outside/victim': 'untouched' });
    await unpack([
      symlinkTo('latest', 'checkpoint-3'),
      symlinkTo('victim', '../outside/victim'),
      symlinkTo('etc', '/etc'),
      file('checkpoint-3/w'),
    ]);
    assert.deepEqual([await readlink(join(out, 'latest')), await readlink(join(out, 'etc'))], ['checkpoint-3', '/etc']);
    await assert.rejects(unpack([symlinkTo('d', '../outside'), file('d/victim', 'evil')]), (error) => isError(error, 'EngineFailed'));
    await unpack([symlinkTo('victim', '../outside/victim'), file('victim', 'evil')]);
    assert.equal(await readFile(join(root, 'outside/victim'), 'utf8'), 'untouched');
    assert.equal(await readFile(join(out, 'victim'), 'utf8'), 'evil');
  });

  it('writes nothing through symlinks that were there before', async () => {
    await plant(root, { 'outside/victim': 'untouched' });
    await symlink('../outside', join(out, 'd'));
    await symlink('../outside/victim', join(out, 'f'));
    await assert.rejects(unpack([file('d/victim', 'evil')]), (error) => isError(error, 'EngineFailed'));
    await assert.rejects(unpack([{ name: 'd/', type: 'directory' }, file('d/victim', 'evil')]), (error) => isError(error, 'EngineFailed'));
    await unpack([file('f', 'mine')]);
    assert.equal(await readFile(join(root, 'outside/victim'), 'utf8'), 'untouched');
    assert.equal(await readFile(join(out, 'f'), 'utf8'), 'mine');
  });

  it('leaves out FIFOs and devices, with a warning', async () => {
    await unpack([{ name: 'channel', type: 'fifo' }, file('a')]);
    assert.deepEqual(await readdir(out), ['a']);
    assert.deepEqual(warnings, ['"channel" was left out: it is neither a file nor a directory.']);
  });

  it('a stream that breaks off is the failure of the engine', async () => {
    const tar = await tarOf([file('a', 'a'.repeat(100_000))]);
    const torn = async function* (): AsyncGenerator<Buffer> {
      yield tar.subarray(0, 50_000);
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
    };
    await assert.rejects(
      unpackTar(Readable.from(torn()), out),
      (error) => isError(error, 'EngineFailed') && /socket hang up/.test(error.message),
    );
    await assert.rejects(unpackTar(Readable.from([tar.subarray(0, 50_000)]), out), (error) => isError(error, 'EngineFailed'));
  });

  it('lets go of a stream that has stalled when it is told to', async () => {
    const stalled = new PassThrough();
    stalled.write((await tarOf([file('a', 'a'.repeat(100_000))])).subarray(0, 5000));
    const controller = new AbortController();
    const reason = new Error('enough');
    const unpacking = unpackTar(stalled, out, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(unpacking, (error) => error === reason);
    assert.ok(stalled.destroyed);
  });
});
