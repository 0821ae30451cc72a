import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { servingChecks } from '../../../src/check/serve/serving-checks.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { eventually } from '../../support/containers.ts';
import { belowHome, testEngine } from '../../support/real-engine.ts';
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

  for (const [what, only] of [
    ['sending what cannot be read', 'serve-survives'],
    ['killing and starting again', 'serve-restart'],
    ['stopping the server', 'serve-stop-time'],
  ] as const) {
    it(`leave nothing when they are interrupted while ${what}`, async () => {
      const interruption = new AbortController();
      const running = async (): Promise<number> =>
        (await testEngine().containers.list({ 'sm-local.name': 'check' })).filter(
          ({ state, labels }) => state === 'running' && labels['sm-local.home']?.startsWith(directory.path),
        ).length;
      let hasBegun = false;
      const onTrial = (tried: string): void => {
        if (tried !== what) return;
        hasBegun = true;
        void eventually(async () => (await running()) === 2, 'the trial has a container of its own').finally(() =>
          interruption.abort(new Error('Ctrl-C')),
        );
      };
      const { signal } = interruption;
      const looked = fixtures.findings('serve-stop-time', { only: [only], parts: ['serve'], serve: { model }, signal, onTrial });
      await assert.rejects(looked, /Ctrl-C/);
      assert.ok(hasBegun);
      assert.deepEqual(await belowHome(directory.path), []);
    });
  }
});
