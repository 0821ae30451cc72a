import assert from 'node:assert/strict';
import { isDebugger } from '../../../src/dev/debugger/greeting.ts';

describe('who has connected to a debugger port', () => {
  const websocket = 'GET /0a-1b HTTP/1.1\r\nHost: 127.0.0.1:9229\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const cases: readonly (readonly [string, string, boolean | undefined])[] = [
    ['nothing yet', '', undefined],
    ['the first bytes of the Debug Adapter Protocol', 'Content-Le', undefined],
    ['the Debug Adapter Protocol', 'Content-Length: 119\r\n\r\n{', true],
    ['the first line of HTTP', 'GET /json HTTP/1.1\r\n', undefined],
    ['a WebSocket to the inspector', websocket, true],
    ['a header of it in other letters', websocket.replace('Upgrade: websocket', 'upgrade:WebSocket'), true],
    ['a list of what can be debugged', 'GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:9229\r\n\r\n', false],
    ['another protocol', '\x16\x03\x01', false],
    ['a head without an end', `GET /${'a'.repeat(9000)}`, false],
  ];
  for (const [who, text, verdict] of cases) {
    it(`by ${who}: ${verdict === undefined ? 'cannot be told' : verdict ? 'a debugger' : 'none'}`, () => {
      assert.equal(isDebugger(Buffer.from(text)), verdict);
    });
  }
});
