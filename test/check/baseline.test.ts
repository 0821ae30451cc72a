import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baselineOf, openBaseline, writeBaseline } from '../../src/check/baseline.ts';
import { type Check, type Finding, failed, passed, untested } from '../../src/check/check.ts';
import type { Examined } from '../../src/check/examine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const of = (name: string, finding: Finding): Examined => {
  const check: Check = { name, area: 'image', proves: 'x', severity: 'error', source: { title: 'y' }, look: async () => finding };
  return { ...finding, check, severity: 'error', took: 0 };
};
const secrets = (...items: readonly string[]): Examined => of('layer-secrets', failed('secrets', { remedy: 'x', items }));

describe('a baseline', () => {
  it('knows a finding as long as it is on nothing new', () => {
    const baseline = baselineOf([{ check: 'layer-secrets', state: 'failed', severity: 'error', items: ['/a', '/b'], text: 'x' }]);
    assert.equal(baseline.knows(secrets('/a')), true);
    assert.equal(baseline.knows(secrets('/a', '/c')), false);
    assert.equal(baseline.knows(of('user', failed('x', 'y'))), false);
  });

  it('knows a finding on nothing in particular by what it says, whatever the figures; exit codes, ports and statuses count', () => {
    const text = 'It ended with exit code 3 after 0.4 s, 12 of 16 requests were answered.';
    const baseline = baselineOf([{ check: 'serve-runs', state: 'failed', severity: 'error', text }]);
    const says = (said: string): boolean => baseline.knows(of('serve-runs', failed(said, 'x')));
    assert.equal(says('It ended with exit code 3 after 1 min, 9 of 16 requests were answered.'), true);
    assert.equal(says('It ended with exit code 7 after 0.4 s, 12 of 16 requests were answered.'), false);
    assert.equal(says('It hangs.'), false);
  });

  it('does not know a finding that is worse than the one that it knows', () => {
    const baseline = baselineOf([{ check: 'serve-payload', state: 'failed', severity: 'warning', text: 'x' }]);
    const found = of('serve-payload', failed('x', 'y'));
    assert.equal(baseline.knows({ ...found, severity: 'warning' }), true);
    assert.equal(baseline.knows(found), false);
  });

  it('takes what could not be tested and what failed for two things', () => {
    const baseline = baselineOf([{ check: 'user', state: 'untested', severity: 'error', text: 'x' }]);
    assert.equal(baseline.knows(of('user', untested('x'))), true);
    assert.equal(baseline.knows(of('user', failed('x', 'y'))), false);
  });

  describe('in a file', () => {
    let directory: TemporaryDirectory;
    beforeEach(async () => {
      directory = await temporaryDirectory();
    });
    afterEach(() => directory[Symbol.asyncDispose]());
    const put = (content: unknown): void =>
      writeFileSync(join(directory.path, 'known.json'), typeof content === 'string' ? content : JSON.stringify(content));
    const open = (isWritten = false) => openBaseline({ baseline: 'known.json', 'write-baseline': isWritten }, directory.path);

    it('is written from what was found, keeps reasons, and what is known of checks that were not made', async () => {
      put({
        version: 1,
        findings: [
          { check: 'user', state: 'failed', severity: 'error', text: 'old', reason: 'the server needs it' },
          { check: 'labels', state: 'failed', severity: 'error', text: 'gone' },
          { check: 'serve-ping', state: 'failed', severity: 'error', text: 'not made this time' },
        ],
      });
      const found = [of('user', failed('new', 'x')), of('labels', passed('x')), secrets('/a')];
      assert.equal(await writeBaseline('known.json', directory.path, found), 3);
      assert.deepEqual(JSON.parse(readFileSync(join(directory.path, 'known.json'), 'utf8')).findings, [
        { check: 'layer-secrets', state: 'failed', severity: 'error', items: ['/a'], text: 'secrets' },
        { check: 'serve-ping', state: 'failed', severity: 'error', text: 'not made this time' },
        { check: 'user', state: 'failed', severity: 'error', text: 'new', reason: 'the server needs it' },
      ]);
      const baseline = await open();
      assert.ok(found.every((finding) => finding.state === 'passed' || baseline.knows(finding)));
    });

    it('must be there, unless it is to be written', async () => {
      await assert.rejects(open(), { code: 'InputNotFound' });
      assert.deepEqual((await open(true)).stale([]), []);
    });

    it('is refused with what is wrong with it', async () => {
      const why = async (content: unknown, text: string): Promise<void> => {
        put(content);
        await assert.rejects(open(), (error: Error) => error.message.includes(text), text);
      };
      await why('{', 'it is no JSON');
      await why({ version: 2 }, 'its version is 2, and only 1 is known');
      await why({ version: 1 }, 'its findings are no list');
      await why({ version: 1, findings: [{ check: 'user', state: 'passed' }] }, 'findings[0] lacks');
    });

    it('is needed where it is to be written', async () => {
      await assert.rejects(openBaseline({ baseline: undefined, 'write-baseline': true }, directory.path), {
        message: '--write-baseline without --baseline: there is no file to write into.',
      });
    });
  });
});
