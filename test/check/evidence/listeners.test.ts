import assert from 'node:assert/strict';
import { isLoopback, readListeners } from '../../../src/check/evidence/listeners.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const rest = '00000000:00000000 00:00000000 00000000     0        0 7127 1 0000000000000000 100 0 0 10 0';

describe('listening sockets', () => {
  it('are read from the table of IPv4, established connections left out', () => {
    const table = [
      head,
      `   0: 00000000:1F90 00000000:0000 0A ${rest}`,
      `   1: 0100007F:1388 00000000:0000 0A ${rest}`,
      `   2: 020011AC:1F90 010011AC:C5A4 01 ${rest}`,
    ].join('\n');
    assert.deepEqual(readListeners(table), [
      { address: '0.0.0.0', port: 8080 },
      { address: '127.0.0.1', port: 5000 },
    ]);
  });

  it('are read from the table of IPv6, with IPv4 in its clothes', () => {
    const table = [
      head,
      `   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A ${rest}`,
      `   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A ${rest}`,
      `   2: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A ${rest}`,
      `   3: 000080FE00000000FF42AC0A1DC24DFE:1F93 00000000000000000000000000000000:0000 0A ${rest}`,
    ].join('\n');
    assert.deepEqual(
      readListeners(table).map(({ address }) => address),
      ['::', '::1', '127.0.0.1', 'fe80:0:0:0:aac:42ff:fe4d:c21d'],
    );
  });

  it('of loopback addresses are reached by nobody outside', () => {
    const isReached = (address: string): boolean => !isLoopback({ address, port: 8080 });
    assert.deepEqual(['0.0.0.0', '::', '172.17.0.2', '127.0.0.1', '127.0.0.11', '::1'].map(isReached), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
