import { randomUUID } from 'node:crypto';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { internalFailure } from '../contract/runtime-errors.ts';
import { reasonOf } from '../errors.ts';
import { sendError } from './answer.ts';

/** Hands a request as it is to the process that runs its endpoint, and that one's answer back. */
export function forward(request: IncomingMessage, response: ServerResponse, url: string): void {
  const { method, headers, url: path = '/' } = request;
  const { hostname, port } = new URL(url);
  const asked = ask({ hostname, port, path, method, headers, agent: false });
  asked.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    pipeline(answer, response, () => {}); // either side may leave, which ends the other
  });
  asked.on('error', (error) => {
    if (!response.destroyed)
      sendError(response, randomUUID(), internalFailure(`The process of the endpoint did not answer: ${reasonOf(error)}`));
  });
  response.on('close', () => asked.destroy());
  pipeline(request, asked, () => {});
}
