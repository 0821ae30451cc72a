import assert from 'node:assert/strict';
import type { Update } from '../../src/dev/image-updates.ts';
import { WantedChanges } from '../../src/dev/wanted.ts';
import { fail } from '../../src/errors.ts';
import { failure } from '../support/failure.ts';

const image = { image: { kind: 'image', reference: 'an-image' } } as const;

describe('what is wanted', () => {
  const never = new AbortController().signal;

  it('ends with why nothing can be watched any more, which is told once', async () => {
    const told: unknown[] = [];
    const broken = fail('WatchFailed', { why: 'ENOSPC', isLimit: true });
    const wanted = new WantedChanges({
      changes: { next: () => Promise.reject(broken), overtaken: never },
      updates: { update: async () => ({ kind: 'none' }), rebuild: () => ({ kind: 'build', why: '', image }) },
      onIgnored: () => {},
      onTrouble: (error) => told.push(error),
    });
    await wanted.listen(never);
    await assert.rejects(wanted.next(never), failure('WatchFailed', /ENOSPC/));
    assert.deepEqual(told, []);
  });

  it('is a build as long as one is due', async () => {
    const bursts = [['a.py'], ['b.py']];
    const updates: Update[] = [{ kind: 'patch', image, files: [], notes: [] }];
    const stop = new AbortController();
    const wanted = new WantedChanges({
      changes: {
        async next(signal) {
          const burst = bursts.shift();
          if (burst) return burst;
          return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
        overtaken: never,
      },
      updates: { update: async () => updates[0] as Update, rebuild: () => ({ kind: 'build', why: 'asked for', image }) },
      onIgnored: () => {},
      onTrouble: () => {},
    });
    wanted.rebuild();
    const listened = wanted.listen(stop.signal);
    await new Promise(setImmediate);
    const { image: next, files } = await wanted.next(never);
    assert.equal(next?.kind, 'build');
    assert.deepEqual(files, ['a.py', 'b.py']);
    stop.abort();
    await listened;
  });
});
