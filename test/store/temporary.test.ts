import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
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
});
