import assert from 'node:assert/strict';
import { ownTurn } from '../../src/store/own-turn.ts';

describe('a turn of the event loop', () => {
  it('is each one’s own, so that one has gone on before the next begins', async () => {
    const story: string[] = [];
    const begin = async (name: string): Promise<void> => {
      await ownTurn();
      for (const step of [1, 2, 3]) {
        story.push(`${name}${step}`);
        await Promise.resolve();
      }
    };
    await Promise.all(['a', 'b', 'c'].map(begin));
    assert.deepEqual(story, ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3']);
  });
});
