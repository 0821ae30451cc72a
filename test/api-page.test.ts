import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

describe('docs/api.md', () => {
  it('is what the comments of the code say', () => {
    const script = fileURLToPath(new URL('scripts/api-reference.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('has a heading for everything that can be imported', async () => {
    const page = readFileSync(new URL(import.meta.resolve('#docs/api.md')), 'utf8');
    const headings = [...page.matchAll(/^#### `(\w+)`$/gm)].map(([, name]) => name);
    for (const name of Object.keys(await import('sm-local'))) assert.ok(headings.includes(name), name);
    assert.equal(new Set(headings).size, headings.length, 'no heading comes twice');
  });
});
