import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './support/real-engine.ts';

type OrGivenUp = <T>(finding: Promise<T>, signal: AbortSignal) => Promise<T>;

describe('a measurement of the benchmark', () => {
  let orGivenUp: OrGivenUp;
  before(async () => {
    ({ orGivenUp } = (await import(pathToFileURL(join(projectRoot, 'scripts/bench/run-goals.mjs')).href)) as { orGivenUp: OrGivenUp });
  });

  it('that is interrupted has come to its end before what it made is removed', async () => {
    const story: string[] = [];
    const interruption = new AbortController();
    let end = (): void => {};
    const finding = new Promise<void>((resolve) => {
      end = () => {
        story.push('ended');
        resolve();
      };
    });
    const given = orGivenUp(finding, interruption.signal).catch((error: unknown) => story.push(String(error)));
    interruption.abort(new Error('interrupted'));
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    assert.deepEqual(story, []);
    end();
    await given;
    assert.deepEqual(story, ['ended', 'Error: interrupted']);
  });

  it('that fails says why', async () => {
    await assert.rejects(orGivenUp(Promise.reject(new Error('no container')), new AbortController().signal), /no container/);
  });
});
