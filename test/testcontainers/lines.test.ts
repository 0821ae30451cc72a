import assert from 'node:assert/strict';
import { fail } from '../../src/errors.ts';
import { linesOf, type Telling } from '../../src/testcontainers/lines.ts';
import { failure } from '../support/failure.ts';

describe('lines of containers as a stream', () => {
  const broken: Telling = {
    async *events() {
      yield { event: 'log', message: 'first' } as { event: string };
      throw fail('DiskTrouble', { action: 'read', path: '/logs/algo-1', why: 'input/output error' });
    },
  };

  it('that break off do not end the test run of who only looks on', async () => {
    const seen: string[] = [];
    const stream = linesOf(broken).on('data', (line: string) => seen.push(line));
    await new Promise((resolve) => stream.once('close', resolve)); // not `once`, which takes an error for its own
    assert.deepEqual(seen, ['first\n']);
  });

  it('that break off are told to who iterates', async () => {
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const line of linesOf(broken)) seen.push(line);
    };
    await assert.rejects(read(), failure('DiskTrouble', /input\/output error/));
    assert.deepEqual(seen, ['first\n']);
  });
});
