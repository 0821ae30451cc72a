import http, { type IncomingHttpHeaders } from 'node:http';
import net, { type Socket } from 'node:net';
import { platformUserAgent } from '../../contract/serving.ts';
import type { Seconds } from '../../engine/engine.ts';
import type { Address } from '../../hosting/ping.ts';

/** A request to a server in a container. */
export interface Call {
  /** GET by default. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** `/invocations` */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The body goes in chunks, its length untold. */
  readonly isChunked?: boolean;
  /** For the whole answer. */
  readonly timeout: Seconds;
  /** Keeps connections; each call has one of its own by default. */
  readonly agent?: http.Agent;
  /** Aborts when there is nobody left to answer: the network may be long in finding out. */
  readonly gone?: AbortSignal | undefined;
}

export type Reply = Answer | NoAnswer;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** `1.0` or `1.1`. */
  readonly httpVersion: string;
  /** The first 64 KB. */
  readonly body: Buffer;
  /** Until its last byte was here. */
  readonly took: Seconds;
  /** That it came on. */
  readonly socket: Socket;
  /** More came than Content-Length says. */
  readonly isLonger: boolean;
}

export interface NoAnswer {
  readonly status: undefined;
  /** For people: `connect ECONNREFUSED …`, `no answer within 2 s`. */
  readonly why: string;
  /** Of the system: `ECONNREFUSED`; `late` where the time was up. */
  readonly code: string;
  readonly took: Seconds;
  /** Whether all of the request had left this machine. */
  readonly wasSent: boolean;
}

/** One request and its answer, or why there was none. Errors: the signal's reason. */
export async function call({ host, port }: Address, wanted: Call, signal: AbortSignal): Promise<Reply> {
  signal.throwIfAborted();
  const { method = 'GET', path, headers, body, isChunked = false, timeout, agent, gone } = wanted;
  const since = performance.now();
  const took = (): Seconds => (performance.now() - since) / 1000;
  const length = body && !isChunked ? { 'Content-Length': String(body.length) } : {};
  const request = http.request({
    ...{ host, port, path, method, agent: agent ?? false },
    headers: { 'User-Agent': platformUserAgent, ...headers, ...length },
  });
  const reply = await new Promise<Reply | undefined>((resolve) => {
    const giveUp = (why: string, code: string): void => {
      resolve({ status: undefined, why, code, took: took(), wasSent: request.writableFinished });
      request.destroy();
    };
    const cancel = (): void => {
      resolve(undefined);
      request.destroy();
    };
    let hasHead = false;
    let isLonger = false;
    const late = (): void => giveUp(hasHead ? `an answer that had not ended after ${timeout} s` : `no answer within ${timeout} s`, 'late');
    const timer = setTimeout(late, timeout * 1000);
    const miss = (): void => giveUp('the container has ended', 'ended');
    signal.addEventListener('abort', cancel, { once: true });
    gone?.addEventListener('abort', miss, { once: true });
    if (gone?.aborted) miss();
    request.on('response', (response) => {
      hasHead = true;
      const { statusCode = 0, httpVersion, socket } = response;
      const kept: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        if (size < keptBytes) kept.push(chunk);
        size += chunk.length;
      });
      const answer = (): void =>
        resolve({ status: statusCode, headers: response.headers, httpVersion, body: Buffer.concat(kept), took: took(), socket, isLonger });
      response.on('end', answer);
      response.on('error', (error: NodeJS.ErrnoException) =>
        // What is refused before it was all sent may well end in a reset: the refusal counts.
        request.writableFinished ? giveUp(`the answer broke off: ${error.message}`, error.code ?? '') : answer(),
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Node's words for an end without an answer.
      const { message, code = '' } = error;
      isLonger ||= hasHead && code.startsWith('HPE_'); // what follows the answer is none that could be read
      if (!hasHead) giveUp(message === 'socket hang up' ? closed : code.startsWith('HPE_') ? `no HTTP: ${message}` : message, code);
    });
    request.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      gone?.removeEventListener('abort', miss);
      if (!hasHead) giveUp(closed, 'closed');
    });
    if (isChunked) request.write(body ?? '');
    request.end(isChunked ? undefined : body);
  });
  if (reply === undefined) throw signal.reason;
  return reply;
}

const keptBytes = 64 * 1024;

const closed = 'the connection was closed';

/** Whether a call went well: any status from 200 to 299. Source: contract hosting §5.2. */
export const isAccepted = ({ status }: Reply): boolean => status !== undefined && status >= 200 && status < 300;

/** For people: `status 500`, `no answer within 2 s`. */
export const outcomeOf = (reply: Reply): string => (reply.status === undefined ? reply.why : `status ${reply.status}`);

/** The beginning of an answer's body, on one line; of a page in HTML its title. */
export function beginningOf(reply: Reply): string {
  if (reply.status === undefined) return '';
  const beginning = reply.body.toString('utf8', 0, 400);
  const title = /^\s*<(?:!doctype|html)[\s\S]*?<title>([^<]*)/i.exec(beginning)?.[1];
  const text = (title ?? beginning).replace(/\s+/g, ' ').trim();
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** How long a connection takes to be accepted, which then is closed; undefined where that took longer than `patience` or was refused. */
export function connect(address: Address, patience: Seconds, signal: AbortSignal): Promise<Seconds | undefined> {
  return new Promise((resolve) => {
    const since = performance.now();
    const socket = net.connect(address.port, address.host);
    const end = (took: Seconds | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      socket.destroy();
      resolve(took);
    };
    const cancel = (): void => end(undefined);
    const timer = setTimeout(cancel, patience * 1000);
    signal.addEventListener('abort', cancel, { once: true });
    socket.on('connect', () => end((performance.now() - since) / 1000));
    socket.on('error', () => end(undefined));
  });
}
