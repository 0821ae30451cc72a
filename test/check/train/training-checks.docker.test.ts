import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Examined } from '../../../src/check/examine.ts';
import { trainingChecks } from '../../../src/check/train/training-checks.ts';
import { atATime } from '../../support/at-a-time.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { belowHome } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

/** What takes a way of its own through a trial; test/large/checks-train.large.ts looks at all fixtures, with all checks. */
const some = ['train-exit', 'train-writes', 'train-network', 'train-pipe', 'train-failure-file', 'train-sigterm'];

describe('the checks of training', function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let fixtures: CheckFixtures;
  let found: ReadonlyMap<string, Promise<ReadonlyMap<string, Examined>>>;

  before(async () => {
    directory = await temporaryDirectory();
    fixtures = await CheckFixtures.open(join(directory.path, 'home'));
    // Most of what a trial takes is waiting for the engine, so several of them go on at a time.
    const wanted = [{ name: 'healthy', only: 'train' }, ...some.map((name) => ({ name, only: name }))];
    found = atATime(3, wanted, ({ name, only }) => fixtures.findings(name, { only: [only], parts: ['train'] }));
  });
  after('remove', async () => {
    await Promise.allSettled(found.values());
    await fixtures[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(directory.path), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  it('find nothing in an image that does all of it', async () => {
    const findings = [...((await found.get('healthy'))?.values() ?? [])];
    const notPassed = findings.filter(({ state }) => state !== 'passed').map(({ check, state, text }) => `${check.name} ${state}: ${text}`);
    assert.equal(findings.length, trainingChecks.length);
    assert.deepEqual(
      notPassed.map((text) => text.replace(/:.*/s, '')),
      ['train-hyperparameters inapplicable', 'train-pipe inapplicable'],
    );
  });

  for (const { name, severity } of trainingChecks.filter((check) => some.includes(check.name))) {
    it(`${name} fails for its fixture`, async () => {
      const finding = (await found.get(name))?.get(name);
      assert.equal(finding?.state, 'failed', finding?.text);
      assert.equal(finding.severity, severity);
    });
  }
});
