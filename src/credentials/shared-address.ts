import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.ts';

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

export interface SharedAddressOptions {
  readonly address: HttpAddress;
  /** Answers what is asked there while this process listens. */
  readonly answer: RequestListener;
  /** Makes the host an address of this machine. Errors: whatever that has. */
  readonly makeHost: () => Promise<void>;
  /** Told when it cannot be had any more after it was. */
  readonly onLost: (error: unknown) => void;
}

/**
 * An address that many processes answer at, one at a time: the one that listens. All others keep a connection to it; when it ends, however
 * it does, the system closes those, and whoever is first listens in its place. What is asked in between is refused, and asked again by
 * AWS's clients.
 */
export class SharedAddress implements AsyncDisposable {
  readonly #options: SharedAddressOptions;
  #hold: Hold | undefined;
  #taking: Promise<Hold> | undefined;
  #isOver = false;

  constructor(options: SharedAddressOptions) {
    this.#options = options;
  }

  /**
   * Settles when this process listens, or stands behind one that does. Errors: CredentialsUnavailable when neither can be; whatever making
   * the host has.
   */
  async take(): Promise<Hold['kind']> {
    const { address, makeHost } = this.#options;
    if (this.#hold) {
      if (!(await isHere(address.host))) await makeHost(); // somebody has removed it meanwhile; who listened there still does
      return this.#hold?.kind ?? (await this.take());
    }
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return (await this.#taking).kind;
  }

  /** Runs `work` while nobody else can listen there, and listens no more. Undefined, and nothing is run, where somebody does or waits to. */
  async alone<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { address, answer } = this.#options;
    const hold = this.#hold ?? (await listen(address, answer));
    const isFree =
      typeof hold === 'object'
        ? hold.kind === 'listening' && hold.successors.size === 0
        : hold === 'EADDRNOTAVAIL' || (hold === 'EACCES' && (await ask(address, '/')) === undefined);
    if (!isFree) return undefined;
    try {
      return await work();
    } finally {
      this.#hold = undefined;
      if (typeof hold === 'object') await hold.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#taking?.catch(() => {}); // whoever waits for it hears of it
    const hold = this.#hold;
    this.#hold = undefined;
    await hold?.end();
  }

  async #take(): Promise<Hold> {
    const { address, makeHost } = this.#options;
    for (let pause = 1; ; ) {
      const listening = await listen(address, this.#options.answer);
      if (typeof listening === 'object') {
        this.#hold = listening;
        return listening;
      }
      if (listening === 'EADDRNOTAVAIL') {
        await makeHost();
        continue;
      }
      if (listening === 'EACCES') throw notPermitted(address); // whoever listens there is another user's
      if (listening !== 'EADDRINUSE') throw unlistenable(address, listening);
      const front = await standBehind(address);
      if (typeof front === 'object') {
        this.#hold = front;
        front.ended.then(() => this.#succeed());
        return front;
      }
      if (front === 'strange') throw taken(address);
      if (front === 'silent') throw taken(address, 'does not answer');
      // Who listened has just ended, or does not answer yet.
      if (pause > longestPause) throw taken(address);
      await sleep(pause);
      pause *= 2;
    }
  }

  #succeed(): void {
    this.#hold = undefined;
    if (!this.#isOver) this.take().catch(this.#options.onLost);
  }
}

/** Milliseconds between attempts; with those before it, half a second. */
const longestPause = 256;

type Hold =
  | {
      readonly kind: 'listening';
      readonly successors: ReadonlySet<ServerResponse>;
      /** Lets a successor listen at once; settles when whoever had asked already has been answered. */
      readonly end: () => Promise<void>;
    }
  | { readonly kind: 'behind'; readonly ended: Promise<void>; readonly end: () => void };

type Listening = Extract<Hold, { kind: 'listening' }>;
type Behind = Extract<Hold, { kind: 'behind' }>;

/** A server there, or why there is none: the system's code. */
function listen({ host, port }: HttpAddress, answer: RequestListener): Promise<Listening | string> {
  const successors = new Set<ServerResponse>();
  const answering = new Set<Socket>();
  const connections = new Set<Socket>();
  let isEnding = false;
  const server = http.createServer((request, response) => {
    const { socket } = request;
    if (request.url !== successorPath) {
      answering.add(socket);
      response.setHeader('connection', 'close'); // a connection that is kept would end at any moment with whoever listens now
      return answer(request, response);
    }
    if (isEnding) return socket.destroy(); // there is nobody to stand behind
    successors.add(response);
    response.on('close', () => successors.delete(response));
    response.writeHead(200, listenerMark);
    response.flushHeaders(); // and the rest never: that it stays open is the answer
  });
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => {
      connections.delete(socket);
      answering.delete(socket);
    });
  });
  const end = async (): Promise<void> => {
    isEnding = true;
    const closed = once(server, 'close');
    server.close();
    for (const successor of successors) successor.destroy(); // the port is free when they hear of it
    const timers = [
      setTimeout(() => {
        for (const socket of connections) if (!answering.has(socket)) socket.destroy();
      }, requestDelay),
      setTimeout(() => server.closeAllConnections(), patience),
    ];
    await closed;
    for (const timer of timers) clearTimeout(timer);
  };
  return new Promise((resolve) => {
    server.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code));
    server.listen({ host, port, exclusive: true }, () => {
      server.unref();
      resolve({ kind: 'listening', successors, end });
    });
  });
}

/** Milliseconds from a connection of this machine to its request. */
const requestDelay = 25;

/** Waits at the process that listens there. 'gone': nobody does any more; 'strange': it is none of ours; 'silent': stopped, perhaps. */
async function standBehind(address: HttpAddress): Promise<Behind | 'gone' | 'strange' | 'silent'> {
  const asked = await open(address, successorPath);
  if (asked === 'refused') return 'gone';
  if (asked === 'silent') return asked;
  const { request, response } = asked;
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  response.on('error', () => {}); // 'close' follows
  response.resume();
  if (Object.entries(listenerMark).every(([name, value]) => response.headers[name] === value)) {
    request.socket?.unref();
    return { kind: 'behind', ended, end: () => request.destroy() };
  }
  request.destroy();
  return 'strange';
}

/** What is answered there; undefined when nobody answers. */
export async function ask(address: HttpAddress, path: string): Promise<{ readonly status: number; readonly body: string } | undefined> {
  const asked = await open(address, path);
  if (typeof asked === 'string') return undefined;
  try {
    let body = '';
    for await (const chunk of asked.response.setEncoding('utf8')) body += chunk;
    return { status: asked.response.statusCode ?? 0, body };
  } catch {
    return undefined; // it ended meanwhile
  } finally {
    asked.request.destroy();
  }
}

interface Asked {
  readonly request: http.ClientRequest;
  readonly response: IncomingMessage;
}

/** Sends a GET; resolves with the head of the answer. 'refused': nobody listens, or it went; 'silent': nothing came in time. */
function open({ host, port }: HttpAddress, path: string): Promise<Asked | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path, agent: false });
    const timer = setTimeout(() => {
      resolve('silent');
      request.destroy();
    }, patience);
    request.once('response', (response) => resolve({ request, response }));
    request.on('error', () => resolve('refused'));
    request.once('close', () => resolve('refused'));
    request.once('response', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  });
}

/** Whether `host` is an address of this machine. */
export function isHere(host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRNOTAVAIL'));
    server.listen({ host, port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Milliseconds within which a process of this machine answers. */
const patience = 1000;

const successorPath = '/_sm-local/successor';
const listenerMark = { 'sm-local': 'credentials' };

const unlistenable = ({ host, port }: HttpAddress, code: string): Error =>
  fail('CredentialsUnavailable', {
    why: `this process cannot listen on port ${port} of ${host} (${code})`,
    remedy: 'Use --credentials environment.',
  });

export const taken = ({ host, port }: HttpAddress, why = 'is not an sm-local of yours'): Error =>
  fail('CredentialsUnavailable', {
    why: `what listens on port ${port} of ${host} ${why}`,
    remedy: `Stop it (sudo ss -tlnp 'sport = :${port}' names it), or use --credentials environment.`,
  });

export const notPermitted = ({ port }: HttpAddress): Error =>
  fail('CredentialsUnavailable', {
    why: `you may not listen on port ${port}`,
    remedy: `Let ordinary users listen there (sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}), or use --credentials environment.`,
  });
