import { AssertionError } from 'node:assert';
import { fail } from '../errors.ts';
import type { InvocationRecorder } from '../hosting/record-sent.ts';
import { checkMatcher, type Matcher, mismatches, textOf } from '../replies/matcher.ts';
import { ReceivedRequest } from '../replies/received-request.ts';

export interface ReceivedOptions {
  /** Requests that are kept; 1000 by default. */
  readonly requests?: number;
  /** Bytes of their bodies that are kept, all together; 64 MiB by default. */
  readonly bytes?: number;
}

export interface WaitOptions {
  /** Milliseconds; 5000 by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * What the containers of an endpoint have received, in the order in which it came. When there is more than may be kept, the oldest requests go;
 * `count` still counts them, and so does an assertion's message.
 */
export class ReceivedRequests implements Iterable<ReceivedRequest> {
  readonly #limits: Required<ReceivedOptions>;
  readonly #waiting = new Set<(request: ReceivedRequest | undefined) => void>();
  #isOver = false;
  #requests: ReceivedRequest[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor({ requests = 1000, bytes = 64 * 1024 ** 2 }: ReceivedOptions = {}) {
    this.#limits = { requests, bytes };
  }

  /** How many there were, those that are not kept any more included. */
  get count(): number {
    return this.#dropped + this.#requests.length;
  }

  /** Those that are kept, the oldest first. */
  get all(): readonly ReceivedRequest[] {
    return [...this.#requests];
  }

  get last(): ReceivedRequest | undefined {
    return this.#requests.at(-1);
  }

  /** Why no canned reply was for a request, of each that had none. */
  get unmatched(): readonly string[] {
    return this.#requests.flatMap(({ unmatched }) => unmatched ?? []);
  }

  [Symbol.iterator](): Iterator<ReceivedRequest> {
    return this.all[Symbol.iterator]();
  }

  /** For whoever receives them. */
  add(request: ReceivedRequest): void {
    this.#requests.push(request);
    this.#bytes += request.body.length;
    while (this.#requests.length > 1 && (this.#requests.length > this.#limits.requests || this.#bytes > this.#limits.bytes)) {
      this.#bytes -= this.#requests.shift()?.body.length ?? 0;
      this.#dropped += 1;
    }
    for (const tell of [...this.#waiting]) tell(request);
  }

  /** For whoever receives them: no more will come. */
  end(): void {
    this.#isOver = true;
    for (const tell of [...this.#waiting]) tell(undefined);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#requests = [];
    this.#bytes = 0;
    this.#dropped = 0;
  }

  /** Those that are meant. Errors: WrongUsage, for what no matcher can be. */
  matching(matcher: Matcher): readonly ReceivedRequest[] {
    checkMatcher(matcher);
    return this.#requests.filter((request) => mismatches(matcher, request).length === 0);
  }

  /** The first one that is meant, of those that came already or that will. Errors: AssertionError, when none came in time; the signal's reason. */
  async waitFor(matcher: Matcher = {}, { timeout = 5000, signal }: WaitOptions = {}): Promise<ReceivedRequest> {
    signal?.throwIfAborted();
    const [found] = this.matching(matcher);
    if (found) return found;
    if (this.#isOver) throw this.#miss(matcher, 'until it was stopped', 1, 0);
    return await new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        signal?.removeEventListener('abort', aborted);
        how();
      };
      const look = (request: ReceivedRequest | undefined): void => {
        try {
          if (!request) settle(() => reject(this.#miss(matcher, 'until it was stopped', 1, 0)));
          else if (mismatches(matcher, request).length === 0) settle(() => resolve(request));
        } catch (error) {
          settle(() => reject(error)); // the matcher's own, which must not reach whoever sent the request
        }
      };
      const aborted = (): void => settle(() => reject(signal?.reason));
      const late = (): void => settle(() => reject(this.#miss(matcher, `within ${timeout} ms`, 1, 0)));
      const timer = setTimeout(late, timeout);
      this.#waiting.add(look);
      signal?.addEventListener('abort', aborted);
    });
  }

  /** `times`: exactly so often; at least once by default. Errors: AssertionError, which names the nearest miss. */
  assertReceived(matcher: Matcher = {}, { times, ...others }: { readonly times?: number } = {}): void {
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw fail('WrongUsage', { message: `${unknown}: there is no such option.`, remedy: 'There is: times.' });
    if (times !== undefined && (!Number.isInteger(times) || times < 0)) {
      throw fail('WrongUsage', { message: `${times} is no number of requests.`, remedy: 'Give a whole number, 0 or more.' });
    }
    const found = this.matching(matcher).length;
    if (times === undefined ? found === 0 : found !== times) throw this.#miss(matcher, 'so far', times, found);
  }

  /** Errors: AssertionError. */
  assertNothingReceived(): void {
    if (this.count === 0) return;
    throw assertion(`Nothing was to be received, but ${requestsText(this.count)} came.`, [], this.#requests.map(shown));
  }

  /** That there was a canned reply for each of them. Errors: AssertionError, with what did not match. */
  assertAllMatched(): void {
    const { unmatched } = this;
    if (unmatched.length > 0) throw assertion(`${requestsText(unmatched.length)} had no reply.\n${unmatched.join('\n')}`, [], unmatched);
  }

  #miss(matcher: Matcher, when: string, times: number | undefined, found: number): AssertionError {
    const wanted = times === undefined ? 'a request' : requestsText(times);
    const met = found > 0 ? `${found} came` : this.count === 0 ? 'nothing came at all' : `none of ${requestsText(this.count)} is one`;
    const lost = this.#dropped === 0 ? '' : ` (the first ${this.#dropped} are not kept any more)`;
    const nearest = found > 0 ? undefined : this.#nearest(matcher);
    const miss = nearest === undefined ? '' : `\nThe nearest: ${nearest.lacks.join('; ')}.`;
    const text = `Expected ${wanted} with ${textOf(matcher)} ${when}; ${met}${lost}.${miss}`;
    if (nearest && typeof matcher !== 'function') return assertion(text, wantedOf(matcher), shownLike(matcher, nearest.request));
    return assertion(text, times ?? 1, found);
  }

  /** The request that lacks the least; of several the latest. */
  #nearest(matcher: Matcher): { readonly request: ReceivedRequest; readonly lacks: readonly string[] } | undefined {
    const misses = this.#requests.map((request) => ({ request, lacks: mismatches(matcher, request) })).reverse();
    return misses.sort((one, other) => one.lacks.length - other.lacks.length)[0];
  }
}

/** Has the requests that an endpoint sends to its containers received. Their Content-Length is that of the body. */
export const recorderOf =
  (received: ReceivedRequests): InvocationRecorder =>
  ({ headers, ...sent }) => {
    const request = new ReceivedRequest({
      ...sent,
      headers: { ...headersOf(headers), 'content-length': String(sent.body.length) },
      time: new Date(),
    });
    received.add(request);
    return (status) => {
      request.status = status;
    };
  };

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

/** `actual` and `expected` are what test runners show as a diff. */
const assertion = (message: string, expected: unknown, actual: unknown): AssertionError =>
  new AssertionError({ message, actual, expected, operator: 'received' });

const requestsText = (count: number): string => (count === 1 ? '1 request' : `${count} requests`);

const shown = ({ contentType, body }: ReceivedRequest) => ({ contentType, body: bodyText(body) });

/** What a matcher asks for, in the words in which `shownLike` shows a request. */
function wantedOf(matcher: Exclude<Matcher, (request: ReceivedRequest) => boolean>) {
  const { body, contains, json, where, ...rest } = matcher;
  return {
    ...rest,
    ...(body !== undefined && { body: body instanceof Uint8Array ? bodyText(Buffer.from(body)) : body }),
    ...(contains !== undefined && { contains }),
    ...(json !== undefined && { json }),
    ...(where !== undefined && { where: where.name }),
  };
}

/** Only the parts that the matcher is about. */
function shownLike(matcher: Exclude<Matcher, (request: ReceivedRequest) => boolean>, request: ReceivedRequest) {
  const { headers } = matcher;
  const lower = Object.keys(headers ?? {}).map((name) => [name, request.headers[name.toLowerCase()]]);
  return {
    ...(matcher.contentType !== undefined && { contentType: request.contentType }),
    ...(headers && { headers: Object.fromEntries(lower) }),
    ...(matcher.body !== undefined && { body: bodyText(request.body) }),
    ...(matcher.contains !== undefined && { contains: bodyText(request.body) }),
    ...(matcher.json !== undefined && { json: jsonOr(request) }),
    ...(matcher.where !== undefined && { where: shown(request) }),
  };
}

function jsonOr(request: ReceivedRequest): unknown {
  try {
    return request.json();
  } catch {
    return bodyText(request.body);
  }
}

function bodyText(body: Buffer): string {
  const text = body.toString('utf8');
  return text.includes('\ufffd') ? `${body.length} bytes: ${body.toString('base64')}` : text;
}
