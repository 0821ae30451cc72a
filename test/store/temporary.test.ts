import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, rm, symlink, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beside, removeTree } from '../../src/store/temporary.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';
import { plant } from './tree.ts';

describe('temporary files', () => {
  it('lie beside what they become and are named alike for long names', () => {
    const name = beside(`/somewhere/${'x'.repeat(255)}`);
    assert.equal(dirname(name), '/somewhere');
    assert.ok(name.length < 50);
    assert.notEqual(beside('/a'), beside('/a'));
  });

  it('removing what is not there is no error', async () => {
    await removeTree('/no/such/path');
  });

  it('removing a tree takes all of it, and nothing that links in it lead to', async () => {
    await using directory = await temporaryDirectory();
    const [tree, kept] = [join(directory.path, 'tree'), join(directory.path, 'kept')];
    await plant(tree, { 'a/b/c': 'x', '.hidden': 'x' });
    await mkdir(join(tree, 'empty'));
    await plant(kept, { file: 'x' });
    await symlink(kept, join(tree, 'a/link'));
    await symlink('/nowhere', join(tree, 'a/broken'));
    await truncate(join(tree, 'a/b/c'), 64 * 1024 * 1024);
    await removeTree(tree);
    assert.deepEqual(await readdir(directory.path), ['kept']);
    await symlink(kept, tree);
    await removeTree(tree);
    assert.deepEqual([await readdir(directory.path), await readdir(kept)], [['kept'], ['file']]);
  });

  it('removing a tree that another removes too is no error', async () => {
    await using directory = await temporaryDirectory();
    const tree = join(directory.path, 'tree');
    await plant(tree, Object.fromEntries(Array.from({ length: 2000 }, (_, number) => [`${number % 20}/${number}`, 'x'])));
    await Promise.all([removeTree(tree), removeTree(tree), rm(tree, { recursive: true, force: true, maxRetries: 2 })]);
    assert.deepEqual(await readdir(directory.path), []);
  });

  // Root may do everything, so somebody else has to try.
  const itAsRoot = process.getuid?.() === 0 ? it : () => undefined;
  itAsRoot('directories that were left without permissions are removed by their owner', async () => {
    await using directory = await temporaryDirectory();
    const tree = join(directory.path, 'tree');
    await plant(tree, { 'a/b/c': 'x', 'a/d/e': 'x' });
    await chmod(directory.path, 0o755);
    execFileSync('chown', ['-R', '65534:65534', directory.path]);
    for (const path of ['a/b', 'a/d', 'a', '']) await chmod(join(tree, path), 0o100);
    await using program = new Program('as-nobody', ['remove', tree]);
    assert.equal(await program.line(), 'done');
    assert.deepEqual(await readdir(directory.path), []);
  });

  itAsRoot('what may not be removed is said to be so', async () => {
    await using directory = await temporaryDirectory();
    const tree = join(directory.path, 'tree');
    await plant(tree, {
      'a/somebody-elses': 'x',
      ...Object.fromEntries(Array.from({ length: 20 }, (_, number) => [`${number}/file`, 'x'])),
    });
    await chmod(directory.path, 0o755);
    execFileSync('chown', ['-R', '65534:65534', tree]);
    execFileSync('chown', ['-R', '0:0', join(tree, 'a')]);
    await chmod(join(tree, 'a'), 0o1777);
    await using program = new Program('as-nobody', ['remove', tree]);
    assert.match((await program.line()) ?? '', /^DiskTrouble Could not remove .*\/tree: operation not permitted$/);
    assert.deepEqual(await readdir(join(tree, 'a')), ['somebody-elses']);
  });
});
