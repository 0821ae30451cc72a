import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../src/check/check.ts';
import { needsOf } from '../../src/check/examine.ts';
import { servingChecks } from '../../src/check/serve/serving-checks.ts';
import { CheckFixtures } from '../support/check-fixtures.ts';
import { belowHome } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('all checks of serving, looking at each of their fixtures', function () {
  this.timeout(180_000);
  let directory: TemporaryDirectory;
  let fixtures: CheckFixtures;
  let model: string;

  before('a model', async () => {
    directory = await temporaryDirectory();
    model = join(directory.path, 'model');
    await mkdir(model);
    await writeFile(join(model, 'model.json'), '{"lines":3}');
    fixtures = await CheckFixtures.open(join(directory.path, 'home'));
  });
  after('remove', async () => {
    await fixtures[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(directory.path), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  it('find nothing in the healthy one', async () => {
    const found = await fixtures.findings('healthy', { only: ['serve', 'batch'], parts: ['serve'], serve: { model } });
    const states = [...found.values()].map(({ check, state, text }) => `${check.name} ${state}: ${text}`);
    assert.deepEqual(
      states.filter((each) => !/ passed: /.test(each) && !each.startsWith('bind-to-port inapplicable')),
      [],
    );
  });

  for (const { name } of servingChecks) {
    it(`find in that of ${name} what it fails, and nothing else that does not depend on it`, async () => {
      const found = await fixtures.findings(name, { only: ['serve', 'batch'], parts: ['serve'], serve: { model } });
      const own = found.get(name);
      const isForNow = own?.state === 'untested' && /Other programs took/.test(own.text); // a busy machine
      if (!isForNow) assert.equal(own?.state, 'failed', own?.text);
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

const dependsOn = (check: Check, name: string): boolean =>
  needsOf(check).some((need) => need === name || servingChecks.some((each) => each.name === need && dependsOn(each, name)));
