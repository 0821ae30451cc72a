import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chmodded } from '../../src/dev/modes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('what chmod makes of a mode', () => {
  it('is what chmod itself makes of it', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'file');
    await writeFile(file, '');
    for (const own of [0o644, 0o755, 0o600, 0o777, 0o000, 0o510]) {
      for (const change of ['755', '0644', '+x', '-x', '=r', '+w', 'a+x', 'u+rwX,go-w', 'u=rwx,g=rx,o=', 'ug+w', 'o-rwx', 'a=rX']) {
        await chmod(file, own);
        execFileSync('sh', ['-c', `umask 022; chmod -- ${change} "$1" 2>/dev/null || true`, 'sh', file]); // it complains where the umask keeps a bit
        assert.equal(chmodded(own, change)?.toString(8), ((await stat(file)).mode & 0o7777).toString(8), `${own.toString(8)} ${change}`);
      }
    }
  });

  it('is not told where it is not read', () => {
    for (const change of ['u=g', '+s', '+t', 'x', '']) assert.equal(chmodded(0o644, change), undefined, change);
  });
});
