import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../../../src/check/check.ts';
import { servingChecks } from '../../../src/check/serve/serving-checks.ts';
import { CheckFixtures } from '../../support/check-fixtures.ts';
import { eventually } from '../../support/containers.ts';
import { belowHome, testEngine } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

/** For what only a container shows; what servers answer is covered by http-checks.test.ts, in this process, and all by test/large. */
const onContainers = ['serve-address', 'serve-read-only-model', 'serve-restart', 'serve-stop-time', 'bind-to-port', 'serve-accept'];

/** They time, and so have the machine to themselves. */
const timing = ['serve-accept'];

/**
 * Fixtures are looked at by their own checks here, several at a time; test/large/checks-serve.large.ts looks at all of them with all checks, one by
 * one.
 */
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

  const looked = async ({ name, severity }: Check): Promise<void> => {
    const finding = (await fixtures.findings(name, { only: [name], parts: ['serve'], serve: { model } })).get(name);
    if (timing.includes(name) && finding?.state === 'untested' && /Other programs took/.test(finding.text)) return; // on a busy machine
    assert.equal(finding?.state, 'failed', `${name}: ${finding?.text}`);
    assert.equal(finding.severity, severity);
  };
  const own = servingChecks.filter(({ name }) => onContainers.includes(name));

  it('fail for their fixtures', async () => {
    const left = own.filter(({ name }) => !timing.includes(name));
    const some = async (): Promise<void> => {
      for (let check = left.shift(); check; check = left.shift()) await looked(check);
    };
    const all = await Promise.allSettled([some(), some(), some()]); // none is cut off by another's failure
    assert.deepEqual(
      all.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : [])),
      [],
    );
  });

  for (const check of own.filter(({ name }) => timing.includes(name))) {
    it(`fail for that of ${check.name}`, () => looked(check));
  }

  for (const [what, only] of [['killing and starting again', 'serve-restart']] as const) {
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
