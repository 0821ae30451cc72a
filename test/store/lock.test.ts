import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { withLock } from '../../src/store/lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a lock', () => {
  it('is had by one at a time, each in its turn, and leaves one empty file', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'lock');
    let inside = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await setImmediate();
      inside -= 1;
      done += 1;
    };
    const isAlive = async () => true;
    await Promise.all(Array.from({ length: 20 }, (_, index) => withLock(path, { holder: `${index}`, isAlive }, work)));
    assert.equal(done, 20);
    assert.equal((await readdir(path)).length, 1);
  });

  it('of a holder that is dead goes to one of those who wait', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'lock');
    const isAlive = async (holder: string) => holder !== 'dead';
    void withLock(path, { holder: 'dead', isAlive }, () => new Promise(() => {}));
    while ((await readdir(path).catch(() => [])).length === 0) await setImmediate();
    let inside = 0;
    const work = async (): Promise<string> => {
      inside += 1;
      assert.equal(inside, 1);
      await setImmediate();
      inside -= 1;
      return 'done';
    };
    const outcomes = await Promise.all([1, 2, 3].map((holder) => withLock(path, { holder: `${holder}`, isAlive }, work)));
    assert.deepEqual(outcomes, ['done', 'done', 'done']);
  });

  it('is free again when the work fails, and is not waited for when the signal aborts', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'lock');
    const isAlive = async () => true;
    const broken = withLock(path, { holder: 'a', isAlive }, async () => {
      throw new Error('it failed');
    });
    await assert.rejects(broken, /it failed/);
    const controller = new AbortController();
    await withLock(path, { holder: 'b', isAlive }, async () => {
      const waiting = withLock(path, { holder: 'c', isAlive, signal: controller.signal }, async () => 'never');
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
    });
    assert.equal(await withLock(path, { holder: 'd', isAlive }, async () => 'done'), 'done');
  });
});
