import type { ServerResponse } from 'node:http';
import type { RuntimeError } from '../contract/runtime-errors.ts';

/** Answers with an error of the runtime API; where the head of an answer is out already, the client's connection is cut instead. */
export function sendError(response: ServerResponse, requestId: string, error: RuntimeError): void {
  const type = error.type === undefined ? [] : ['x-amzn-ErrorType', error.type];
  send(response, error.status, [requestIdHeader, requestId, ...type, 'Content-Type', 'application/json'], Buffer.from(error.body));
}

/** A whole answer in one write. `headers`: `[name, value, …]`. */
export function send(response: ServerResponse, status: number, headers: string[], body: Buffer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, [...headers, 'Content-Length', String(body.length)]);
  if (response.req.complete) response.end(body);
  else linger(response, body);
}

/**
 * A client that still sends would have its connection reset, and might never see the answer: it gets the whole answer now, and the
 * connection is given free when the rest of the request has been read and thrown away.
 */
function linger(response: ServerResponse, body: Buffer): void {
  const request = response.req;
  const timer = setTimeout(() => response.destroy(), longestLinger);
  response.write(body);
  request.on('end', () => response.end());
  response.on('close', () => clearTimeout(timer));
  request.resume();
}

/** Milliseconds; as nginx does (`lingering_time`). */
const longestLinger = 30_000;

/** SDKs read it and people quote it. Source: contract runtime-api §1. */
export const requestIdHeader = 'x-amzn-RequestId';
