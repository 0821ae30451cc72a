import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, Exit, Seconds, StartedContainer } from '../../engine/engine.ts';
import type { Address } from '../../hosting/ping.ts';
import { call, outcomeOf, type Reply } from './http-call.ts';
import { isLoopback, type Listener, listenersOf } from './listeners.ts';

/** How a container came up. */
export type StartUp =
  /** `ping`: seconds that the first good answer took. */
  | { readonly state: 'ready'; readonly after: Seconds; readonly ping: Seconds }
  /** Its program cannot be executed. */
  | { readonly state: 'not-startable'; readonly why: string }
  | { readonly state: 'ended'; readonly exit: Exit; readonly after: Seconds; readonly hasListened: boolean }
  /** It listens on its port, but only for itself. */
  | { readonly state: 'loopback'; readonly address: string }
  /** Another port answers GET /ping. */
  | { readonly state: 'elsewhere'; readonly port: number }
  /** Nothing listens on its port. */
  | { readonly state: 'silent'; readonly after: Seconds; readonly listeners: readonly Listener[] | undefined }
  /** Something listens, and /ping is not answered as it should be. */
  | {
      readonly state: 'unhealthy';
      readonly after: Seconds;
      readonly last: Reply;
      /** The window was not over, but it is refused again and again, and nothing else goes on. */
      readonly isCutShort: boolean;
    };

/** The container whose start is watched. */
export interface Starting {
  readonly address: Address | undefined;
  /** What the engine knows it by; undefined where it was gone at once. */
  readonly container: StartedContainer | undefined;
  readonly port: number;
  /** How it ended, as soon as it has. */
  readonly ended: () => Exit | undefined;
  /** Aborts then. */
  readonly gone: AbortSignal;
  /** Whether it has done anything, other than to answer pings, since this was asked last. */
  readonly hasWorked: () => Promise<boolean>;
}

/** What the wait for it goes by. */
export interface Patience {
  /** The whole window. */
  readonly startup: Seconds;
  /** What an answer to /ping may take. */
  readonly ping: Seconds;
  /** How long a refusal goes on before it is final; `refusedFor` by default. */
  readonly refusal?: Seconds;
}

/**
 * Pings until the first good answer, within the window; ends sooner where nothing can come of it any more. Errors: trouble of the engine, the
 * signal's reason.
 */
export async function untilUp(engine: Engine, starting: Starting, patience: Patience, signal: AbortSignal): Promise<StartUp> {
  const { address, ended, gone } = starting;
  const since = performance.now();
  const after = (): Seconds => (performance.now() - since) / 1000;
  const steady = new Steady(patience.refusal ?? refusedFor);
  let last: Reply | undefined;
  let listeners: readonly Listener[] | undefined;
  let isListening = false;
  let lookAt = firstLook;
  for (let wait = shortestWait; ; wait = Math.min(wait * 2, last ? waitOnceAnswered : longestWait)) {
    signal.throwIfAborted();
    const exit = ended();
    if (exit || !address)
      return { state: 'ended', exit: exit ?? { code: 0, oomKilled: false }, after: after(), hasListened: last !== undefined };
    const timeout = Math.max(patience.ping, Math.min(latest, patience.startup - after()));
    const reply = await call(address, { path: '/ping', timeout, gone }, signal);
    if (reply.status === 200 && reply.took <= patience.ping) return { state: 'ready', after: after(), ping: reply.took };
    if (!isRefusal(reply) && (isListening || !isDropped(reply))) last = reply;
    if (last && steady.isCertain(last, isNoTrouble(last) && !ended() && (await starting.hasWorked()))) {
      return { state: 'unhealthy', after: after(), last, isCutShort: isNoTrouble(last) };
    }
    if (!last && after() > lookAt) {
      lookAt = after() + betweenLooks;
      listeners = starting.container && !ended() ? await listenersOf(engine, starting.container) : undefined;
      isListening = listeners?.some((each) => each.port === starting.port && !isLoopback(each)) ?? false;
      const wrong = await misplaced(address, listeners ?? [], starting.port, signal);
      if (wrong && steady.isCertain(wrong)) return wrong;
    }
    if (after() >= patience.startup && !ended()) {
      if (last) return { state: 'unhealthy', after: after(), last, isCutShort: false };
      return { state: 'silent', after: after(), listeners };
    }
    if (!gone.aborted) await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Milliseconds between pings. The cloud waits 5 s; here nobody should wait for a server that is ready. */
const shortestWait = 5;
const longestWait = 50;

/** Once someone answers: each ping may be a line of the log. */
const waitOnceAnswered = 1000;

/** Seconds for which an answer to /ping is waited for, so that one that comes too late can be told from none. */
const latest = 10;

/** Seconds until the sockets of a silent container are looked at, and from one look to the next. */
const firstLook = 0.5;
const betweenLooks = 0.5;

/** Nobody was there to answer. */
const isRefusal = (reply: Reply): boolean => reply.status === undefined && ['ECONNREFUSED', 'EHOSTUNREACH', 'ended'].includes(reply.code);

/** An engine's relay of ports accepts for a server that is not there, and drops it: a server that is there may do that too. */
const isDropped = (reply: Reply): boolean => reply.status === undefined && ['ECONNRESET', 'EPIPE', 'closed'].includes(reply.code);

/** Whether the server listens where nobody looks for it. */
async function misplaced(
  { host }: Address,
  listeners: readonly Listener[],
  port: number,
  signal: AbortSignal,
): Promise<Extract<StartUp, { state: 'loopback' | 'elsewhere' }> | undefined> {
  const own = listeners.filter((each) => each.port === port);
  if (own.length > 0) {
    const [first] = own;
    return first && own.every(isLoopback) ? { state: 'loopback', address: first.address } : undefined;
  }
  for (const other of listeners.filter((each) => !isLoopback(each))) {
    const reply = await call({ host, port: other.port }, { path: '/ping', timeout: 2 }, signal);
    if (reply.status === 200) return { state: 'elsewhere', port: other.port };
  }
  return undefined;
}

/** Whether what is seen again and again will not change any more: most servers fail for a while before they work. */
class Steady {
  readonly #refusedFor: Seconds;
  #seen = '';
  #since = 0;
  #quietSince = 0;
  #count = 0;

  constructor(refusedForSeconds: Seconds) {
    this.#refusedFor = refusedForSeconds;
  }

  isCertain(what: Reply | StartUp, hasWorked = false): boolean {
    const now = performance.now() / 1000;
    const seen = 'state' in what ? what.state : outcomeOf(what).replace(/^status 200$/, 'late');
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = now;
      this.#count = 0;
    }
    if (this.#count === 0 || hasWorked) this.#quietSince = now;
    this.#count += 1;
    if ('state' in what) return now - this.#since >= misplacedFor;
    if (what.status === 200) return this.#count >= lateTimes;
    const isQuiet = now - this.#quietSince >= Math.min(quietFor, this.#refusedFor);
    return isNoTrouble(what) && isQuiet && now - this.#since >= this.#refusedFor;
  }
}

/** What a server answers that thinks nothing of it, so that it will mostly go on to: a path that is not there, another place, no HTTP. */
const isNoTrouble = (reply: Reply): boolean =>
  reply.status === undefined ? reply.code !== 'late' : reply.status < 500 && reply.status !== 200;

/** Seconds. A server in front of another may come up after it: both look like this until then. */
const misplacedFor = 3;

/** Seconds for which /ping is answered with the same, be it a status below 500 or a connection that is closed. Answers that fail are normal at a start: contract hosting §5.1. */
const refusedFor = 60;

/** Seconds in which nothing goes on at the end of those: who loads a model uses a processor, or tells of it. */
const quietFor = 10;

/** Good answers in a row that came too late. */
const lateTimes = 3;
