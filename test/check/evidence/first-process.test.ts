import assert from 'node:assert/strict';
import { readListeners } from '../../../src/check/evidence/listeners.ts';
import { hearsTerm, readTermSignal } from '../../../src/check/evidence/signals.ts';

describe('the first process of a container', () => {
  const status = (signals: Partial<Record<'SigBlk' | 'SigIgn' | 'SigCgt', string>>, state = 'S (sleeping)'): string => {
    const masks = Object.entries({ SigBlk: '0', SigIgn: '0', SigCgt: '0', ...signals });
    return `Name:\tpython3\nState:\t${state}\n${masks.map(([name, mask]) => `${name}:\t${mask.padStart(16, '0')}`).join('\n')}\n`;
  };

  it('hears SIGTERM where it has a handler, or waits for it as init processes do', () => {
    const seen = { SigCgt: '4a03', SigBlk: 'fffffffe7fffbaff', SigIgn: '5000' };
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

  it('listens on addresses as people write them', () => {
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const row = (local: string, state = '0A'): string =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1\n`;
    assert.deepEqual(readListeners(head + row('00000000:1F90') + row('0100007F:1F91') + row('0100007F:1F92', '01')), [
      { address: '0.0.0.0', port: 8080 },
      { address: '127.0.0.1', port: 8081 },
    ]);
    const of = (hex: string): string | undefined => readListeners(head + row(`${hex}:1F90`))[0]?.address;
    assert.equal(of('0'.repeat(32)), '::');
    assert.equal(of(`${'0'.repeat(24)}01000000`), '::1');
    assert.equal(of('0000000000000000FFFF00000100007F'), '127.0.0.1');
  });
});
