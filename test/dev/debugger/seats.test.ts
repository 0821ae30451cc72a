import assert from 'node:assert/strict';
import { Seats } from '../../../src/dev/debugger/seats.ts';

describe('the port of a container', () => {
  const of = (fleet: string, generation = 'a') => ({ fleet, generation });

  it('is the first for the only one, and for each that comes after it', () => {
    const seats = new Seats();
    for (let time = 0; time < 3; time += 1) {
      using seat = seats.take(of('iris/AllTraffic'));
      assert.equal(seat.number, 0);
    }
  });

  it('is another for each of those that run side by side', () => {
    const seats = new Seats();
    const [first, second] = [seats.take(of('iris/AllTraffic')), seats.take(of('iris/AllTraffic'))];
    assert.deepEqual([first.number, second.number, seats.take(of('iris/Other')).number], [0, 1, 2]);
    first[Symbol.dispose]();
    assert.equal(seats.take(of('iris/AllTraffic')).number, 0);
  });

  it('is that of the container whose place it takes, though that still runs', () => {
    const seats = new Seats();
    const old = [seats.take(of('iris/AllTraffic')), seats.take(of('iris/AllTraffic'))];
    assert.deepEqual([seats.take(of('iris/AllTraffic', 'b')).number, seats.take(of('iris/AllTraffic', 'b')).number], [0, 1]);
    for (const seat of old) seat[Symbol.dispose]();
    assert.equal(seats.take(of('iris/AllTraffic', 'b')).number, 2);
  });

  it('is where a host of a job should be, or the next one', () => {
    const seats = new Seats();
    assert.equal(seats.take(of('job/algo-2'), 1).number, 1);
    assert.equal(seats.take(of('job/algo-1'), 0).number, 0);
    assert.equal(seats.take(of('other/algo-1'), 0).number, 2);
  });
});
