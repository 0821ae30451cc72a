import type { ServerResponse } from 'node:http';
import {
  bodyTooLarge,
  type EndpointPlace,
  errorFromModel,
  modelTimedOut,
  noAnswerFromModel,
  type RuntimeError,
} from '../contract/runtime-errors.ts';
import {
  endToEndHeaders,
  headerValue,
  invocationHeadersOut,
  invokedVariantHeader,
  passHeaders,
  type RawHeaders,
} from '../contract/serving.ts';
import { requestIdHeader, send, sendError } from './answer.ts';
import type { CapturedCall } from './capture/call.ts';
import { BodyStream, gatherLimit } from './request-body.ts';
import type { Cut, Exchange, Reply } from './upstream.ts';

export interface InvocationContext {
  readonly requestId: string;
  readonly place: EndpointPlace;
  readonly variant: string;
  /** The instance asked, which may become another one before it is asked. */
  instance: string;
  /** When the request came, by performance.now(). */
  readonly arrivedAt: number;
  /** The container's name in error texts. */
  readonly container: string;
  /** Bytes of a request and of a response. */
  readonly payload: number;
  /** Hands the container's answer through as it is. */
  readonly isRaw: boolean;
  readonly body: Buffer | BodyStream | undefined;
  /** Where it is written down, if it is. */
  readonly captured: CapturedCall | undefined;
  readonly onOver: (over: InvocationOver) => void;
}

/** How an invocation went; told once, when nothing more of it will follow. */
export interface InvocationOver {
  readonly endpoint: string;
  /** Empty when the request was refused before one was chosen; so is the instance. */
  readonly variant: string;
  readonly instance: string;
  readonly requestId: string;
  /** The status the client was answered with; 0 when it had left before. */
  readonly answered: number;
  /** The container's; 0 without one. */
  readonly status: number;
  /** Why there was no whole answer of the container, or none that could be handed on. */
  readonly trouble: string | undefined;
  /** Bytes to and from the container. */
  readonly sent: number;
  readonly received: number;
  /** Milliseconds from the arrival of the request to the end of the answer; of these the container's. */
  readonly took: number;
  readonly modelLatency: number;
}

/**
 * Turns a container's answer into what InvokeEndpoint's client gets. Errors and answers that announce a small size are gathered, so that one
 * that breaks off can still become the typed error; others go out as they come.
 */
export class InvocationReply implements Reply {
  readonly #response: ServerResponse;
  readonly #context: InvocationContext;
  #exchange: Exchange | undefined;
  #status = 0;
  #headers: string[] = [];
  #length: number | undefined;
  /** Undefined where the answer goes out as it comes. */
  #gathered: Buffer[] | undefined;
  #received = 0;
  #askedAt = 0;
  #modelLatency = 0;
  #isOver = false;

  constructor(response: ServerResponse, context: InvocationContext) {
    this.#response = response;
    this.#context = context;
    response.on('close', () => this.#finish('the client left')); // the container need not go on
  }

  /** The call whose answer this is. */
  follow(exchange: Exchange): void {
    this.#askedAt ||= performance.now();
    this.#exchange = exchange;
    if (this.#isOver) exchange.cancel();
  }

  head(status: number, headers: RawHeaders): void {
    const { isRaw, requestId, variant, payload, captured } = this.#context;
    captured?.head(headerValue(headers, 'content-type'));
    const length = headerValue(headers, 'content-length');
    this.#status = status;
    this.#length = length === undefined ? undefined : Number(length);
    if (this.#isError || (this.#length ?? Number.POSITIVE_INFINITY) <= gatherLimit) this.#gathered = [];
    if (isRaw) this.#headers = endToEndHeaders(headers);
    else this.#headers = [requestIdHeader, requestId, invokedVariantHeader, variant, ...passHeaders(headers, invocationHeadersOut)];
    if (!this.#isError && (this.#length ?? 0) > payload) this.#refuseAnswer(tooLong);
  }

  data(chunk: Buffer): boolean {
    this.#received += chunk.length;
    this.#context.captured?.output(chunk);
    if (this.#isError && this.#received > longestErrorBody) this.#refuseAnswer(undefined);
    else if (!this.#isError && this.#received > this.#context.payload) this.#refuseAnswer(tooLong);
    else if (this.#gathered === undefined) return this.#pass(chunk);
    else this.#gathered.push(chunk);
    return true;
  }

  ended(): void {
    this.#modelLatency = performance.now() - this.#askedAt;
    const { isRaw, place, container } = this.#context;
    const body = this.#gathered?.length === 1 ? this.#gathered[0] : Buffer.concat(this.#gathered ?? []);
    if (this.#isError) this.#fail(errorFromModel(place, this.#status, String(body), container));
    else if (this.#response.headersSent) this.#response.end();
    else if (isRaw) this.#response.writeHead(this.#status, this.#headers).end(body);
    else send(this.#response, 200, this.#headers, body ?? Buffer.alloc(0)); // any success is a 200: AWS's own containers answer 204 to empty input
    this.#finish(undefined, this.#status <= 299);
  }

  cut({ kind, why }: Cut): void {
    this.#modelLatency = performance.now() - this.#askedAt;
    const { place, container, body, payload } = this.#context;
    if (body instanceof BodyStream && body.isOversize) this.#fail(bodyTooLarge(payload));
    else if (kind === 'timeout') this.#fail(modelTimedOut(place, container), why);
    else if (this.#isError) this.#refuseAnswer(why);
    else this.#fail(noAnswerFromModel(place), why);
  }

  get #isError(): boolean {
    return !this.#context.isRaw && this.#status > 299;
  }

  #pass(chunk: Buffer): boolean {
    const response = this.#response;
    if (!response.headersSent) {
      const length = this.#context.isRaw || this.#length === undefined ? [] : ['Content-Length', String(this.#length)];
      response.writeHead(this.#context.isRaw ? this.#status : 200, [...this.#headers, ...length]);
    }
    if (response.write(chunk)) return true;
    response.once('drain', () => this.#exchange?.resume());
    return false;
  }

  /** The container answered, but what it said cannot be handed on. */
  #refuseAnswer(trouble: string | undefined): void {
    const { place, container } = this.#context;
    this.#fail(errorFromModel(place, this.#status, undefined, container), trouble);
  }

  #fail(error: RuntimeError, trouble?: string): void {
    if (!this.#isOver) sendError(this.#response, this.#context.requestId, error);
    this.#finish(trouble);
  }

  #finish(trouble?: string, isSuccess = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { body, captured, onOver, place, variant, instance, requestId, arrivedAt } = this.#context;
    this.#exchange?.cancel();
    if (body instanceof BodyStream) body.destroy();
    captured?.over(isSuccess);
    const now = performance.now();
    onOver({
      endpoint: place.endpoint,
      variant,
      instance,
      requestId,
      answered: this.#response.headersSent ? this.#response.statusCode : 0,
      status: this.#status,
      trouble,
      sent: body instanceof BodyStream ? body.received : (body?.length ?? 0),
      received: this.#received,
      took: now - arrivedAt,
      modelLatency: this.#modelLatency || (this.#askedAt && now - this.#askedAt),
    });
  }
}

/** Bytes of a container's error that are read. Ours: the cloud's bound is not published; its message ends after 2048 characters. */
const longestErrorBody = 64 * 1024;

const tooLong = 'the answer is longer than it may be';
