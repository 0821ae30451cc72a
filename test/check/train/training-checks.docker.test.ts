import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Examined } from '../../../src/check/examine.ts';
import { trainingChecks } from '../../../src/check/train/training-checks.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { belowHome } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

/** Each fixture is looked at by its own check here; test/large/checks-train.large.ts looks at all of them with all checks. */
describe('the checks of training', function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let fixtures: CheckFixtures;
  let found: ReadonlyMap<string, Promise<ReadonlyMap<string, Examined>>>;

  before(async () => {
    directory = await temporaryDirectory();
    fixtures = await CheckFixtures.open(join(directory.path, 'home'));
    // Most of what a trial takes is waiting for the engine, so several of them go on at a time.
    const wanted = [{ name: 'healthy', only: 'train' }, ...trainingChecks.map(({ name }) => ({ name, only: name }))];
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
    assert.deepEqual(notPassed.map((text) => text.replace(/:.*/s, '')), ['train-hyperparameters inapplicable', 'train-pipe inapplicable']);
  });

  for (const { name, severity } of trainingChecks) {
    it(`${name} fails for its fixture`, async () => {
      const finding = (await found.get(name))?.get(name);
      assert.equal(finding?.state, 'failed', finding?.text);
      assert.equal(finding.severity, severity);
    });
  }
});

/** The results by name, each as soon as it is there. */
function atATime<W extends { readonly name: string }, T>(count: number, work: readonly W[], run: (work: W) => Promise<T>): ReadonlyMap<string, Promise<T>> {
  const lanes = Array.from({ length: count }, () => Promise.resolve());
  return new Map(
    work.map((each, index) => {
      const result = (lanes[index % count] ?? Promise.resolve()).then(() => run(each));
      lanes[index % count] = result.then(
        () => {},
        () => {},
      );
      result.catch(() => {}); // told by the test that awaits it
      return [each.name, result];
    }),
  );
}
