import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fromNow, machineTime, PausableTime } from '../src/timekeeper.ts';

/** Milliseconds until `time` has counted so many. */
const counted = async (time: PausableTime, milliseconds: number): Promise<number> => {
  const began = performance.now();
  await new Promise<void>((resolve) => time.after(milliseconds / 1000, resolve));
  return performance.now() - began;
};

const passing = (milliseconds: number): Promise<number> => counted(new PausableTime(), milliseconds);

describe('time that can be held', () => {
  it('passes as the machine’s own as long as nobody holds it', async () => {
    const time = new PausableTime();
    assert.ok((await counted(time, 50)) >= 20); // timers count from when the loop last looked at the clock
    assert.equal(time.held, 0);
    assert.equal(time.isHeld, false);
  });

  it('lets no limit pass while it is held, and each goes on with what it had left', async () => {
    const time = new PausableTime();
    let isOver = false;
    const limit = new Promise<void>((resolve) =>
      time.after(0.05, () => {
        isOver = true;
        resolve();
      }),
    );
    const hold = time.hold();
    await passing(80);
    assert.equal(isOver, false);
    assert.equal(time.isHeld, true);
    const goesOn = performance.now();
    hold[Symbol.dispose]();
    await limit;
    const took = performance.now() - goesOn;
    assert.ok(took >= 20, `${took} ms`);
    assert.ok(time.held >= 0.07);
  });

  it('begins no limit while it is held', async () => {
    const time = new PausableTime();
    const hold = time.hold();
    const limit = counted(time, 10);
    await passing(40);
    hold[Symbol.dispose]();
    assert.ok((await limit) >= 30);
  });

  it('is held until the last one lets go, each of whom counts once', () => {
    const time = new PausableTime();
    const [one, other] = [time.hold(), time.hold()];
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    assert.equal(time.isHeld, true);
    other[Symbol.dispose]();
    assert.equal(time.isHeld, false);
  });

  it('does not move while it is held', async () => {
    const time = new PausableTime();
    const hold = time.hold();
    const now = time.now();
    await passing(10);
    assert.ok(Math.abs(time.now() - now) < 1);
    hold[Symbol.dispose]();
  });

  it('has not been held yet for what begins now', async () => {
    const time = new PausableTime();
    const before = time.hold();
    await passing(10);
    before[Symbol.dispose]();
    const mine = fromNow(time);
    assert.deepEqual([mine.held, mine.isHeld], [0, false]);
    const hold = time.hold();
    await passing(10);
    assert.equal(mine.isHeld, true);
    hold[Symbol.dispose]();
    assert.ok(mine.held >= 0.005 && mine.held < time.held);
  });

  it('forgets a limit that is not wanted any more, held or not', async () => {
    const time = new PausableTime();
    const gone = new EventTarget();
    const tell = (): void => void gone.dispatchEvent(new Event('over'));
    const over = once(gone, 'over').then(() => 'over');
    time.after(0.001, tell)[Symbol.dispose]();
    const hold = time.hold();
    const limit = time.after(0.001, tell);
    limit[Symbol.dispose]();
    hold[Symbol.dispose]();
    assert.equal(await Promise.race([over, passing(20).then(() => 'nothing')]), 'nothing');
  });
});

describe("the machine's time", () => {
  it('never comes to what a timer of Node cannot count', async () => {
    let isOver = false;
    using _limit = machineTime.after(28 * 24 * 3600, () => {
      isOver = true;
    });
    await passing(5);
    assert.equal(isOver, false);
  });
});
