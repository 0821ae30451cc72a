import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SupportTable } from '../../src/contract/member-support.ts';

const projectRoot = dirname(fileURLToPath(import.meta.resolve('sm-local/package.json')));

/** A page of `docs/` that tells a contract row by row: the fact, what is done here, the tests that show it, the letter of the source. */
export class ContractPage {
  readonly text: string;

  constructor(name: string) {
    this.text = readFileSync(join(projectRoot, 'docs', name), 'utf8');
  }

  /** Each row is whole, and has a test or the words "not yet". */
  assertRows(): void {
    for (const row of this.text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (fact|---) /.test(line))) {
      const [fact = '', here = '', shownBy = '', source = '', ...more] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      assert.deepEqual([fact === '', here === '', more], [false, false, []], row);
      assert.match(source, /^[DCOI]\b/, row);
      assert.ok(shownBy !== '' || here.includes('not yet'), row);
      assert.match(shownBy, /^(`[\w./-]+` "[^"|]+"(, (?=`)|$))*$/, row);
    }
  }

  /** Each test it names is there: `file` "words of the title". `atLeast`: how many it names, lest none is found. */
  assertTests(atLeast: number): void {
    const cited = [...this.text.matchAll(/`([\w./-]+)` "([^"|]+)"/g)].map(([, file = '', title = '']) => ({ file, title }));
    assert.ok(cited.length > atLeast, String(cited.length));
    for (const { file, title } of cited) {
      const path = join(projectRoot, 'test', `${file}.test.ts`);
      assert.ok(existsSync(path), path);
      assert.ok(readFileSync(path, 'utf8').includes(title), `${file}: ${title}`);
    }
  }

  /**
   * Its last chapter names every member that has no effect or is refused, and no other: `Structure.Member`, or the member alone where the
   * structure is `own`.
   */
  assertMembers(table: SupportTable, own?: string): void {
    const named = (section: string): string[] => [...section.matchAll(/`([A-Za-z0-9.]+)`/g)].map(([, name = '']) => name).sort();
    const [stored = '', refused = ''] = this.text.slice(this.text.indexOf('\n## What is stored')).split('\nThese are refused:');
    const membersOf = (kind: 'stored' | 'refused'): string[] =>
      Object.entries(table)
        .flatMap(([structure, support]) => {
          const members = kind === 'stored' ? (support.stored ?? []) : Object.keys(support.refused ?? {});
          return members.map((member) => (structure === own ? member : `${structure}.${member}`));
        })
        .sort();
    assert.deepEqual(named(stored), membersOf('stored'));
    assert.deepEqual(named(refused), membersOf('refused'));
  }
}
