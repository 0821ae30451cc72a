import assert from 'node:assert/strict';
import { closest } from '../../src/contract/closest.ts';

describe('closest', () => {
  const names = ['ping', 'ping-interval', 'payload', 'run'];

  it('finds what was meant in spite of slips and case', () => {
    assert.equal(closest('pign', names), 'ping');
    assert.equal(closest('PING', names), 'ping');
    assert.equal(closest('payloads', names), 'payload');
    assert.equal(closest('pinginterval', names), 'ping-interval');
    assert.equal(closest('rnu', names), 'run');
  });

  it('finds nothing where nothing is near', () => {
    assert.equal(closest('speed', names), undefined);
    assert.equal(closest('', names), undefined);
    assert.equal(closest('x', []), undefined);
    assert.equal(closest('ping'.repeat(1e6), names), undefined);
  });
});
