import { hostingMembers } from '../src/contract/hosting-members.ts';
import { ContractPage } from './support/contract-page.ts';

describe('the page about the contract of hosting', () => {
  const page = new ContractPage('hosting-contract.md');

  it('has a source for every row, and a test or the words "not yet"', () => page.assertRows());
  it('names tests that exist', () => page.assertTests(150));
  it('names every member that has no effect or is refused, and no other', () => page.assertMembers(hostingMembers));
});
