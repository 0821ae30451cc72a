import assert from 'node:assert/strict';
import { type ProgressEvent, progressMeter } from '../src/progress.ts';

describe('a progress meter', () => {
  function meter() {
    const told: ProgressEvent[] = [];
    let time = 0;
    const made = progressMeter(
      'Copying',
      'bytes',
      (event) => told.push(event),
      () => time,
    );
    return {
      ...made,
      told,
      at: (milliseconds: number, done: number, total?: number): void => {
        time = milliseconds;
        made.update(done, total);
      },
    };
  }

  it('tells the beginning, the end, and in between at most five times a second', () => {
    const { at, end, told } = meter();
    for (let time = 0; time < 1000; time += 10) at(time, time, 2000);
    at(999, 2000, 2000);
    end('done');
    assert.deepEqual(
      told.map(({ state, done }) => [state, done]),
      [
        ['begun', 0],
        ['running', 200],
        ['running', 400],
        ['running', 600],
        ['running', 800],
        ['done', 2000],
      ],
    );
    assert.deepEqual(told.at(-1), { event: 'progress', what: 'Copying', state: 'done', done: 2000, total: 2000, unit: 'bytes' });
  });

  it('knows how fast it was of late', () => {
    const { at, told } = meter();
    at(1000, 1000);
    assert.equal(told.at(-1)?.rate, 1000);
    for (let time = 2000; time <= 20_000; time += 1000) at(time, 1000 + (time - 1000) * 3);
    assert.equal(told.at(-1)?.rate, 3000);
    for (let time = 21_000; time <= 30_000; time += 1000) at(time, 58_000);
    assert.equal(told.at(-1)?.rate, 0);
  });

  it('ends once, and tells nothing after that', () => {
    const { at, end, told } = meter();
    end('failed');
    end('done');
    at(5000, 1);
    assert.deepEqual(
      told.map(({ state }) => state),
      ['begun', 'failed'],
    );
  });
});
