import type { ServerResponse } from 'node:http';
import {
  bodyTooLarge,
  type EndpointPlace,
  errorFromModel,
  internalFailure,
  modelTimedOut,
  noAnswerFromModel,
  type RuntimeError,
} from '../contract/runtime-errors.ts';
import { headerValue, type RawHeaders } from '../contract/serving.ts';
import { reasonOf } from '../errors.ts';
import { passed } from '../passing-garbage.ts';
import { sendError } from './answer.ts';
import type { CapturedCall } from './capture/call.ts';
import { BodyStream } from './request-body.ts';
import type { Cut, Exchange, Reply } from './upstream.ts';

export interface InvocationContext {
  readonly requestId: string;
  readonly place: EndpointPlace;
  readonly variant: string;
  /** The instance asked, which may become another one before it is asked. */
  instance: string;
  /** Of the request. */
  readonly path: string;
  /** When the request came, by performance.now(). */
  readonly arrivedAt: number;
  /** The container's name in error texts. */
  readonly container: string;
  /** Bytes of a request and of a response. */
  readonly payload: number;
  /** Hands the container's answer through as it is. */
  readonly isRaw: boolean;
  readonly body: Buffer | BodyStream | undefined;
  /** On demand: the stream breaks after its first part. */
  readonly breaksStream?: boolean;
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
  /** Of the request, as the client sent it. */
  readonly path: string;
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
 * A container's answer on its way to the client: what is the same whatever form it takes there. The container's errors, and whatever goes
 * wrong before anything went out, become the typed error; the client's leaving ends the call.
 */
export abstract class ContainerReply implements Reply {
  protected readonly response: ServerResponse;
  protected readonly context: InvocationContext;
  #exchange: Exchange | undefined;
  #status = 0;
  /** What the container says of its failure, so far. */
  #error: Buffer[] | undefined;
  #received = 0;
  #askedAt = 0;
  #isOver = false;

  constructor(response: ServerResponse, context: InvocationContext) {
    this.response = response;
    this.context = context;
    response.on('close', () => this.finish(clientLeft)); // the container need not go on
  }

  /** The call whose answer this is. */
  follow(exchange: Exchange): void {
    this.#askedAt ||= performance.now();
    this.#exchange = exchange;
    if (this.#isOver) exchange.cancel();
  }

  head(status: number, headers: RawHeaders): void {
    this.context.captured?.head(headerValue(headers, 'content-type'));
    this.#status = status;
    if (this.isError(status)) this.#error = [];
    else this.#guarded(() => this.begin(status, headers));
  }

  data(chunk: Buffer): boolean {
    this.#received += chunk.length;
    passed(chunk.length);
    this.context.captured?.output(chunk);
    if (this.#error === undefined) return this.#take(chunk);
    if (this.#received > longestErrorBody) this.refuseAnswer(undefined);
    else this.#error.push(chunk);
    return true;
  }

  ended(): void {
    const { place, container } = this.context;
    if (this.#error) this.fail(errorFromModel(place, this.#status, String(Buffer.concat(this.#error)), container));
    else this.#guarded(() => this.end());
    this.finish(undefined, this.#status <= 299);
  }

  cut({ kind, why }: Cut): void {
    const { place, container, body, payload } = this.context;
    if (body instanceof BodyStream && body.isOversize) this.fail(bodyTooLarge(payload));
    else if (kind === 'timeout') this.fail(modelTimedOut(place, container), why);
    else if (this.#error) this.refuseAnswer(why);
    else this.fail(noAnswerFromModel(place), why);
  }

  /** The container's answer begins, and is no error. */
  protected abstract begin(status: number, headers: RawHeaders): void;

  /** Its next bytes; false asks for no more until the client has taken what there is. */
  protected abstract pass(chunk: Buffer): boolean;

  /** It was whole. */
  protected abstract end(): void;

  protected isError(status: number): boolean {
    return status > 299;
  }

  /** Bytes of the container's answer so far. */
  protected get received(): number {
    return this.#received;
  }

  /** Hands bytes to the client; false while it has enough. */
  protected write(bytes: Buffer): boolean {
    this.response.write(bytes);
    return this.hasRoom();
  }

  /** Whether the client takes more now; the container is told when it does again. */
  protected hasRoom(): boolean {
    if (!this.response.writableNeedDrain) return true;
    this.response.once('drain', () => this.#exchange?.resume());
    return false;
  }

  /** The container answered, but what it said cannot be handed on. */
  protected refuseAnswer(trouble: string | undefined): void {
    const { place, container } = this.context;
    this.fail(errorFromModel(place, this.#status, undefined, container), trouble);
  }

  protected fail(error: RuntimeError, trouble?: string): void {
    if (!this.#isOver) sendError(this.response, this.context.requestId, error);
    this.finish(trouble);
  }

  /** A defect of ours, which must not be laid at the container's door. */
  protected failOwn(why: string): void {
    this.fail(internalFailure(why), why);
  }

  protected finish(trouble?: string, isSuccess = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { body, captured, onOver, place, variant, instance, requestId, path, arrivedAt } = this.context;
    this.#exchange?.cancel();
    if (body instanceof BodyStream) body.destroy();
    captured?.over(isSuccess);
    const now = performance.now();
    onOver({
      endpoint: place.endpoint,
      variant,
      instance,
      requestId,
      path,
      answered: this.response.headersSent ? this.response.statusCode : 0,
      status: this.#status,
      trouble,
      sent: body instanceof BodyStream ? body.received : (body?.length ?? 0),
      received: this.#received,
      took: now - arrivedAt,
      modelLatency: this.#askedAt && now - this.#askedAt,
    });
  }

  #take(chunk: Buffer): boolean {
    try {
      return this.pass(chunk);
    } catch (error) {
      this.failOwn(reasonOf(error));
      return true;
    }
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.failOwn(reasonOf(error));
    }
  }
}

/** The trouble of an invocation whose answer nobody waits for any more. */
export const clientLeft = 'the client left';

/** Bytes of a container's error that are read. Ours: the cloud's bound is not published; its message ends after 2048 characters. */
const longestErrorBody = 64 * 1024;
