import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needsOf } from '../../src/check/examine.ts';
import { checks } from '../../src/check/registry.ts';
import { sources } from '../../src/check/sources.ts';
import { projectRoot } from '../support/real-engine.ts';

describe('the pages of the checks', () => {
  const pages = join(projectRoot, 'docs/checks');
  const list = readFileSync(join(pages, 'README.md'), 'utf8');
  const rows = [...list.matchAll(/^\| `([a-z-]+)` \| (\w+) \|([^|]*)\| ([^|]+) \| (\w+) \|$/gm)].map((row) =>
    row.slice(1).map((cell) => cell.trim()),
  );
  const sourceNames = new Map(Object.entries(sources).map(([name, source]) => [source as object, name]));

  it('list every check as it is in the code, in its order', () => {
    const inCode = checks.map((check) => [
      check.name,
      check.severity,
      needsOf(check).join(', '),
      check.proves,
      sourceNames.get(check.source) ?? `no source of the list: ${check.source.title}`,
    ]);
    assert.deepEqual(rows, inCode);
  });

  it('are one for each check, and none besides', () => {
    const names = readdirSync(pages).filter((file) => file !== 'README.md');
    assert.deepEqual(names.sort(), checks.map(({ name }) => `${name}.md`).sort());
  });

  it('begin with the name of the check, and say why the cloud cares and what to do', () => {
    for (const { name } of checks) {
      const page = readFileSync(join(pages, `${name}.md`), 'utf8');
      assert.match(page, new RegExp(`^# ${name}\n`), name);
      assert.match(page, /^## Why the cloud cares$/m, name);
      assert.match(page, /^## What to do$/m, name);
    }
  });

  it('have a fixture each that fails the check', () => {
    const fixtures = join(projectRoot, 'fixtures/checks');
    const missing = checks.filter(({ name }) => !existsSync(join(fixtures, name))).map(({ name }) => name);
    assert.deepEqual(missing, []);
  });
});
