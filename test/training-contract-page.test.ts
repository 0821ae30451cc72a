import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainingMembers } from '../src/contract/training-members.ts';

describe('the page about the contract of training', () => {
  const page = readFileSync(new URL(import.meta.resolve('#docs/training-contract.md')), 'utf8');
  const root = dirname(fileURLToPath(import.meta.resolve('sm-local/package.json')));
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (fact|---) /.test(line));

  it('has a source for every row, and a test or the words "not yet"', () => {
    for (const row of rows) {
      const [fact = '', here = '', shownBy = '', source = '', ...more] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      assert.deepEqual([fact === '', here === '', more], [false, false, []], row);
      assert.match(source, /^[DCOI]\b/, row);
      assert.ok(shownBy !== '' || here.includes('not yet'), row);
    }
  });

  it('names tests that exist', () => {
    const cited = [...page.matchAll(/`([\w./-]+)` "([^"|]+)"/g)].map(([, file = '', title = '']) => ({ file, title }));
    assert.ok(cited.length > 100);
    for (const { file, title } of cited) {
      const path = join(root, 'test', `${file}.test.ts`);
      assert.ok(existsSync(path), path);
      assert.ok(readFileSync(path, 'utf8').includes(title), `${file}: ${title}`);
    }
  });

  it('names every member that has no effect or is refused, and no other', () => {
    const named = (section: string): string[] => [...section.matchAll(/`([A-Za-z0-9.]+)`/g)].map(([, name = '']) => name).sort();
    const [stored = '', refused = ''] = page.slice(page.indexOf('\n## What is stored')).split('\nThese are refused:');
    const fieldsOf = (kind: 'stored' | 'refused'): string[] =>
      Object.entries(trainingMembers)
        .flatMap(([structure, support]) => {
          const members = kind === 'stored' ? (support.stored ?? []) : Object.keys(support.refused ?? {});
          return members.map((member) => (structure === 'CreateTrainingJobRequest' ? member : `${structure}.${member}`));
        })
        .sort();
    assert.deepEqual(named(stored), fieldsOf('stored'));
    assert.deepEqual(named(refused), fieldsOf('refused'));
  });
});
