import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Check } from '../../src/check/check.ts';
import { trainingChecks } from '../../src/check/train/training-checks.ts';
import { CheckFixtures } from '../support/check-fixtures.ts';
import { belowHome } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('all checks of training, looking at each of their fixtures', function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let fixtures: CheckFixtures;

  before(async () => {
    directory = await temporaryDirectory();
    fixtures = await CheckFixtures.open(join(directory.path, 'home'));
  });
  after('remove', async () => {
    await fixtures[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(directory.path), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  for (const { name } of trainingChecks) {
    it(`find in that of ${name} what it fails, and nothing else that does not depend on it`, async () => {
      const found = await fixtures.findings(name, { only: ['train'], parts: ['train'] });
      assert.equal(found.get(name)?.state, 'failed', found.get(name)?.text);
      const others = [...found.values()].filter(
        ({ check, state }) => check.name !== name && state !== 'passed' && state !== 'inapplicable',
      );
      const unexpected = others.filter(({ check, state }) => state !== 'untested' || !dependsOn(check, name));
      assert.deepEqual(
        unexpected.map(({ check, state, text }) => `${check.name} ${state}: ${text}`),
        [],
      );
    });
  }
});

const dependsOn = ({ needs = [] }: Check, name: string): boolean =>
  needs.some((need) => need === name || trainingChecks.some((check) => check.name === need && dependsOn(check, name)));
