import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
}
