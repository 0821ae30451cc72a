import assert from 'node:assert/strict';
import { Wishes } from '../../src/dev/wishes.ts';

describe('wishes', () => {
  const never = new AbortController().signal;

  it('are handed out when they are there, the latest in place of those before it', async () => {
    const wishes = new Wishes<string>();
    const first = wishes.next(never);
    wishes.put('one');
    assert.equal(await first, 'one');
    wishes.put('two');
    wishes.put('three');
    assert.equal(await wishes.next(never), 'three');
    assert.equal(wishes.arrived.aborted, false);
  });

  it('tell that one has arrived, until it is handed out', async () => {
    const wishes = new Wishes<string>();
    const { arrived } = wishes;
    assert.equal(arrived.aborted, false);
    wishes.put('one');
    assert.equal(arrived.aborted, true);
    await wishes.next(never);
    assert.equal(wishes.arrived.aborted, false);
  });

  it('are not waited for any more when it is over', async () => {
    const over = new AbortController();
    const wish = new Wishes<string>().next(over.signal);
    over.abort(new Error('over'));
    await assert.rejects(wish, { message: 'over' });
  });
});
