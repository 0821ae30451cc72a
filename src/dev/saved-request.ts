import { compareAnswers, type Difference } from '../compare-answers.ts';
import type { InvocationRecorder, SentRequest } from '../hosting/record-sent.ts';
import { eitherOf } from '../stop.ts';
import { type InvocationAnswer, invokeOnce, type SavedRequest } from './invocation.ts';

/** How it went. */
export interface InvocationNews {
  readonly endpoint: string | undefined;
  readonly seconds: number;
  /** Absent when there was none. */
  readonly answer?: InvocationAnswer;
  /** Why there was none. */
  readonly error?: unknown;
  /** To the last good answer to the same request; absent for the first, and for one that is not good. */
  readonly differences?: readonly Difference[];
}

/** One request that is made again and again, and what its answers were. */
export class RepeatedInvocation {
  readonly #url: string;
  readonly #request: () => Promise<SavedRequest | undefined>;
  #last: { readonly request: SavedRequest; readonly answer: InvocationAnswer } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #current: AbortController | undefined;

  /** `request`: read each time, since it may be a file; undefined when there is none. */
  constructor(url: string, request: () => Promise<SavedRequest | undefined>) {
    this.#url = url;
    this.#request = request;
  }

  /**
   * Another one ends the one that is under way, whose answer is of no interest any more. Errors: those of reading the request, the signal's
   * reason.
   */
  async invoke(signal: AbortSignal): Promise<InvocationNews | 'no request' | 'overtaken'> {
    this.#current?.abort();
    const current = new AbortController();
    this.#current = current;
    const before = this.#turn;
    const mine = before.catch(() => {}).then(() => this.#invokeNow(signal, current.signal));
    this.#turn = mine;
    return await mine;
  }

  async #invokeNow(stop: AbortSignal, overtaken: AbortSignal): Promise<InvocationNews | 'no request' | 'overtaken'> {
    using cut = eitherOf(stop, overtaken);
    stop.throwIfAborted();
    if (overtaken.aborted) return 'overtaken';
    const request = await this.#request();
    if (!request) return 'no request';
    const { endpoint } = request;
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    try {
      const answer = await invokeOnce(this.#url, request, cut.signal);
      return { endpoint, seconds: seconds(), answer, ...(!answer.error && this.#compared(request, answer)) };
    } catch (error) {
      stop.throwIfAborted();
      return overtaken.aborted ? 'overtaken' : { endpoint, seconds: seconds(), error };
    }
  }

  #compared(request: SavedRequest, answer: InvocationAnswer): Pick<InvocationNews, 'differences'> {
    const before = this.#last;
    this.#last = { request, answer };
    return before && isSame(before.request, request) ? { differences: compareAnswers(before.answer, answer) } : {};
  }
}

const isSame = (one: SavedRequest, other: SavedRequest): boolean =>
  one.endpoint === other.endpoint && one.contentType === other.contentType && one.accept === other.accept && one.body.equals(other.body);

/** Keeps the last request that anybody has made. */
export function lastRequest(): { readonly recorder: InvocationRecorder; readonly latest: () => SavedRequest | undefined } {
  let latest: SentRequest | undefined;
  return {
    recorder(request) {
      if (request.method === 'POST') latest = request;
      return () => {};
    },
    latest: () => latest && requestOf(latest),
  };
}

function requestOf({ endpoint, headers, body }: SentRequest): SavedRequest {
  const given = new Map<string, string>();
  for (let at = 0; at + 1 < headers.length; at += 2) given.set((headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '');
  const contentType = given.get('content-type');
  const accept = given.get('accept');
  return { endpoint, body, ...(contentType !== undefined && { contentType }), ...(accept !== undefined && { accept }) };
}
