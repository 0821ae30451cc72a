import assert from 'node:assert/strict';
import { earlyFlush } from '../../src/store/early-flush.ts';

describe('a flush that begins early', () => {
  const large = 32 * 1024 * 1024;

  /** Of a file whose disk answers as the list says, and then well. */
  function flushOf(...answers: readonly (Error | undefined)[]) {
    let count = 0;
    const datasync = async (): Promise<void> => {
      const answer = answers[count];
      count += 1;
      if (answer) throw answer;
    };
    return { flush: earlyFlush({ datasync }), count: () => count };
  }

  it('tells in the end what the disk told once, in the middle', async () => {
    const { flush } = flushOf(new Error('EIO'));
    flush.written(large);
    await flush.settled();
    await assert.rejects(flush.end(), /EIO/);
  });

  it('begins with so many bytes, not anew while it runs, and ends with all of them', async () => {
    const { flush, count } = flushOf();
    flush.written(large - 1);
    assert.equal(count(), 0);
    flush.written(1);
    flush.written(large);
    assert.equal(count(), 1);
    await flush.end();
    assert.equal(count(), 2);
  });
});
