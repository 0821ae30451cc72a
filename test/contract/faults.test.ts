import assert from 'node:assert/strict';
import { faultError, faultNames, faults, latencyAt, outcomeOf, parseFaults } from '../../src/contract/faults.ts';
import { isError } from '../../src/errors.ts';

const refused = (...texts: string[]): { readonly message: string; readonly remedy: string } => {
  try {
    parseFaults(texts);
  } catch (error) {
    assert.ok(isError(error, 'WrongUsage'), String(error));
    return { message: error.message, remedy: error.remedy ?? '' };
  }
  return assert.fail(`${texts.join(' ')} was taken`);
};

describe('faults on demand', () => {
  it('are read from the texts of their flag', () => {
    assert.deepEqual(parseFaults([]), {});
    assert.deepEqual(
      parseFaults(['error=5%', 'timeout=1%', 'reset=0.5%', 'stream-break=0%', 'latency=100ms', 'kill-instance-every=30s', 'seed=7']),
      {
        error: { share: 0.05, kind: 'ServiceUnavailable' },
        timeout: 0.01,
        reset: 0.005,
        'stream-break': 0,
        latency: [{ percentile: 50, seconds: 0.1 }],
        'kill-instance-every': { seconds: 30 },
        seed: 7,
      },
    );
    assert.deepEqual(parseFaults(['error=100%:ModelError']).error, { share: 1, kind: 'ModelError' });
    assert.deepEqual(parseFaults(['kill-instance-every=100requests'])['kill-instance-every'], { requests: 100 });
    assert.deepEqual(parseFaults(['kill-instance-every=1request'])['kill-instance-every'], { requests: 1 });
    assert.deepEqual(parseFaults(['latency=p50:100ms,p99.9:2s']).latency, [
      { percentile: 50, seconds: 0.1 },
      { percentile: 99.9, seconds: 2 },
    ]);
  });

  it('each say what they do', () => {
    for (const name of faultNames) assert.notEqual(faults[name].describe, '', name);
  });

  it('refuse an unknown name, what is no name=value, and the same name twice', () => {
    const { message, remedy } = refused('eror=5%');
    assert.equal(message, 'There is no fault "eror".');
    assert.match(remedy, /^Did you mean error\? There are: latency, error, /);
    assert.equal(refused('error').message, '"error" is not a fault.');
    assert.match(refused('error').remedy, /--fault error=5%/);
    assert.equal(refused('error=1%', 'error=2%').message, 'The fault error is given twice.');
  });

  it('refuse a value that is none, naming fault, value and way out', () => {
    const wrong: readonly (readonly [string, RegExp, RegExp])[] = [
      ['error=5', /^"5" is not a share of the requests \(the fault error\)/, /--fault error=5%/],
      ['timeout=101%', /^"101%" is not a share of the requests \(the fault timeout\)/, /from 0% to 100%/],
      ['reset=-1%', /^"-1%" is not a share .*the fault reset/, /percentage/],
      ['stream-break=', /^"" is not a share .*the fault stream-break/, /percentage/],
      [
        'error=5%:Oops',
        /^"Oops" is not an error of the service \(the fault error\)/,
        /There are: ServiceUnavailable, ThrottlingException, /,
      ],
      ['error=5%:toString', /^"toString" is not an error/, /There are: /],
      ['latency=slow', /^"slow" is not a duration \(the fault latency\)/, /500ms/],
      ['latency=0', /^The fault latency cannot be 0/, /above 0/],
      ['latency=p50', /^"p50" is not a percentile with its time/, /latency=p50:100ms,p99:2s/],
      ['latency=p101:1s', /^"p101:1s" is not a percentile/, /p50:100ms/],
      ['latency=p50:soon', /^"soon" is not a duration \(p50 of the fault latency\)/, /500ms/],
      ['latency=p99:2s,p50:1s', /p50 comes after p99/, /grow from left to right/],
      ['latency=p50:2s,p99:1s', /p99 comes after p50/, /times with them/],
      ['latency=p50:1s,p50:2s', /p50 comes after p50/, /grow/],
      ['kill-instance-every=often', /^"often" is not a duration .*kill-instance-every, which may also be 100requests/, /30s|90s/],
      ['kill-instance-every=0requests', /^The fault kill-instance-every cannot be 0requests/, /one request or more/],
      ['kill-instance-every=0s', /cannot be 0s/, /above 0/],
      ['seed=x', /^"x" is not a seed/, /whole number/],
    ];
    for (const [text, message, remedy] of wrong) {
      const said = refused(text);
      assert.match(said.message, message, text);
      assert.match(said.remedy, remedy, text);
    }
  });

  it('refuse more outcomes than there are requests', () => {
    const { message, remedy } = refused('error=60%', 'timeout=40%', 'reset=0.5%');
    assert.equal(message, 'The faults error, timeout, reset together are 100.5% of the requests.');
    assert.match(remedy, /100% or less/);
    parseFaults(['error=60%', 'timeout=30%', 'reset=10%']);
    parseFaults(['error=33.3%', 'timeout=33.3%', 'reset=33.4%']);
  });
});

describe('what befalls a request', () => {
  it('is one outcome at most, each by its share', () => {
    const settings = parseFaults(['error=10%', 'timeout=20%', 'reset=30%', 'stream-break=40%']);
    const drawn = [0, 0.09, 0.1, 0.29, 0.31, 0.59, 0.61, 0.999].map((number) => outcomeOf(settings, number));
    assert.deepEqual(drawn, ['error', 'error', 'timeout', 'timeout', 'reset', 'reset', 'stream-break', 'stream-break']);
    assert.equal(outcomeOf(parseFaults(['timeout=20%']), 0.2), undefined);
    assert.equal(outcomeOf(parseFaults(['error=0%']), 0), undefined);
    assert.equal(outcomeOf({}, 0), undefined);
  });

  it('is an error as the service words it', () => {
    const met = { place: { endpoint: 'demo', region: 'us-east-1', account: '123456789012' }, variant: 'AllTraffic', container: 'primary' };
    const statuses = (
      ['ServiceUnavailable', 'ThrottlingException', 'InternalFailure', 'ModelError', 'ModelNotReadyException'] as const
    ).map((kind) => {
      const { type, status } = faultError(kind, met);
      assert.equal(type, kind);
      return status;
    });
    assert.deepEqual(statuses, [503, 400, 500, 424, 429]);
    const { OriginalStatusCode, Message } = JSON.parse(faultError('ModelError', met).body);
    assert.equal(OriginalStatusCode, 500);
    assert.match(Message, /^Received server error \(500\) from primary with message "This is a fault on demand/);
  });
});

describe('the latency of a fault', () => {
  const at = (text: string, ...quantiles: number[]): number[] => {
    const { latency = [] } = parseFaults([`latency=${text}`]);
    return quantiles.map((quantile) => Math.round(latencyAt(latency, quantile) * 1000));
  };

  it('is always the same when it is one time', () => {
    assert.deepEqual(at('100ms', 0, 0.5, 0.999), [100, 100, 100]);
    assert.deepEqual(at('p50:100ms', 0, 0.5, 0.999), [100, 100, 100]);
  });

  it('has the percentiles that are given, its logarithm grows evenly between them, and outside them it stands', () => {
    assert.deepEqual(at('p50:100ms,p90:10s', 0, 0.25, 0.5, 0.7, 0.9, 0.99), [100, 100, 100, 1000, 10_000, 10_000]);
    assert.deepEqual(at('p0:1ms,p50:10ms,p100:1s', 0, 0.25, 0.5, 0.75), [1, 3, 10, 100]);
  });
});
