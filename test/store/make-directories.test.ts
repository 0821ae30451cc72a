import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { makeDirectories } from '../../src/store/make-directories.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('directories that are made', () => {
  it('are all that are not there yet', async () => {
    await using root = await temporaryDirectory();
    const path = join(root.path, 'a/b/c');
    await makeDirectories(path);
    await makeDirectories(path);
    assert.ok((await stat(path)).isDirectory());
  });

  it('fail where they cannot be, also where the system says there is nothing', async () => {
    await using root = await temporaryDirectory();
    await writeFile(join(root.path, 'file'), '');
    for (const path of [join(root.path, 'file/a'), '/proc/sm-local/a']) {
      await assert.rejects(makeDirectories(path), (error) => isError(error, 'DiskTrouble'));
    }
  });
});
