import { buffer } from 'node:stream/consumers';
import { type Dispatcher, Pool } from 'undici';
import { readEventStream, type StreamEvent } from '../contract/event-stream.ts';
import { fail, reasonOf } from '../errors.ts';
import { refuseUnknown } from '../options/given.ts';
import { bytesOf } from '../replies/bytes.ts';
import { InvocationError } from './invocation-error.ts';

/** Text; bytes; or an object or an array that is sent as JSON. */
export type InvocationBody = string | Uint8Array | ArrayBuffer | object;

/** InvokeEndpoint's members, in our spelling of them. */
export interface InvokeOptions {
  /** Which endpoint, where several are served; the first by default. */
  readonly endpoint?: string;
  /** `application/json` for an object by default. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly customAttributes?: string;
  readonly targetVariant?: string;
  readonly inferenceId?: string;
  readonly sessionId?: string;
  /** Others that a client may send. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What is told of an answer beside its body. */
export interface InvocationHead {
  readonly contentType: string | undefined;
  readonly invokedProductionVariant: string | undefined;
  readonly customAttributes: string | undefined;
  readonly newSessionId: string | undefined;
  readonly closedSessionId: string | undefined;
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** InvokeEndpoint's answer. */
export interface Invocation extends InvocationHead {
  readonly body: Buffer;
  text(): string;
  /** Throws a SyntaxError where it is no JSON. */
  json<T = unknown>(): T;
}

/** InvokeEndpointWithResponseStream's answer: its parts, each when it comes. Errors while it is read: InvocationError. */
export interface StreamedInvocation extends InvocationHead, AsyncIterable<Buffer> {}

/** Asks endpoints behind one address; keeps connections until it is disposed. */
export class Invoker implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #url: string;
  #isStopped = false;

  constructor(url: string) {
    this.#url = url;
    // What a request may take, the server knows.
    this.#pool = new Pool(url, { headersTimeout: 0, bodyTimeout: 0 });
  }

  /** `endpoint`: the only one there is, where it is undefined. Errors: InvocationError; EndpointUnreachable; WrongUsage for what cannot be a header; the signal's reason. */
  async invoke(endpoint: string | undefined, body: InvocationBody, options: InvokeOptions): Promise<Invocation> {
    const answer = await this.#post(endpoint, 'invocations', body, options, 'accept');
    const bytes = await this.#whole(answer, options.signal);
    if (answer.statusCode !== 200) throw errorOf(answer, bytes);
    return {
      ...headOf(answer),
      body: bytes,
      text: () => bytes.toString(),
      json: <T>() => JSON.parse(bytes.toString()) as T,
    };
  }

  /** As `invoke`; returns with the head. */
  async stream(endpoint: string, body: InvocationBody, options: InvokeOptions): Promise<StreamedInvocation> {
    const answer = await this.#post(endpoint, 'invocations-response-stream', body, options, 'x-amzn-sagemaker-accept');
    if (answer.statusCode !== 200) throw errorOf(answer, await this.#whole(answer, options.signal));
    return { ...headOf(answer), [Symbol.asyncIterator]: () => this.#partsOf(answer, options.signal) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#pool.destroy();
  }

  async #post(
    endpoint: string | undefined,
    operation: string,
    body: InvocationBody,
    options: InvokeOptions,
    acceptHeader: string,
  ): Promise<Dispatcher.ResponseData> {
    const { signal } = options;
    refuseUnknown(options, invokeOptions);
    signal?.throwIfAborted();
    const { sent, isJson } = sentOf(body);
    const headers = headersOf(isJson ? { contentType: 'application/json', ...options } : options, acceptHeader);
    const path = endpoint === undefined ? `/${operation}` : `/endpoints/${encodeURIComponent(endpoint)}/${operation}`;
    try {
      return await this.#pool.request({
        path,
        method: 'POST',
        headers,
        body: sent,
        ...(signal && { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as { code?: string }).code === 'UND_ERR_INVALID_ARG') {
        const remedy = 'Give texts of printable ASCII characters: they become headers of the request.';
        throw fail('WrongUsage', { message: `The request cannot be sent: ${reasonOf(error)}.`, remedy }, error);
      }
      throw this.#unreachable(error);
    }
  }

  async #whole({ body }: Dispatcher.ResponseData, signal: AbortSignal | undefined): Promise<Buffer> {
    try {
      return await buffer(body);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unreachable(error);
    }
  }

  async *#partsOf(answer: Dispatcher.ResponseData, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
    try {
      for await (const event of readEventStream(answer.body)) {
        if (event.kind === 'exception') throw brokenOff(event, answer);
        yield event.payload;
      }
    } catch (error) {
      if (error instanceof InvocationError) throw error;
      signal?.throwIfAborted();
      throw this.#unreachable(error);
    }
  }

  #unreachable = (error: unknown): Error =>
    fail('EndpointUnreachable', { url: this.#url, why: this.#isStopped ? 'it was stopped' : reasonOf(error) }, error);
}

const invokeOptions = [
  ...(['endpoint', 'contentType', 'accept', 'customAttributes', 'targetVariant', 'inferenceId', 'sessionId'] as const),
  ...(['headers', 'signal'] as const),
] satisfies (keyof InvokeOptions)[];

/** Errors: WrongUsage. */
function sentOf(body: InvocationBody): { readonly sent: string | Uint8Array; readonly isJson: boolean } {
  if (typeof body === 'string') return { sent: body, isJson: false };
  const bytes = bytesOf(body);
  if (bytes) return { sent: bytes, isJson: false };
  if (!isPlain(body)) throw noBody(`The body is ${nameOf(body)}, which is neither text nor bytes nor JSON.`);
  try {
    return { sent: JSON.stringify(body), isJson: true };
  } catch (error) {
    throw noBody(`The body cannot become JSON: ${reasonOf(error)}.`, error);
  }
}

/** Objects and arrays, and what says itself what it is in JSON; a Map, a stream or a form would become `{}`. */
const isPlain = (body: unknown): boolean => {
  if (typeof body !== 'object' || body === null) return false;
  const kind = Object.prototype.toString.call(body);
  return Array.isArray(body) || 'toJSON' in body || (kind === '[object Object]' && !(Symbol.iterator in body) && !('pipe' in body));
};

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'thing'}` : `${String(value)} (${typeof value})`;

const noBody = (message: string, cause?: unknown): Error =>
  fail('WrongUsage', { message, remedy: 'Give text, a Uint8Array or an ArrayBuffer, or an object or an array that becomes JSON.' }, cause);

function headersOf(options: InvokeOptions, acceptHeader: string): Record<string, string> {
  const named = {
    'content-type': options.contentType,
    [acceptHeader]: options.accept,
    'x-amzn-sagemaker-custom-attributes': options.customAttributes,
    'x-amzn-sagemaker-target-variant': options.targetVariant,
    'x-amzn-sagemaker-inference-id': options.inferenceId,
    'x-amzn-sagemaker-session-id': options.sessionId,
  };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...options.headers, ...Object.fromEntries(given) };
}

function headOf({ headers }: Dispatcher.ResponseData): InvocationHead {
  const one = (name: string): string | undefined => [headers[name]].flat()[0];
  return {
    contentType: one('x-amzn-sagemaker-content-type') ?? one('content-type'),
    invokedProductionVariant: one('x-amzn-invoked-production-variant'),
    customAttributes: one('x-amzn-sagemaker-custom-attributes'),
    newSessionId: one('x-amzn-sagemaker-new-session-id'),
    closedSessionId: one('x-amzn-sagemaker-closed-session-id'),
    requestId: one('x-amzn-requestid'),
    headers,
  };
}

function brokenOff({ type, code, message }: Extract<StreamEvent, { kind: 'exception' }>, answer: Dispatcher.ResponseData): InvocationError {
  return new InvocationError(type, message, { status: 200, errorCode: code, requestId: headOf(answer).requestId });
}

/** Of an error's body, as AWS's clients read it. */
interface ErrorBody {
  readonly Message?: string;
  readonly message?: string;
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
}

function errorOf(answer: Dispatcher.ResponseData, bytes: Buffer): InvocationError {
  const { headers, statusCode: status } = answer;
  const code = [headers['x-amzn-errortype']].flat()[0] ?? `HTTP ${status}`;
  const text = bytes.toString();
  const { Message, message, OriginalStatusCode, OriginalMessage }: ErrorBody = parsed(text);
  const said = Message ?? message ?? text;
  return new InvocationError(code, said, {
    status,
    originalStatusCode: OriginalStatusCode,
    originalMessage: OriginalMessage,
    requestId: headOf(answer).requestId,
  });
}

function parsed(text: string): ErrorBody {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // no JSON: shown as it is
  }
}
