import assert from 'node:assert/strict';
import { parseDuration, parseSize } from '../../src/contract/quantities.ts';
import { isError } from '../../src/errors.ts';

const isWrongUsage = (error: unknown): boolean => isError(error, 'WrongUsage');

describe('parseDuration', () => {
  it('reads units from large to small, and bare numbers as seconds', () => {
    const cases = {
      '500ms': 0.5,
      '90s': 90,
      '1h': 3600,
      '1h30m': 5400,
      '45': 45,
      '0': 0,
      '1.5h': 5400,
      '2d': 172_800,
      '1m30s': 90,
      '0.25': 0.25,
      ' 5s ': 5,
      '1s500ms': 1.5,
    };
    for (const [text, seconds] of Object.entries(cases)) assert.equal(parseDuration(text), seconds, text);
    assert.equal(parseDuration('100ms') + parseDuration('200ms'), 0.1 + 0.2);
    assert.equal(parseDuration('300ms'), 0.3);
  });

  it('refuses everything else', () => {
    for (const text of [
      '',
      ' ',
      's',
      '1x',
      '30m1h',
      '1h1h',
      '-1',
      '+1',
      '1e3',
      'Infinity',
      'NaN',
      '1 h',
      '1,5s',
      '.5s',
      '5S',
      `${'9'.repeat(400)}`,
    ]) {
      assert.throws(() => parseDuration(text), isWrongUsage, text);
    }
    assert.throws(() => parseDuration('soon', '--max-run'), /"soon" is not a duration \(--max-run\)/);
  });
});

describe('parseSize', () => {
  it('reads powers of 1000 and of 1024, and bare numbers as bytes', () => {
    const cases = {
      '25MB': 25_000_000,
      '6MiB': 6_291_456,
      '1024': 1024,
      '0': 0,
      '1.5KB': 1500,
      '1kb': 1000,
      '2 GiB': 2_147_483_648,
      '10B': 10,
      '1TB': 1e12,
      '1TiB': 1_099_511_627_776,
      '3KiB': 3072,
      '1gb': 1e9,
    };
    for (const [text, bytes] of Object.entries(cases)) assert.equal(parseSize(text), bytes, text);
  });

  it('refuses everything else, a lone letter too', () => {
    for (const text of ['', 'MB', '25M', '1k', '1 2', '-1', '1e6', '9'.repeat(30), '1PB', '1toString', 'NaN']) {
      assert.throws(() => parseSize(text), isWrongUsage, text);
    }
    assert.throws(() => parseSize('big', '--payload'), /"big" is not a size \(--payload\)/);
  });
});
