import assert from 'node:assert/strict';
import { limitNames, limits, limitsOf, parseLimits } from '../../src/contract/limits.ts';
import { isError } from '../../src/errors.ts';

const refused = (texts: readonly string[]): { readonly message: string; readonly remedy: string } => {
  try {
    parseLimits(texts);
  } catch (error) {
    assert.ok(isError(error, 'WrongUsage'));
    return error;
  }
  return assert.fail(`not refused: ${texts}`);
};

describe('limits', () => {
  it('are those of the cloud', () => {
    assert.deepEqual(limitsOf('serving'), {
      ping: 2,
      'ping-interval': 5,
      startup: 480,
      download: 3600,
      accept: 0.25,
      invocation: 60,
      stream: 480,
      'stop-grace': 30,
      run: 86_400,
      payload: 26_214_400,
      'payload-warn': 6_291_456,
    });
    assert.equal(limitsOf('training')['stop-grace'], 120);
  });

  it('each say what they limit and who says so', () => {
    for (const name of limitNames) assert.ok(limits[name].describe && limits[name].source, name);
  });

  it('are replaced one by one', () => {
    const overrides = parseLimits(['ping=500ms', 'payload=1MB', 'stop-grace=0', 'run=1h30m', 'accept=1']);
    assert.deepEqual(overrides, { ping: 0.5, payload: 1_000_000, 'stop-grace': 0, run: 5400, accept: 1 });
    assert.equal(limitsOf('training', overrides)['stop-grace'], 0);
    assert.equal(limitsOf('training', overrides).invocation, 60);
    assert.deepEqual(parseLimits([]), {});
  });

  it('refuse an unknown name, and guess what was meant', () => {
    const { message, remedy } = refused(['pign=1s']);
    assert.equal(message, 'There is no limit "pign".');
    assert.match(remedy, /^Did you mean ping\? There are: ping, ping-interval, /);
    assert.match(refused(['speed=1']).remedy, /^There are: /);
    assert.match(refused(['toString=1']).message, /There is no limit "toString"/);
    assert.match(refused(['=1']).message, /There is no limit ""/);
  });

  it('refuse a value that is none, naming limit, value and way out', () => {
    assert.equal(refused(['ping=soon']).message, '"soon" is not a duration (the limit ping).');
    assert.match(refused(['ping=soon']).remedy, /500ms/);
    assert.equal(refused(['payload=5m']).message, '"5m" is not a size (the limit payload).');
    assert.equal(refused(['ping=']).message, '"" is not a duration (the limit ping).');
    assert.equal(refused(['ping=-1s']).message, '"-1s" is not a duration (the limit ping).');
  });

  it('refuse zero where nothing could keep it', () => {
    assert.equal(refused(['ping=0']).message, 'The limit ping cannot be 0: nothing could keep it.');
    assert.equal(refused(['payload=0B']).message, 'The limit payload cannot be 0B: nothing could keep it.');
  });

  it('refuse what is no name=value, and the same name twice', () => {
    assert.equal(refused(['ping']).message, '"ping" is not a limit.');
    assert.equal(refused(['ping=1s', 'ping=2s']).message, 'The limit ping is given twice.');
  });

  it('measure patience by a clock that may run faster, and how quick a container is by its own', () => {
    const { ping, startup, invocation, payload, run } = limitsOf('serving', { run: 10 }, { asked: { startup: 120 }, speed: 60 });
    assert.deepEqual({ ping, startup, invocation, payload, run }, { ping: 2, startup: 2, invocation: 1, payload: 26_214_400, run: 10 });
  });
});
