import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checks } from '../../src/check/registry.ts';
import { errorCodes } from '../../src/errors.ts';
import { textOf } from '../support/snippets.ts';

describe('the tables of the pages', () => {
  it('are what docs/tables.yaml and the code say', () => {
    const script = fileURLToPath(new URL('scripts/filled-pages.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('count the checks as they are, in the prose too', () => {
    assert.ok(textOf('README.md').includes(`[${checks.length} small checks]`), String(checks.length));
  });

  it('have a section for every code of an error, with its cause', () => {
    const page = textOf('docs/troubleshooting.md');
    const sections = [...page.matchAll(/^#### (\w+)$/gm)].map(([, code]) => code);
    assert.deepEqual([...sections].sort(), [...errorCodes].sort());
    assert.doesNotMatch(page, /undefined|\[object|does not say/);
  });

  it('have a picture from a real run, small and without what only one machine has', () => {
    const svg = textOf('docs/terminal.svg');
    assert.ok(svg.length < 60_000, String(svg.length));
    for (const shown of ['sm-local train examples/iris', 'Completed', 'InService', 'setosa']) assert.ok(svg.includes(shown), shown);
    assert.doesNotMatch(svg, /\/(?:tmp|root|home|work|Users)\//);
    assert.match(svg, /prefers-color-scheme:dark/);
  });

  it('count as many facts as the contract has rows', () => {
    const rows = (page: string): number => textOf(page).match(/^\| (?!fact |---).*\| [DCOI][^|]*\|$/gm)?.length ?? 0;
    const [, all] = /^\| \*\*all\*\* \| (\d+) /m.exec(textOf('docs/contract.md')) ?? [];
    assert.equal(rows('docs/training-contract.md') + rows('docs/hosting-contract.md'), Number(all));
  });
});
