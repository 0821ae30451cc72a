import assert from 'node:assert/strict';
import { type Examined, examine } from '../../../src/check/examine.ts';
import { imageChecks } from '../../../src/check/image/image-checks.ts';
import { imageSizeWithin } from '../../../src/check/image/image-size.ts';
import { multiModelLabel } from '../../../src/check/multi-model/multi-model-label.ts';
import type { Image } from '../../../src/engine/engine.ts';
import { Scope } from '../../../src/scope.ts';
import { testEngine } from '../../support/real-engine.ts';
import { askedBy, fixtureDirectory, smallBase, subjectOf } from './fixture-subjects.ts';

const checks = [...imageChecks, multiModelLabel];

/** Those that fail, and those that could not be tested. */
const faults = (findings: readonly Examined[]): readonly string[] =>
  findings.flatMap(({ state, text, check }) =>
    state === 'failed' ? [check.name] : state === 'untested' && !text.startsWith('because of') ? [`${check.name}: ${text}`] : [],
  );

describe('checks of an image that is not run', function () {
  this.timeout(60_000);
  const engine = testEngine();
  const scope = new Scope();
  let base = '';
  let healthy = '';
  const built = async (name: string, buildArguments: Record<string, string>): Promise<Image> => {
    const tag = `sm-local-test/check-${name}:${process.pid}`;
    scope.defer(() => engine.images.remove(tag));
    return await engine.images.build({ directory: fixtureDirectory(name), tag, buildArguments });
  };
  before(async () => {
    base = scope.use(await smallBase(engine)).id;
    healthy = (await built('healthy', { BASE_IMAGE: base })).id;
  });
  after(async () => {
    await scope[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  const examined = async (name: string, image: string, list = checks): Promise<readonly Examined[]> => {
    const found = await engine.images.inspect(image);
    assert.ok(found);
    const findings: Examined[] = [];
    for await (const finding of examine(subjectOf(engine, found, askedBy(name)), list)) findings.push(finding);
    return findings;
  };

  it('find nothing in an image as it should be', async () => {
    const findings = await examined('healthy', healthy);
    assert.deepEqual(faults(findings), []);
    const passed = findings.filter(({ state }) => state === 'passed').length;
    assert.ok(passed >= 12, findings.map(({ check, state, text }) => `${check.name} ${state}: ${text}`).join('\n'));
  });

  for (const { name } of checks.filter((check) => check.name !== 'image-size')) {
    it(`find what is wrong with ${name}, and nothing else`, async () => {
      const findings = await examined(name, (await built(name, { HEALTHY_IMAGE: healthy })).id);
      assert.deepEqual(faults(findings), [name]);
    });
  }

  it('find what is wrong with image-size, and nothing else', async () => {
    const list = checks.map((check) => (check.name === 'image-size' ? imageSizeWithin(1) : check));
    assert.deepEqual(faults(await examined('image-size', (await built('image-size', { HEALTHY_IMAGE: healthy })).id, list)), [
      'image-size',
    ]);
  });
});
