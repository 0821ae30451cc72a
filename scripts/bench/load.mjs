// A client in a process of its own. Asked `{ url, size, connections, seconds, count }` it posts bodies of that many bytes on so many keep-alive
// connections, one request at a time on each, for so long and at least so often, and answers `{ requests, seconds, p50, p99, failed }`: latencies
// in milliseconds, and how many answers were not a 200. The message 'stop' ends what is under way once it was often enough.

import { Pool } from 'undici';
import { percentile } from './measure.mjs';

let isStopped = false;

process.on('message', async (message) => {
  if (message === 'stop') isStopped = true;
  else process.send(await load(message));
});

async function load({ url, size, connections, seconds, count = 0 }) {
  isStopped = false;
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const request = { method: 'POST', path: pathname, headers: ['Content-Type', 'application/octet-stream'], body: Buffer.alloc(size, 'x') };
  const found = { latencies: [], failed: 0 };
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const isOver = () => found.latencies.length >= count && (isStopped || performance.now() >= until);
  await Promise.all(Array.from({ length: connections }, () => new Promise((resolve) => post(pool, request, found, isOver, resolve))));
  const took = (performance.now() - startedAt) / 1000;
  await pool.close();
  const { latencies, failed } = found;
  return { requests: latencies.length, seconds: took, p50: percentile(latencies, 50), p99: percentile(latencies, 99), failed };
}

/** One request after the other. */
function post(pool, request, found, isOver, done) {
  let askedAt = 0;
  let status = 0;
  const next = () => {
    if (isOver()) return done();
    askedAt = performance.now();
    status = 0;
    pool.dispatch(request, handler);
  };
  const ended = () => {
    found.latencies.push(performance.now() - askedAt);
    if (status !== 200) found.failed += 1;
    next();
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
  next();
}
