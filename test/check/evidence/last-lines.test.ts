import assert from 'node:assert/strict';
import { LastLines } from '../../../src/check/evidence/last-lines.ts';

describe('the last lines of a container', () => {
  it('leave out what only records requests, and keep what is said of them', () => {
    const log = new LastLines();
    const print = (line: string): void => log.append('stderr', Buffer.from(`${line}\n`));
    const said = [
      'ERROR in app: Exception on /ping [GET]',
      "KeyError: 'GET /invocations'",
      'connect() failed, client: 172.17.0.1, request: "POST /invocations HTTP/1.1", upstream: "http://127.0.0.1:5000"',
    ];
    const access = [
      '172.17.0.1 - - [27/Nov/2026 06:00:00] "GET /ping HTTP/1.1" 404 -',
      'INFO:     172.17.0.1:50000 - "POST /invocations HTTP/1.1" 200 OK',
      'GET /ping 200 0.512 ms - -',
      'INFO:tornado.access:200 GET /ping (172.17.0.1) 0.52ms',
      '172.17.0.1 - - [27/Nov/2026:06:00:00 +0000] "DELETE /models/a1b2 HTTP/1.1" 404 0 "-" "AHC/2.0"',
    ];
    for (const line of [...access, ...said, ...access, '']) print(line);
    assert.deepEqual(log.last(), said);
    assert.equal(log.own, said.length);
  });

  it('count a line that comes in pieces once', () => {
    const log = new LastLines();
    for (const piece of ['"GET /pi', 'ng HTTP/1.1" 200', ' -\nloa', 'ding\r\n']) log.append('stdout', Buffer.from(piece));
    assert.equal(log.own, 1);
  });
});
