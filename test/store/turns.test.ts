import assert from 'node:assert/strict';
import { ownTurn, Turns } from '../../src/store/turns.ts';

describe('turns', () => {
  it('let so many work at once, first come, first served', async () => {
    const turns = new Turns(2);
    const story: string[] = [];
    const ends: (() => void)[] = [];
    const taken = ['a', 'b', 'c'].map((name) =>
      turns.take(async () => {
        story.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    assert.deepEqual(story, ['a', 'b']);
    ends[1]?.();
    await taken[1];
    assert.deepEqual(story, ['a', 'b', 'c']);
    ends[0]?.();
    ends[2]?.();
    await Promise.all(taken);
  });

  it('go to the next one when the work of one fails', async () => {
    const turns = new Turns(1);
    await assert.rejects(
      turns.take(async () => {
        throw new Error('it failed');
      }),
      /it failed/,
    );
    assert.equal(await turns.take(async () => 'next'), 'next');
  });

  it('of the event loop are each one’s own, so that one has gone on before the next begins', async () => {
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
