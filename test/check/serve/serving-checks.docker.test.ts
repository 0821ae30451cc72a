import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { servingChecks } from '../../../src/check/serve/serving-checks.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { belowHome } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

/** Each fixture is looked at by its own check here; test/large/checks-serve.large.ts looks at all of them with all checks. */
describe('the checks of serving', function () {
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

  for (const { name, severity } of servingChecks) {
    it(`${name} fails for its fixture`, async () => {
      const finding = (await fixtures.findings(name, { only: [name], parts: ['serve'], serve: { model } })).get(name);
      assert.equal(finding?.state, 'failed', finding?.text);
      assert.equal(finding.severity, severity);
    });
  }
});
