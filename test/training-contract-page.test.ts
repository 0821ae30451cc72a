import assert from 'node:assert/strict';
import { trainingMembers } from '../src/contract/training-members.ts';
import { ContractPage } from './support/contract-page.ts';

describe('the page about the contract of training', () => {
  const page = new ContractPage('training-contract.md');

  it('has a source for every row, and a test or the words "not yet"', () => page.assertRows());
  it('names tests that exist', () => page.assertTests(100));

  it('names every member that has no effect or is refused, and no other', () => {
    const named = (section: string): string[] => [...section.matchAll(/`([A-Za-z0-9.]+)`/g)].map(([, name = '']) => name).sort();
    const [stored = '', refused = ''] = page.text.slice(page.text.indexOf('\n## What is stored')).split('\nThese are refused:');
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
