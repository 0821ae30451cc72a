import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { send } from '../../hosting/answer.ts';
import type { Exchange } from '../service.ts';
import type { Answer } from './call.ts';
import type { S3Error } from './errors.ts';
import { declaration, elements, errorDocument } from './xml-writer.ts';

/**
 * For what may take longer than clients wait: every so many milliseconds they get something, 200 and the beginning of a document first and
 * spaces then, as S3 does it. Whether it went well is in the document.
 */
export function keepWaiting({ response, requestId }: Exchange, every: number): Disposable {
  const timer = setInterval(() => {
    if (begun.has(response)) response.write(' ');
    else {
      begun.add(response);
      response.writeHead(200, [...idHeaders(requestId), ...xmlType]).write(declaration);
    }
  }, every);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const begun = new WeakSet<ServerResponse>();

/** Sends an answer; comes back when it is out or the client has gone. Errors: those of a body that cannot be read to its end. */
export async function sendAnswer({ response, requestId }: Exchange, { status = 200, headers = {}, body }: Answer): Promise<void> {
  const given = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, headerText(String(value))]));
  const head = [...idHeaders(requestId), ...given];
  if (typeof body === 'string') return sendXml(response, status, head, body);
  if (body === undefined) {
    const hasLength = Object.keys(headers).some((name) => name === 'Content-Length');
    if (!hasLength && status !== 204 && status !== 304) head.push('Content-Length', '0');
    response.writeHead(status, head).end();
    return;
  }
  response.writeHead(status, head);
  let failure: unknown;
  body.on('error', (error) => {
    if (!response.destroyed) failure = error; // otherwise the client has had enough
  });
  try {
    await pipeline(body, response);
  } catch {
    if (failure !== undefined) throw failure;
  }
}

/** HEAD gets none of the words. */
export function sendS3Error({ request, response, requestId }: Exchange, resource: string, error: S3Error): void {
  const { code, status, message } = error;
  const hostId = idOf(requestId);
  const details = { Code: code, Message: message, ...error.elements, Resource: resource, RequestId: requestId, HostId: hostId };
  const isHead = request.method === 'HEAD';
  const headers = idHeaders(requestId);
  if (code === 'InvalidRange' && error.elements.ActualObjectSize !== undefined) {
    headers.push('Content-Range', `bytes */${error.elements.ActualObjectSize}`);
  }
  const body = isHead ? '' : errorDocument([elements(details)]);
  if (code === 'RequestTimeout') {
    // Who has stopped sending cannot be waited for.
    response.writeHead(status, [...headers, ...xmlType, 'Connection', 'close', 'Content-Length', String(Buffer.byteLength(body))]);
    response.end(body, () => request.destroy());
  } else sendXml(response, status, headers, body);
}

function sendXml(response: ServerResponse, status: number, headers: string[], body: string): void {
  if (begun.has(response)) response.end(body.slice(declaration.length));
  else send(response, status, [...headers, ...xmlType], Buffer.from(body));
}

const xmlType = ['Content-Type', 'application/xml'];

/** What is not Latin-1, as the bytes of its UTF-8 form: Node sends a character a byte. */
const headerText = (text: string): string => (/[^\0-\xff]/.test(text) ? Buffer.from(text).toString('latin1') : text);

const idHeaders = (requestId: string): string[] => ['x-amz-request-id', requestId, 'x-amz-id-2', idOf(requestId)];

/** Where S3 has the name of a host of its own. */
const idOf = (requestId: string): string => createHash('sha256').update(requestId).digest('base64');
