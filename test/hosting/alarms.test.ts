import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { AlarmStates } from '../../src/hosting/alarms.ts';

describe('alarms', () => {
  it('are without data until somebody sets them', () => {
    const alarms = new AlarmStates();
    assert.equal(alarms.state('a'), 'INSUFFICIENT_DATA');
    alarms.set('a', 'OK');
    assert.equal(alarms.state('a'), 'OK');
  });

  it('trip a watcher that names them, when they are in ALARM or become so', async () => {
    const alarms = new AlarmStates();
    const { signal } = new AbortController();
    const tripped = alarms.tripped(['a', 'b'], signal);
    alarms.set('c', 'ALARM');
    alarms.set('a', 'OK');
    alarms.set('b', 'ALARM');
    assert.equal(await tripped, 'b');
    assert.equal(await alarms.tripped(['c'], signal), 'c');
  });

  it('trip nobody who has gone', async () => {
    const alarms = new AlarmStates();
    const gone = new AbortController();
    let isTripped = false;
    void alarms.tripped(['a'], gone.signal).then(() => {
      isTripped = true;
    });
    gone.abort();
    alarms.set('a', 'ALARM');
    await turn();
    assert.equal(isTripped, false);
  });
});
