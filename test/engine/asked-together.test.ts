import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { askedTogether } from '../../src/engine/docker/asked-together.ts';

describe('what is asked together', () => {
  it('is asked once in a turn of the event loop, for each question, and again in the next', async () => {
    const questions: string[] = [];
    const ask = askedTogether(async (what) => {
      questions.push(what);
      return `${what} ${questions.length}`;
    });
    assert.deepEqual(await Promise.all(['one', 'other', 'one'].map(ask)), ['one 1', 'other 2', 'one 1']);
    await nextTurn();
    assert.equal(await ask('one'), 'one 3');
  });

  it('fails for all who have asked, and is asked again', async () => {
    let isBroken = true;
    const ask = askedTogether(async () => {
      if (isBroken) throw new Error('no answer');
      return 'answer';
    });
    const asked = [ask('it'), ask('it')];
    for (const each of asked) await assert.rejects(each, /no answer/);
    isBroken = false;
    await nextTurn();
    assert.equal(await ask('it'), 'answer');
  });
});
