import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/real-engine.ts';
import { textOf } from '../support/snippets.ts';

describe('docs/architecture.md', () => {
  const page = textOf('docs/architecture.md');
  const files = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

  it('has a section for every folder of the code', () => {
    const folders = readdirSync(join(projectRoot, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(
      folders.map(({ name }) => name).filter((name) => !page.includes(`### \`src/${name}/\``)),
      [],
    );
  });

  it('names files that are there, in the folder of the section', () => {
    for (const section of page.split('\n### ').slice(1)) {
      const [, folder = ''] = /^`src\/([\w-]*)\/?`/.exec(section) ?? [];
      for (const name of named(section)) {
        const isThere = files.some((file) => file === name || (file.startsWith(folder) && `/${file}`.endsWith(`/${name}`)));
        assert.ok(isThere, `src/${folder}: ${name}`);
      }
    }
    for (const name of named(page.slice(0, page.indexOf('\n### ')))) assert.ok(files.includes(name), name);
  });
});

const named = (text: string): readonly string[] => [...text.matchAll(/`(?:\.\.\/)?([\w./-]+\.ts)`/g)].map(([, name = '']) => name);
