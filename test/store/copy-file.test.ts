import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isError, type SmLocalError } from '../../src/errors.ts';
import { copyFile } from '../../src/store/copy-file.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('copyFile', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const at = (name: string): string => join(directory.path, name);
  const copy = (from = 'from', to = 'to', signal = new AbortController().signal): Promise<void> =>
    copyFile(at(from), at(to), { what: 'Channel "train"', mode: 0o644, signal });
  const large = async (size: number): Promise<void> => {
    await writeFile(at('from'), 'begin');
    await truncate(at('from'), size);
  };
  const errorOf = async (copying: Promise<void>): Promise<SmLocalError | undefined> => {
    const error = await copying.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error === undefined || isError(error), String(error));
    return error;
  };

  it('copies small files and large ones, with the mode that is asked for and not the umask’s', async () => {
    const umask = process.umask(0o077);
    try {
      for (const size of [0, 5, 20 * 2 ** 20]) {
        await large(size);
        await copy();
        assert.ok((await readFile(at('to'))).equals(await readFile(at('from'))));
        assert.equal((await stat(at('to'))).mode & 0o777, 0o644);
      }
    } finally {
      process.umask(umask);
    }
  });

  it('ends with the reason in the middle of a large file', async () => {
    await large(2 ** 34);
    const abort = new AbortController();
    const copying = copy('from', 'to', abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 20);
    const outcome = await copying.catch((error: Error) => error.message);
    assert.ok(outcome === 'enough' || (outcome === undefined && (await stat(at('to'))).size === 2 ** 34), 'cut, or cloned at once');
  });

  it('says that the file changed when it has another size in the end', async () => {
    await large(2 ** 32);
    const copying = errorOf(copy());
    await sleep(20);
    await truncate(at('from'), 0);
    const error = await copying;
    assert.ok(error === undefined || /Channel "train": .*from cannot be used: it changed/.test(error.message), error?.message);
    if (error === undefined) assert.equal((await stat(at('to'))).size, 2 ** 32, 'it was cloned at once');
  });

  it('blames the source for what is wrong with the source, and the disk for the rest', async () => {
    assert.equal((await errorOf(copy('nowhere')))?.code, 'InputUnreadable');
    execFileSync('mkfifo', [at('fifo')]); // whoever opens it waits for ever
    await symlink(at('fifo'), at('link'));
    for (const name of ['fifo', 'link']) assert.match((await errorOf(copy(name)))?.message ?? '', /it is not a file any more/);
    await writeFile(at('from'), 'x');
    await mkdir(at('directory'));
    assert.equal((await errorOf(copy('from', 'directory')))?.code, 'DiskTrouble');
    assert.equal((await errorOf(copy('from', 'no/such/directory')))?.code, 'DiskTrouble');
    await large(20 * 2 ** 20);
    assert.equal((await errorOf(copy('from', 'no/such/directory')))?.code, 'DiskTrouble');
    await rm(at('from'));
    assert.equal((await errorOf(copy()))?.code, 'InputUnreadable');
  });
});
