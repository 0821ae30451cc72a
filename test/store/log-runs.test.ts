import assert from 'node:assert/strict';
import type { LogLine } from '../../src/store/log-reader.ts';
import { merged } from '../../src/store/log-runs.ts';

describe('logs that are read together', () => {
  it('come oldest line first, in the order of the sources where times are the same', async () => {
    const sources = [log('one', [1, 3], [3, 7]), log('two', [2, 3], [], [8, 9]), log('none')];
    const found: string[] = [];
    for await (const { source, lines } of merged(sources)) found.push(`${source} ${lines.map(({ message }) => message).join()}`);
    assert.deepEqual(found, ['one 1', 'two 2', 'one 3', 'one 3', 'two 3', 'one 7', 'two 8,9']);
  });

  it('are handed on a batch at a time where there is one only, with whatever times', async () => {
    const found: number[] = [];
    for await (const { lines } of merged([log('one', [5, 0, 6], [7])])) found.push(lines.length);
    assert.deepEqual(found, [3, 1]);
  });

  it('are let go of when nobody wants more', async () => {
    let isClosed = false;
    async function* batches() {
      try {
        for (;;) yield [line(1)];
      } finally {
        isClosed = true;
      }
    }
    for await (const _run of merged([{ source: 'one', batches: batches() }])) break;
    assert.ok(isClosed);
  });
});

const line = (time: number): LogLine => ({ time, stream: 'stdout', message: `${time}` });

const log = (source: string, ...times: readonly (readonly number[])[]) => ({
  source,
  batches: (async function* () {
    for (const batch of times) yield batch.map(line);
  })(),
});
