import assert from 'node:assert/strict';
import { metricExtractor } from '../../src/contract/metrics.ts';
import { isError } from '../../src/errors.ts';
import { Random } from '../store/random.ts';

interface Metric {
  readonly name: string;
  readonly value: number;
}

const reader = (...definitions: Parameters<typeof metricExtractor>[0]): ((line: string) => readonly Metric[]) => {
  const extract = metricExtractor(definitions);
  return (line) => {
    const found: Metric[] = [];
    extract(line, (name, value) => found.push({ name, value }));
    return found;
  };
};

const extract = (regex: string, line: string): readonly number[] => reader({ Name: 'm', Regex: regex })(line).map(({ value }) => value);

describe('metricExtractor', () => {
  it('takes the first capture group of every match of every definition', () => {
    const read = reader({ Name: 'loss', Regex: 'loss=([0-9.]+)' }, { Name: 'acc', Regex: 'acc=([0-9.]+)(%)?' });
    assert.deepEqual(read('loss=0.5 acc=91% loss=0.25'), [
      { name: 'loss', value: 0.5 },
      { name: 'loss', value: 0.25 },
      { name: 'acc', value: 91 },
    ]);
    assert.deepEqual(read('nothing'), []);
    assert.deepEqual(read('loss=1'), [{ name: 'loss', value: 1 }]);
  });

  it("understands AWS's own examples", () => {
    assert.deepEqual(extract('Loss = (.*?);', 'GAN_loss=0.1;  Loss = 16.020744; extra'), [16.020744]);
    assert.deepEqual(
      extract('#quality_metric: host=\\S+, train rmse <loss>=(\\S+)', '#quality_metric: host=algo-1, train rmse <loss>=2.5e-05'),
      [0.000025],
    );
  });

  it('reads signs, exponents and blanks around the number', () => {
    assert.deepEqual(extract('v=(\\S+)', 'v=1e-3 v=-2.5E+2 v=+3 v=.5 v=7.'), [0.001, -250, 3, 0.5, 7]);
    assert.deepEqual(extract('v=(.*);', 'v= 4 ;'), [4]);
  });

  it('has the double next to what was printed, as Number has, whatever its digits', () => {
    const random = new Random(7);
    for (let time = 0; time < 20_000; time += 1) {
      const digits = Array.from({ length: 1 + random.integer(18) }, () => random.integer(10)).join('');
      const at = random.integer(digits.length + 1);
      const text = random.integer(4) === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
      assert.deepEqual(extract('v=(\\S+)', `v=${text}`), [Number(text)], text);
    }
    assert.deepEqual(
      extract('v=(\\S+)', 'v=0.1 v=123456789012345 v=.00000000000001 v=00.30 v=. v=9007199254740993'),
      [0.1, 123456789012345, 1e-14, 0.3, 9007199254740992],
    );
  });

  it('skips what is not a number', () => {
    assert.deepEqual(extract('v=(\\S*)', 'v=nan v=inf v=Infinity v=1.2.3 v= v=12px v=0x10 v=0b1 v=1e400 v=1_000 v=1,5 v=- v=e5 v=5'), [5]);
    assert.deepEqual(extract('v=(\\s*);', 'v=  ;'), []);
    assert.deepEqual(extract('v=(\\S+)', `v=${'9'.repeat(200_000)}x`), [], 'at once');
    assert.deepEqual(extract('a(\\d)?b', 'ab a1b'), [1]);
    assert.deepEqual(extract('no group', 'no group'), []);
  });

  it('comes to an end on matches without length', () => {
    assert.deepEqual(extract('(\\d*)', 'a1b22'), [1, 22]);
    assert.deepEqual(extract('', 'abc'), []);
  });

  it('starts afresh on every line', () => {
    const read = reader({ Name: 'm', Regex: '^x=(\\d+)' });
    assert.deepEqual(read('x=1'), [{ name: 'm', value: 1 }]);
    assert.deepEqual(read('x=2'), [{ name: 'm', value: 2 }]);
  });

  it('refuses a regex that cannot be read, naming it', () => {
    assert.throws(
      () => metricExtractor([{ Name: 'loss', Regex: 'loss=(' }]),
      (error: unknown) =>
        isError(error, 'InvalidRequest') &&
        error.message.includes('"loss"') &&
        error.message.endsWith('loss=(') &&
        error.cause !== undefined,
    );
    assert.throws(() => metricExtractor([{ Name: 'p', Regex: '(?P<value>\\d+)' }]), /"p" cannot be used/);
  });
});
