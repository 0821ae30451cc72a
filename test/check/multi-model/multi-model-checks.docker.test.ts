import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../../src/check/check.ts';
import { multiModelChecks } from '../../../src/check/multi-model/multi-model-checks.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { belowHome } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

describe('the checks of multi-model endpoints', function () {
  this.timeout(60_000);
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
  const statesOf = async (name: string): Promise<readonly (readonly [Check, string])[]> => {
    const found = await fixtures.findings(name, { only: ['multi-model'], parts: ['multi-model'], serve: { model } });
    return [...found.values()].map((finding) => [finding.check, `${finding.check.name} ${finding.state}: ${finding.text}`]);
  };

  it('find nothing in an image that does everything', async () => {
    const states = (await statesOf('healthy-multi-model')).map(([, text]) => text);
    assert.equal(states.length, multiModelChecks.length);
    assert.deepEqual(
      states.filter((text) => !/^\S+ passed: /.test(text)),
      [],
    );
  });

  for (const { name } of multiModelChecks) {
    it(`find in that of ${name} what it fails, and nothing else that does not depend on it`, async () => {
      const states = await statesOf(name);
      assert.ok(
        states.some(([, text]) => text.startsWith(`${name} failed: `)),
        states.map(([, text]) => text).join('\n'),
      );
      const others = states.filter(([check, text]) => check.name !== name && !/^\S+ passed: /.test(text));
      const unexpected = others.filter(([check, text]) => !/^\S+ untested: because of: /.test(text) || !dependsOn(check, name));
      assert.deepEqual(
        unexpected.map(([, text]) => text),
        [],
      );
    });
  }
});

const dependsOn = ({ needs = [] }: Check, name: string): boolean =>
  needs.some((need) => need === name || multiModelChecks.some((check) => check.name === need && dependsOn(check, name)));
