import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { faultErrors, faultNames, parseFaults } from '../src/contract/faults.ts';

describe('the page about faults on demand', () => {
  const page = readFileSync(new URL(import.meta.resolve('#docs/faults.md')), 'utf8');
  const examples = [...page.matchAll(/(?:^\| `|--fault )([a-z-]+=[^\s`]+)/gm)]
    .map(([, text = '']) => text)
    .filter((text) => text !== 'name=value');

  it('has an example of every fault, which can be asked for', () => {
    assert.deepEqual(new Set(examples.map((text) => text.split('=')[0])), new Set(faultNames));
    for (const text of examples) parseFaults([text.replace('KIND', 'ModelError')]);
  });

  it('names every error of the service', () => {
    for (const kind of faultErrors) assert.ok(page.includes(`\`${kind}\``), kind);
  });
});
