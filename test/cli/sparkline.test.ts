import assert from 'node:assert/strict';
import { Sparkline } from '../../src/cli/sparkline.ts';

const lineOf = (values: readonly number[], columns?: number): string => {
  const line = new Sparkline(columns);
  for (const value of values) line.add(value);
  return line.toString();
};

describe('the line of a metric', () => {
  it('goes from its least to its greatest value', () => {
    assert.equal(lineOf([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█');
    assert.equal(lineOf([3, 1]), '█▁');
  });

  it('is flat where nothing changes, and is none for a single point', () => {
    assert.equal(lineOf([5, 5, 5]), '▄▄▄');
    assert.equal(lineOf([5]), '');
    assert.equal(lineOf([]), '');
  });

  it('has the same course and no more columns for a million points', () => {
    const line = lineOf(
      Array.from({ length: 1_000_000 }, (_, index) => index),
      40,
    );
    assert.ok(line.length > 20 && line.length <= 41, `${line.length}`);
    assert.ok(line.startsWith('▁') && line.endsWith('█'));
    assert.deepEqual([...line], [...line].sort());
  });

  it('leaves out what is no finite number, and knows its ends', () => {
    const line = new Sparkline();
    for (const value of [2, Number.POSITIVE_INFINITY, Number.NaN, 1, 3]) line.add(value);
    assert.deepEqual([line.first, line.least, line.greatest, line.last, line.toString()], [2, 1, 3, 3, '▅▁█']);
  });
});
