import assert from 'node:assert/strict';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { collectMembers } from '../../src/store/members.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { run } from './commands.ts';
import { plant } from './tree.ts';

describe('members of an archive', () => {
  let root: string;
  let source: string;
  let warnings: string[];
  let scope: AsyncDisposable;
  /** Name -> where its content is, relative to the test's directory. */
  const collect = async (sources = [source], seenAs?: string): Promise<Record<string, string>> => {
    const onWarning = (warning: string): void => void warnings.push(warning);
    const members = await collectMembers(sources, { onWarning, ...(seenAs !== undefined && { seenAs }) });
    return Object.fromEntries(members.map(({ name, path, kind }) => [kind === 'directory' ? `${name}/` : name, relative(root, path)]));
  };

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    root = await realpath(directory.path);
    source = join(root, 'model');
    warnings = [];
    await mkdir(source);
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it('a link to a file inside becomes the file, with a warning', async () => {
    await plant(source, { 'blobs/1': 'weights' });
    await symlink('blobs/1', join(source, 'model.bin'));
    await symlink('model.bin', join(source, 'chain'));
    const members = await collect();
    assert.deepEqual([members['model.bin'], members.chain], ['model/blobs/1', 'model/blobs/1']);
    assert.deepEqual(warnings.sort(), [
      'chain is a symlink; what it points to was stored in its place.',
      'model.bin is a symlink; what it points to was stored in its place.',
    ]);
  });

  it('a link to a directory inside becomes the directory', async () => {
    await plant(source, { 'checkpoint-3/w': 'three' });
    await symlink('checkpoint-3', join(source, 'latest'));
    const members = await collect();
    assert.deepEqual(Object.keys(members), ['checkpoint-3/', 'checkpoint-3/w', 'latest/', 'latest/w']);
    assert.equal(members['latest/w'], 'model/checkpoint-3/w');
  });

  it("absolute links by the container's own path are inside", async () => {
    await plant(source, { 'checkpoint-3/w': 'three' });
    await symlink('/opt/ml/model/checkpoint-3', join(source, 'latest'));
    await symlink('/opt/ml/model/checkpoint-3/../../../etc/passwd', join(source, 'sly'));
    assert.deepEqual(Object.keys(await collect([source], '/opt/ml/model')), ['checkpoint-3/', 'checkpoint-3/w', 'latest/', 'latest/w']);
  });

  it('links that lead out, nowhere or around are left out with a warning', async () => {
    await writeFile(join(root, 'secret'), 'secret');
    await mkdir(join(root, 'model-2'));
    await plant(source, { 'd/kept': 'kept' });
    const links = {
      away: '../secret',
      sibling: '../model-2',
      host: '/etc/passwd',
      gone: 'not-there',
      self: 'self',
      up: '.',
      'd/round': '..',
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, join(source, name));
    assert.deepEqual(Object.keys(await collect()), ['d/', 'd/kept']);
    assert.equal(warnings.length, 7);
    for (const name of Object.keys(links))
      assert.ok(
        warnings.some((warning) => warning.startsWith(`${name} was left out: it is a symlink`)),
        name,
      );
  });

  it('links among directories do not multiply', async () => {
    for (const one of 'abcdefgh') {
      await mkdir(join(source, one));
      for (const other of 'abcdefgh') if (one !== other) await symlink(`../${other}`, join(source, one, `to-${other}`));
    }
    assert.equal(Object.keys(await collect()).length, 8 + 8 * 7);
  });

  it('FIFOs, sockets and names that are not UTF-8 are left out with a warning', async () => {
    await plant(source, { file: 'f' });
    await run('mkfifo', join(source, 'fifo'));
    await writeFile(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x61, 0xff])]), 'latin');
    const server = createServer().listen(join(source, 'socket'));
    const members = await collect();
    server.close();
    assert.deepEqual(members, { file: 'model/file' });
    assert.deepEqual(warnings.sort(), [
      'a\uFFFD was left out: its name is not valid UTF-8.',
      'fifo was left out: it is a FIFO.',
      'socket was left out: it is a socket.',
    ]);
  });

  it('several directories are merged and the later one wins, with a warning', async () => {
    const other = join(root, 'other');
    await plant(source, { both: 'first', 'only-1': '1', 'd/x': 'x', 'was-directory/x': 'x', 'was-file': 'f' });
    await plant(other, { both: 'second', 'only-2': '2', 'd/y': 'y', 'was-directory': 'f', 'was-file/x': 'x' });
    assert.deepEqual(await collect([source, other]), {
      both: 'other/both',
      'd/': 'other/d',
      'd/x': 'model/d/x',
      'd/y': 'other/d/y',
      'only-1': 'model/only-1',
      'only-2': 'other/only-2',
      'was-directory': 'other/was-directory',
      'was-file/': 'other/was-file',
      'was-file/x': 'other/was-file/x',
    });
    assert.deepEqual(
      warnings.sort(),
      ['both', 'was-directory', 'was-file'].map((name) => `${name} is in more than one directory; the last one's was taken.`),
    );
  });
});
