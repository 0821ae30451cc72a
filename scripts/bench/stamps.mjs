// A client in a process of its own, for streams of chunks that carry the moment they were written (container/program.c). Asked
// `{ url, chunks, pause }` it answers `{ p50, seconds, chunks }`: the median delay of a chunk in milliseconds, the time of the whole.

import http from 'node:http';
import { percentile } from './measure.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

process.on('message', async (job) => process.send(await read(job)));

function read({ url, chunks, pause }) {
  const body = JSON.stringify({ chunks, pause });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const delays = [];
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      const isEventStream = response.headers['content-type'] === 'application/vnd.amazon.eventstream';
      const take = isEventStream ? messages(delays) : (chunk) => stamps(chunk, delays);
      response.on('data', take).once('error', reject);
      response.once('end', () => {
        const seconds = (performance.now() - startedAt) / 1000;
        resolve({ p50: percentile(delays, 50), seconds, chunks: delays.length });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

const length = 20;

/** Chunks come whole, but several of them may come at once. */
function stamps(chunk, delays) {
  const now = process.hrtime.bigint();
  for (let at = 0; at + length <= chunk.length; at += length) delays.push(Number(now - BigInt(chunk.latin1Slice(at, at + length))) / 1e6);
}

/** The payloads of an event stream: total length, length of the headers, checksum, headers, payload, checksum. */
function messages(delays) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 12 && rest.length >= rest.readUInt32BE(0)) {
      const total = rest.readUInt32BE(0);
      stamps(rest.subarray(12 + rest.readUInt32BE(4), total - 4), delays);
      rest = rest.subarray(total);
    }
  };
}
