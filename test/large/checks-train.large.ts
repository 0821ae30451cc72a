import assert from 'node:assert/strict';
import { trainingChecks } from '../../src/check/train/training-checks.ts';
import { CheckFixtures, others, told } from '../check/check-fixture.ts';

describe('the checks of training, all of them on each fixture', function () {
  this.timeout(120_000);
  let fixtures: CheckFixtures;
  before(() => {
    fixtures = new CheckFixtures();
  });
  after(() => fixtures[Symbol.asyncDispose]());

  for (const { name } of trainingChecks) {
    it(`${name}: its fixture fails it, and nothing that does not depend on it`, async () => {
      const findings = await fixtures.examine(name, trainingChecks, ['train']);
      assert.match(told(findings, name), /^failed: /);
      assert.deepEqual(others(findings, name), []);
    });
  }
});
