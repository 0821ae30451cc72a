import { trainingMembers } from '../src/contract/training-members.ts';
import { ContractPage } from './support/contract-page.ts';

describe('the page about the contract of training', () => {
  const page = new ContractPage('training-contract.md');

  it('has a source for every row, and a test or the words "not yet"', () => page.assertRows());
  it('names tests that exist', () => page.assertTests(100));
  it('names every member that has no effect or is refused, and no other', () =>
    page.assertMembers(trainingMembers, 'CreateTrainingJobRequest'));
});
