import assert from 'node:assert/strict';
import { duration, elapsed, size } from '../src/units.ts';

describe('figures for people', () => {
  it('are durations in the two units that matter', () => {
    const cases: readonly (readonly [seconds: number, text: string])[] = [
      [0.04, '0.0 s'],
      [9.94, '9.9 s'],
      [9.96, '10 s'],
      [59.4, '59 s'],
      [59.6, '1 min'],
      [119.7, '2 min'],
      [185, '3 min 5 s'],
      [3599.6, '1 h'],
      [7800, '2 h 10 min'],
      [86_399, '23 h 59 min'],
      [90_000, '1 d 1 h'],
    ];
    for (const [seconds, text] of cases) assert.equal(duration(seconds), text);
  });

  it('are settings as they were given', () => {
    assert.deepEqual([0.25, 2, 2.5, 120].map(elapsed), ['250 ms', '2 s', '2.5 s', '2 min']);
  });

  it('are sizes in powers of a thousand', () => {
    assert.deepEqual([0, 999, 1000, 999_949, 999_950, 1.3e9].map(size), ['0 B', '999 B', '1.0 KB', '999.9 KB', '1.0 MB', '1.3 GB']);
  });
});
