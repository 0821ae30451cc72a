import assert from 'node:assert/strict';
import { largeBodyWarnings } from '../../src/endpoints/large-bodies.ts';
import { over } from '../support/over.ts';

describe('bodies beyond the older limit', () => {
  it('are warned of once for each endpoint and direction', () => {
    const told: string[] = [];
    const look = largeBodyWarnings(100, (message) => told.push(message));
    for (const [endpoint, sent, received] of [
      ['a', 100, 100],
      ['a', 101, 5],
      ['a', 102, 101],
      ['b', 1, 200],
      ['b', 1, 300],
    ] as const) {
      look(over({ endpoint, sent, received }));
    }
    assert.deepEqual(
      told.map((message) => message.split(':')[0]),
      ['A request of a has 101 bytes', 'An answer of a has 101 bytes', 'An answer of b has 200 bytes'],
    );
  });
});
