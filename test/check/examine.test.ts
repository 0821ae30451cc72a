import assert from 'node:assert/strict';
import { type Check, type Finding, failed, inapplicable, passed, untested } from '../../src/check/check.ts';
import { type Examined, examine, needsOf, type Selection } from '../../src/check/examine.ts';
import { checks } from '../../src/check/registry.ts';
import { failsOn, selectionOf } from '../../src/check/selection.ts';
import type { Subject } from '../../src/check/subject.ts';
import { fail } from '../../src/errors.ts';

const checkOf = (name: string, finding: Finding | Error, more: Partial<Check> = {}): Check => ({
  ...{ name, area: 'image', proves: 'x', severity: 'error', source: { title: 'y' } },
  ...more,
  async look() {
    if (finding instanceof Error) throw finding;
    return finding;
  },
});

const subjectOf = (more: Partial<Subject> = {}): Subject =>
  ({ whyNot: async () => undefined, signal: new AbortController().signal, ...more }) as Subject;

async function examined(list: readonly Check[], selection?: Selection, subject = subjectOf()): Promise<readonly Examined[]> {
  const all: Examined[] = [];
  for await (const finding of examine(subject, list, selection)) all.push(finding);
  return all;
}

const told = (findings: readonly Examined[]) => findings.map(({ check, state, text }) => `${check.name} ${state}: ${text}`);

describe('an examination', () => {
  it('does not test what depends on a check that has failed, or that could not be tested, and says why', async () => {
    const findings = await examined([
      checkOf('a', failed('broken', 'mend it')),
      checkOf('b', passed('fine'), { needs: ['a'] }),
      checkOf('c', passed('fine'), { needs: ['b'] }),
      checkOf('d', passed('fine')),
      checkOf('e', untested('cannot be told')),
      checkOf('f', passed('fine'), { needs: ['d', 'e'] }),
    ]);
    assert.deepEqual(told(findings), [
      'a failed: broken',
      'b untested: because of: a',
      'c untested: because of: b',
      'd passed: fine',
      'e untested: cannot be told',
      'f untested: because of: e',
    ]);
  });

  it('makes what only must not follow a failure where that could not be tested', async () => {
    const after = checkOf('b', passed('fine'), { unlessFailed: ['a'] });
    assert.deepEqual(told(await examined([checkOf('a', untested('cannot be told here')), after])).at(-1), 'b passed: fine');
    assert.deepEqual(told(await examined([checkOf('a', failed('broken', 'x')), after])).at(-1), 'b untested: because of: a');
  });

  it('leaves out what depends on something that does not apply', async () => {
    const findings = await examined([checkOf('a', inapplicable('nothing')), checkOf('b', passed('fine'), { needs: ['a'] })]);
    assert.deepEqual(told(findings), ['a inapplicable: nothing', 'b inapplicable: as a does not apply']);
  });

  it('leaves out the areas of parts that the image does not play', async () => {
    const subject = subjectOf({ whyNot: async (area) => (area === 'train' ? 'it has no program train' : undefined) });
    const findings = await examined([checkOf('a', passed('x')), checkOf('b', passed('x'), { area: 'train' })], undefined, subject);
    assert.deepEqual(told(findings), ['a passed: x', 'b inapplicable: it has no program train']);
  });

  it('makes what a selected check needs, and tells only what is selected', async () => {
    const list = [checkOf('a', failed('broken', 'x')), checkOf('b', passed('x'), { needs: ['a'] }), checkOf('c', passed('x'))];
    assert.deepEqual(told(await examined(list, { only: ['b'], skip: [] })), ['b untested: because of: a: broken']);
    assert.deepEqual(told(await examined(list, { only: [], skip: ['a', 'b'] })), ['c passed: x']);
    assert.deepEqual(told(await examined(list, { only: ['image'], skip: ['b', 'c'] })), ['a failed: broken']);
  });

  it('takes a trial that the image or its user keeps from being made as not tested, and trouble of the host as trouble', async () => {
    const refused = fail('InputNotFound', { what: '--input', path: '/nowhere' });
    const [finding] = await examined([checkOf('a', refused)]);
    assert.deepEqual([finding?.state, finding?.text], ['untested', refused.message]);
    const away = fail('EngineUnreachable', { where: 'unix:///nowhere', rule: 'a test' });
    await assert.rejects(examined([checkOf('a', away)]), { code: 'EngineUnreachable' });
    await assert.rejects(examined([checkOf('a', new TypeError('a defect'))]), TypeError);
  });

  it('cannot test what an unreadable image plays, and goes on', async () => {
    const unreadable = fail('ImageUnreadable', { image: 'x', why: 'a layer is compressed with zstd' });
    const subject = subjectOf({ whyNot: async (area) => (area === 'train' ? Promise.reject(unreadable) : undefined) });
    const findings = await examined([checkOf('a', passed('x'), { area: 'train' }), checkOf('b', passed('x'))], undefined, subject);
    assert.deepEqual(told(findings), [`a untested: ${unreadable.message}`, 'b passed: x']);
  });

  it('gives a finding its own severity where it has one', async () => {
    const findings = await examined([checkOf('a', failed('x', { remedy: 'y', severity: 'note' })), checkOf('b', failed('x', 'y'))]);
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ['note', 'error'],
    );
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('enough');
    await assert.rejects(examined([checkOf('a', passed('x'))], undefined, subjectOf({ signal: AbortSignal.abort(reason) })), reason);
  });
});

describe('the selection of checks', () => {
  const list = [checkOf('user', passed('x')), checkOf('serve-ping', passed('x'), { area: 'serve' })];

  it('takes names and areas, also several at once', () => {
    assert.deepEqual(selectionOf({ only: ['user,serve'], skip: ['serve-ping'] }, list), { only: ['user', 'serve'], skip: ['serve-ping'] });
  });

  it('refuses what is neither, with the one that was probably meant', () => {
    assert.throws(() => selectionOf({ only: [], skip: ['serve-pong'] }, list), {
      message: '--skip serve-pong: there is no check and no area of this name.',
      remedy: 'Did you mean serve-ping?',
    });
    assert.throws(() => selectionOf({ only: ['zzz'], skip: [] }, list), { remedy: 'There are: image, serve, user, serve-ping.' });
  });

  it('refuses to leave nothing', () => {
    assert.throws(() => selectionOf({ only: ['user'], skip: ['image'] }, list), { message: '--only and --skip leave no check.' });
  });

  it('fails on the severity that is named and on worse', () => {
    const fails = failsOn('warning');
    assert.deepEqual([fails('error'), fails('warning'), fails('note')], [true, true, false]);
    assert.deepEqual([failsOn()('error'), failsOn()('warning')], [true, false]);
    assert.throws(() => failsOn('fatal'), { code: 'WrongUsage', message: '--fail-on fatal: there is no such severity.' });
  });
});

describe('the list of checks', () => {
  it('names what a check needs before the check', () => {
    const seen = new Set<string>();
    for (const check of checks) {
      const { name } = check;
      assert.ok(!seen.has(name), `${name} is there twice`);
      for (const need of needsOf(check)) assert.ok(seen.has(need), `${name} needs ${need}`);
      seen.add(name);
    }
  });
});
