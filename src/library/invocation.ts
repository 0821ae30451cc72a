import { buffer } from 'node:stream/consumers';
import { type Dispatcher, Pool } from 'undici';
import { readEventStream, type StreamEvent } from '../contract/event-stream.ts';
import { fail, reasonOf } from '../errors.ts';
import { InvocationError } from './invocation-error.ts';

/** An object is sent as JSON. */
export type InvocationBody = string | Uint8Array | object;

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
    signal?.throwIfAborted();
    const isPlain = typeof body === 'string' || body instanceof Uint8Array;
    const headers = headersOf(isPlain ? options : { contentType: 'application/json', ...options }, acceptHeader);
    const path = endpoint === undefined ? `/${operation}` : `/endpoints/${encodeURIComponent(endpoint)}/${operation}`;
    try {
      return await this.#pool.request({
        path,
        method: 'POST',
        headers,
        body: isPlain ? body : JSON.stringify(body),
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

  #unreachable = (error: unknown): Error => fail('EndpointUnreachable', { url: this.#url, why: reasonOf(error) }, error);
}

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
