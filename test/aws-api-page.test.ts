import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

describe('docs/aws-api.md', () => {
  it('is what the code says', () => {
    const script = fileURLToPath(new URL('scripts/aws-api-page.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});
