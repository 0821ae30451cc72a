import net from 'node:net';
import type { Readable } from 'node:stream';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { RawHeaders } from '../contract/serving.ts';
import type { Seconds } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { machineTime, type Timekeeper } from '../timekeeper.ts';
import type { Address } from './ping.ts';

export interface UpstreamOptions {
  /** The instance it leads to. */
  readonly instance?: string;
  /** How long the container may take to accept a connection. */
  readonly accept: Seconds;
  /** Connections to one container at most; further calls wait for one. */
  readonly connections?: number;
  /** A connection was refused or broke; told with every such call. */
  readonly onBroken?: () => void;
  /** By which limits are measured; the machine's by default. */
  readonly time?: Timekeeper;
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
  /** Asked when no connection could be made, so that nothing was sent: true when the request goes another way, and the reply hears nothing. */
  readonly onRefused?: (() => boolean) | undefined;
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
  readonly instance: string;
  /** A call has just failed for want of a connection: whoever has a choice asks another one, until a ping says that all is well. */
  isSuspect = false;
  readonly time: Timekeeper;
  readonly #pool: Pool;
  readonly #onBroken: () => void;
  #running = 0;
  #whenIdle: (() => void) | undefined;

  constructor(address: Address, { instance = '', accept, connections = 64, onBroken = () => {}, time = machineTime }: UpstreamOptions) {
    this.address = address;
    this.instance = instance;
    this.time = time;
    this.#onBroken = onBroken;
    this.#pool = new Pool(`http://${address.host}:${address.port}`, {
      connections,
      pipelining: 1, // an answer may be slow and a request cannot be repeated: none must queue behind another
      connect: connector(address, accept, time),
      headersTimeout: 0, // the limit of the whole call is the only one
      bodyTimeout: 0,
      // Shorter than servers commonly keep an idle connection (gunicorn 2 s, uvicorn and Node 5 s), so that none is closed under a request.
      keepAliveTimeout: 1000,
    });
  }

  /** Requests that are held for it or under way. */
  get running(): number {
    return this.#running;
  }

  /** Counts a request from the moment it is chosen for, so that the container is not taken away before its body is there. */
  hold(): void {
    this.#running += 1;
  }

  /** Gives up a hold of which no call became. */
  release(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#whenIdle?.();
  }

  /** Sends what was held for; its end gives up the hold. */
  call(call: Call, reply: Reply): Exchange {
    const exchange = new PoolExchange(call, reply, this);
    const { method, path, headers, body = null } = call;
    this.#pool.dispatch({ method, path, headers, body }, exchange);
    return exchange;
  }

  /** A connection was refused or broke. */
  broken(): void {
    this.isSuspect = true;
    this.#onBroken();
  }

  /** Settles when nothing is under way any more, after `patience`, or when `signal` aborts. */
  async drained(patience: Seconds, signal: AbortSignal): Promise<void> {
    if (this.#running === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience * 1000);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.#whenIdle, { once: true });
    });
    this.#whenIdle = undefined;
  }

  /** Cuts what still runs. */
  close(): Promise<void> {
    return this.#pool.destroy(new Error('the container has ended'));
  }
}

/** Undici's own connector measures such short times by a clock that ticks twice a second. */
function connector({ host, port }: Address, accept: Seconds, time: Timekeeper): buildConnector.connector {
  return (_options, callback) => {
    const socket = net.connect({ host, port, noDelay: true });
    let isOver = false;
    const late = (): void => {
      if (!isOver) socket.destroy(new Error(`no connection within ${accept} s`));
    };
    // In a process that was busy all that time the connection may be there and nobody have looked: a look comes before the verdict.
    const timer = time.after(accept, () => setImmediate(late));
    const failed = (error: Error): void => {
      isOver = true;
      timer[Symbol.dispose]();
      callback(new NotConnected(reasonOf(error), { cause: error }), null);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      isOver = true;
      timer[Symbol.dispose]();
      socket.off('error', failed);
      callback(null, socket);
    });
  };
}

/** Nothing of the request was sent. */
export class NotConnected extends Error {}

class PoolExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #reply: Reply;
  readonly #upstream: Upstream;
  readonly #timer: Disposable;
  readonly #firstTimer: Disposable | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(call: Call, reply: Reply, upstream: Upstream) {
    this.#call = call;
    this.#reply = reply;
    this.#upstream = upstream;
    this.#timer = this.#cutAfter(call.limit, 'whole answer');
    this.#firstTimer = call.firstByte === undefined ? undefined : this.#cutAfter(call.firstByte, 'answer');
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
    this.#firstTimer?.[Symbol.dispose]();
    this.#reply.head(status, (controller.rawHeaders ?? []) as Buffer[]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver && !this.#reply.data(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#end()) this.#reply.ended();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#upstream.broken();
    const isUnsent = error instanceof NotConnected || this.#controller === undefined; // or its container ended while it waited
    if (isUnsent && this.#call.onRefused?.()) this.#end();
    else this.#cut({ kind: 'broken', why: reasonOf(error) });
  }

  #cutAfter(seconds: Seconds, what: string): Disposable {
    return this.#upstream.time.after(seconds, () => this.#cut({ kind: 'timeout', why: `no ${what} within ${seconds} s` }));
  }

  #cut(cut: Cut): void {
    if (!this.#end()) return;
    this.#reply.cut(cut);
    this.#controller?.abort(new Error(cut.why));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer[Symbol.dispose]();
    this.#firstTimer?.[Symbol.dispose]();
    this.#upstream.release();
    return true;
  }
}
