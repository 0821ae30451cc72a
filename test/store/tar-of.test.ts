import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isError } from '../../src/errors.ts';
import type { Member } from '../../src/store/members.ts';
import { tarOf } from '../../src/store/tar-of.ts';
import { unpacked } from '../support/archives.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('tarOf', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const at = (name: string): string => join(directory.path, name);
  const file = (name: string, mode?: number): Member => ({ name, path: at(name), kind: 'file', ...(mode !== undefined && { mode }) });
  const what = 'Channel "train"';

  it('gives members the modes they are to have, or their own, and asks nothing of a directory that has one', async () => {
    await writeFile(at('a'), 'one');
    await writeFile(at('b'), 'two');
    for (const name of ['a', 'b']) await chmod(at(name), 0o600);
    const members: Member[] = [{ name: 'sub', path: at('nowhere'), kind: 'directory', mode: 0o755 }, file('a', 0o644), file('b')];
    assert.deepEqual(await unpacked(tarOf(members, { what })), { 'sub/': 'directory 755', a: 'file 644 one', b: 'file 600 two' });
    assert.equal((await stat(at('a'))).mode & 0o777, 0o600);
  });

  it('fails, with the name of the file, when one has gone away or is something else', async () => {
    await mkdir(at('now a directory'));
    for (const name of ['gone', 'now a directory']) {
      await assert.rejects(buffer(tarOf([file(name)], { what })), (error) => {
        assert.ok(isError(error, 'InputUnreadable'));
        assert.equal(error.message, `Channel "train": ${at(name)} cannot be used: it went away while it was being read.`);
        return true;
      });
    }
  });

  it('fails at once when a file gets shorter, before anybody can take the archive for whole', async () => {
    await writeFile(at('large'), '');
    await truncate(at('large'), 2 ** 30);
    const tar = tarOf([file('large')], { what });
    await once(tar, 'readable');
    await truncate(at('large'), 0);
    let bytes = 0;
    await assert.rejects(
      async () => {
        for await (const chunk of tar) bytes += (chunk as Buffer).length;
      },
      (error) => isError(error, 'InputUnreadable') && error.message.includes('it changed while it was being read'),
    );
    assert.ok(bytes < 2 ** 26, `${bytes} bytes were handed over`);
  });

  it('ends with the reason when its signal aborts, also while nobody reads', async () => {
    await writeFile(at('large'), '');
    await truncate(at('large'), 2 ** 30);
    const abort = new AbortController();
    const tar = tarOf([file('large')], { what, signal: abort.signal });
    await once(tar, 'readable');
    abort.abort(new Error('enough'));
    await assert.rejects(buffer(tar), { message: 'enough' });
    await assert.rejects(buffer(tarOf([file('large')], { what, signal: abort.signal })), { message: 'enough' });
  });

  it('holds no more of a large file than a few pieces', async () => {
    await writeFile(at('large'), '');
    await truncate(at('large'), 2 ** 28);
    const before = process.memoryUsage().rss;
    let most = 0;
    for await (const _chunk of tarOf([file('large')], { what })) most = Math.max(most, process.memoryUsage.rss() - before);
    assert.ok(most < 2 ** 27, `${most} bytes more`);
  });

  it('closes what it has opened when its reader leaves', async () => {
    await writeFile(at('large'), '');
    await truncate(at('large'), 2 ** 30);
    const tar = tarOf([file('large')], { what });
    await once(tar, 'readable');
    tar.destroy();
    await once(tar, 'close');
    await rm(at('large'));
  });
});
