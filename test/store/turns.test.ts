import assert from 'node:assert/strict';
import { Turns } from '../../src/store/turns.ts';

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
});
