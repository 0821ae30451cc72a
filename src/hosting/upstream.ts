import net from 'node:net';
import type { Readable } from 'node:stream';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { RawHeaders } from '../contract/serving.ts';
import type { Seconds } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import type { Address } from './ping.ts';

export interface UpstreamOptions {
  /** How long the container may take to accept a connection. */
  readonly accept: Seconds;
  /** Connections to one container at most; further calls wait for one. */
  readonly connections?: number;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** As they go out, save Content-Length or Transfer-Encoding of a body. */
  readonly headers: string[];
  readonly body: Buffer | Readable | undefined;
  /** From here to the last byte of the answer. */
  readonly limit: Seconds;
  /** From here to the head of the answer, where that is to come sooner. */
  readonly firstByte?: Seconds | undefined;
}

/** Whom the answer is handed to as it comes. After `ended` or `cut` nothing follows. */
export interface Reply {
  head(status: number, headers: RawHeaders): void;
  /** False asks to be left alone until `resume`. */
  data(chunk: Buffer): boolean;
  ended(): void;
  cut(cut: Cut): void;
}

/** Why there is no whole answer. */
export interface Cut {
  readonly kind: 'timeout' | 'broken';
  readonly why: string;
}

/** A call under way. */
export interface Exchange {
  resume(): void;
  /** Ends it in silence: the reply hears no more. */
  cancel(): void;
}

/** The way to the server in one container. */
export class Upstream {
  readonly address: Address;
  readonly #pool: Pool;
  #running = 0;

  constructor(address: Address, { accept, connections = 64 }: UpstreamOptions) {
    this.address = address;
    this.#pool = new Pool(`http://${address.host}:${address.port}`, {
      connections,
      pipelining: 1, // an answer may be slow and a request cannot be repeated: none must queue behind another
      connect: connector(address, accept),
      headersTimeout: 0, // the limit of the whole call is the only one
      bodyTimeout: 0,
      // Shorter than servers commonly keep an idle connection (gunicorn 2 s, uvicorn and Node 5 s), so that none is closed under a request.
      keepAliveTimeout: 1000,
    });
  }

  /** Calls that have not ended yet. */
  get running(): number {
    return this.#running;
  }

  call(call: Call, reply: Reply): Exchange {
    const exchange = new PoolExchange(call, reply, () => {
      this.#running -= 1;
    });
    this.#running += 1;
    const { method, path, headers, body = null } = call;
    this.#pool.dispatch({ method, path, headers, body }, exchange);
    return exchange;
  }

  /** Cuts what still runs. */
  close(): Promise<void> {
    return this.#pool.destroy(new Error('the container has ended'));
  }
}

/** Undici's own connector measures such short times by a clock that ticks twice a second. */
function connector({ host, port }: Address, accept: Seconds): buildConnector.connector {
  return (_options, callback) => {
    const socket = net.connect({ host, port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${accept} s`)), accept * 1000);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      callback(error, null);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      callback(null, socket);
    });
  };
}

class PoolExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #reply: Reply;
  readonly #release: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #firstTimer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor({ limit, firstByte }: Pick<Call, 'limit' | 'firstByte'>, reply: Reply, release: () => void) {
    this.#reply = reply;
    this.#release = release;
    const cutAfter = (seconds: Seconds, what: string): NodeJS.Timeout =>
      setTimeout(() => this.#cut({ kind: 'timeout', why: `no ${what} within ${seconds} s` }), seconds * 1000);
    this.#timer = cutAfter(limit, 'whole answer');
    this.#firstTimer = firstByte === undefined ? undefined : cutAfter(firstByte, 'answer');
  }

  resume(): void {
    this.#controller?.resume();
  }

  cancel(): void {
    if (this.#end()) this.#controller?.abort(new Error('cancelled'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('cancelled')); // while it waited for a connection
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#isOver || status < 200) return; // 1xx: the answer proper follows
    clearTimeout(this.#firstTimer);
    this.#reply.head(status, (controller.rawHeaders ?? []) as Buffer[]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver && !this.#reply.data(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#end()) this.#reply.ended();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#cut({ kind: 'broken', why: reasonOf(error) });
  }

  #cut(cut: Cut): void {
    if (!this.#end()) return;
    this.#reply.cut(cut);
    this.#controller?.abort(new Error(cut.why));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#firstTimer);
    this.#release();
    return true;
  }
}
