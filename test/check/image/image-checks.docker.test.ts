import assert from 'node:assert/strict';
import type { Check } from '../../../src/check/check.ts';
import { type Examined, examine } from '../../../src/check/examine.ts';
import { imageChecks } from '../../../src/check/image/image-checks.ts';
import { imageSizeWithin } from '../../../src/check/image/image-size.ts';
import { layerWasteAbove } from '../../../src/check/image/layer-waste.ts';
import { multiModelLabel } from '../../../src/check/multi-model/multi-model-label.ts';
import type { Image } from '../../../src/engine/engine.ts';
import { Scope } from '../../../src/scope.ts';
import { testEngine } from '../../support/real-engine.ts';
import { askedBy, fixtureDirectory, smallBase, subjectOf } from './fixture-subjects.ts';

const checks = [...imageChecks, multiModelLabel];

/** Checks of what is large, for fixtures that are not. */
const smaller: Readonly<Record<string, Check>> = {
  'image-size': imageSizeWithin(1),
  'layer-waste': layerWasteAbove({ bytes: 1_000_000, share: 0.1 }),
};

/** Those that fail, and those that could not be tested. */
const faults = (findings: readonly Examined[]): readonly string[] =>
  findings.flatMap(({ state, text, check }) =>
    state === 'failed' ? [check.name] : state === 'untested' && !text.startsWith('because of') ? [`${check.name}: ${text}`] : [],
  );

describe('checks of an image that is not run', function () {
  this.timeout(60_000);
  const engine = testEngine();
  const scope = new Scope();
  const images = new Map<string, Image>();
  const build = async (name: string, buildArguments: Record<string, string>): Promise<Image> => {
    const tag = `sm-local-test/check-${name}:${process.pid}`;
    scope.defer(() => engine.images.remove(tag));
    const image = await engine.images.build({ directory: fixtureDirectory(name), tag, buildArguments });
    images.set(name, image);
    return image;
  };
  before(async () => {
    const base = scope.use(await smallBase(engine));
    const { id } = await build('healthy', { BASE_IMAGE: base.id });
    await Promise.all(checks.map(({ name }) => build(name, { HEALTHY_IMAGE: id })));
  });
  after(async () => {
    await scope[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  const examined = async (name: string, list = checks): Promise<readonly Examined[]> => {
    const image = images.get(name);
    assert.ok(image);
    const findings: Examined[] = [];
    for await (const finding of examine(subjectOf(engine, image, askedBy(name)), list)) findings.push(finding);
    return findings;
  };

  it('find nothing in an image as it should be', async () => {
    const findings = await examined('healthy');
    assert.deepEqual(faults(findings), []);
    const passed = findings.filter(({ state }) => state === 'passed').length;
    assert.ok(passed >= 12, findings.map(({ check, state, text }) => `${check.name} ${state}: ${text}`).join('\n'));
  });

  for (const { name } of checks) {
    it(`find what is wrong with ${name}, and nothing else`, async () => {
      const list = checks.map((check) => (check.name === name ? (smaller[name] ?? check) : check));
      assert.deepEqual(faults(await examined(name, list)), [name]);
    });
  }
});
