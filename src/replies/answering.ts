import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf } from './bytes.ts';
import type { Answer, Reply } from './reply.ts';

/** Sends a reply. Returns when it has gone out, or when `signal` aborts; that it hangs is told by the status alone. */
export async function answerWith(reply: Reply, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const answer: Answer = isWhole(reply) ? { body: reply } : reply;
  const { status = 200, chunks, delay = 0, interval = 0, hangs, closes } = answer;
  await pause(delay, signal);
  if (chunks !== undefined || !(hangs || closes)) {
    const { type, bytes } = chunks === undefined ? bodyOf(answer.body) : { type: typeOf(chunks[0]), bytes: undefined };
    const length = bytes === undefined ? {} : { 'content-length': bytes.length };
    response.writeHead(status, { 'content-type': answer.contentType ?? type, ...length, ...answer.headers });
    if (bytes !== undefined) response.end(bytes);
  }
  for (const [index, chunk] of (chunks ?? []).entries()) {
    if (index > 0) await pause(interval, signal);
    await write(response, chunk);
  }
  if (closes) response.destroy();
  else if (!hangs) response.end();
}

const isWhole = (reply: Reply): reply is string | Uint8Array => typeof reply === 'string' || bytesOf(reply) !== undefined;

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> =>
  milliseconds > 0 ? await sleep(milliseconds, undefined, { signal }) : undefined;

/** Each chunk is out before the next one, also when the connection breaks off then. */
const write = (response: ServerResponse, chunk: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    response.write(chunk, () => resolve()); // whoever has left needs no more
  });

function bodyOf(body: Answer['body']): { readonly type: string; readonly bytes: Buffer } {
  const bytes = bytesOf(body);
  if (bytes) return { type: typeOf(bytes), bytes: Buffer.from(bytes) };
  if (body === undefined || typeof body === 'string') return { type: typeOf(body), bytes: Buffer.from(body ?? '') };
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(body)) };
}

const typeOf = (part: string | Uint8Array | undefined): string =>
  typeof part === 'object' ? 'application/octet-stream' : 'text/plain; charset=utf-8';
