import assert from 'node:assert/strict';
import { hearsTerm, readTermSignal } from '../../../src/check/evidence/signals.ts';

describe('the first process of a container', () => {
  const status = (signals: Partial<Record<'SigBlk' | 'SigIgn' | 'SigCgt', string>>, state = 'S (sleeping)'): string => {
    const masks = Object.entries({ SigBlk: '0', SigIgn: '0', SigCgt: '0', ...signals });
    return `Name:\tpython3\nState:\t${state}\n${masks.map(([name, mask]) => `${name}:\t${mask.padStart(16, '0')}`).join('\n')}\n`;
  };

  it('hears SIGTERM where it has a handler, or waits for it as init processes do', () => {
    const seen = { SigCgt: '4a03', SigBlk: 'fffffffe7ffbfeff', SigIgn: '5000' };
    assert.deepEqual(readTermSignal(status({ SigCgt: '0000000000004a03' })), { program: 'python3', on: 'caught' });
    for (const [mask, bits] of Object.entries(seen)) {
      const signal = readTermSignal(status({ [mask]: bits }));
      assert.equal(signal && hearsTerm(signal), mask !== 'SigIgn', mask);
    }
    assert.equal(readTermSignal(status({ SigIgn: '1000', SigCgt: '2' }))?.on, 'default');
  });

  it('tells nothing of one that has ended', () => {
    assert.equal(readTermSignal(''), undefined);
    assert.equal(readTermSignal(status({ SigCgt: '4a03' }, 'Z (zombie)')), undefined);
  });
});
