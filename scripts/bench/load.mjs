// A client in a process of its own. Asked `{ url, size, connections, seconds, count }` it posts bodies of that many bytes on so many keep-alive
// connections, one request at a time on each, for so long and at least so often, and answers `{ requests, seconds, p50, p99, failed }`: latencies
// in milliseconds, and how many answers were not a 200. The message 'stop' ends what is under way once it was often enough. `method`, `headers`
// and a `body` take the place of the usual ones; a `#` in the address or the body is the number of the request, from `first` on.

import { Pool } from 'undici';
import { percentile } from './measure.mjs';

let isStopped = false;

process.on('message', async (message) => {
  if (message === 'stop') isStopped = true;
  else process.send(await load(message));
});

async function load({ url, connections, seconds = 0, count = 0, first = 0, ...asked }) {
  isStopped = false;
  const pool = new Pool(new URL(url).origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const found = { latencies: [], failed: 0 };
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const requestOf = requests(url.slice(new URL(url).origin.length), asked);
  let sent = 0;
  const next = () => {
    if (sent >= count && (isStopped || performance.now() >= until)) return undefined;
    sent += 1;
    return requestOf(first + sent - 1);
  };
  await Promise.all(Array.from({ length: connections }, () => new Promise((resolve) => send(pool, next, found, resolve))));
  const took = (performance.now() - startedAt) / 1000;
  await pool.close();
  const { latencies, failed } = found;
  return { requests: latencies.length, seconds: took, p50: percentile(latencies, 50), p99: percentile(latencies, 99), failed };
}

/** The request of a number. */
function requests(path, { method = 'POST', headers = ['Content-Type', 'application/octet-stream'], size = 0, body = 'x'.repeat(size) }) {
  const one = { method, path, headers, body: method === 'GET' ? null : Buffer.from(body) };
  if (!path.includes('#') && !body.includes('#')) return () => one;
  return (number) => ({
    ...one,
    path: path.replace('#', number),
    ...(one.body && { body: Buffer.from(body.replace('#', number)) }),
  });
}

/** One request after the other. */
function send(pool, next, found, done) {
  let askedAt = 0;
  let status = 0;
  const ask = () => {
    const request = next();
    if (!request) return done();
    askedAt = performance.now();
    status = 0;
    pool.dispatch(request, handler);
  };
  const ended = () => {
    found.latencies.push(performance.now() - askedAt);
    if (status !== 200) found.failed += 1;
    ask();
  };
  const handler = {
    onRequestStart() {},
    onResponseStart(_controller, code) {
      status = code;
    },
    onResponseData() {},
    onResponseEnd: ended,
    onResponseError() {
      status = 0;
      ended();
    },
  };
  ask();
}
