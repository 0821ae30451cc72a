import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What an endpoint is asked. */
export interface SavedRequest {
  /** The only one when it is undefined. */
  readonly endpoint?: string;
  readonly body: Buffer;
  readonly contentType?: string;
  readonly accept?: string;
}

/** What InvokeEndpoint answered. */
export interface InvocationAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** Of an error: AWS's name of it, its message, and what the container answered of its own. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly originalStatusCode?: number;
    readonly originalMessage?: string;
  };
}

/** Asks an endpoint once. Errors: those of the connection; the signal's reason. */
export async function invokeOnce(url: string, request: SavedRequest, signal: AbortSignal): Promise<InvocationAnswer> {
  const { endpoint, body, contentType, accept } = request;
  const path = endpoint === undefined ? '/invocations' : `/endpoints/${encodeURIComponent(endpoint)}/invocations`;
  const headers = {
    'content-length': body.length,
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(accept !== undefined && { accept }),
  };
  const call = http.request(new URL(path, url), { method: 'POST', headers, agent: false, signal }).end(body);
  call.on('error', () => {}); // also after the answer has begun, which then tells of it itself
  try {
    const [response] = (await once(call, 'response', { signal })) as [http.IncomingMessage];
    const { statusCode: status = 0, headers: told } = response;
    const answer = { status, contentType: told['content-type'], body: await buffer(response) };
    return status === 200 ? answer : { ...answer, error: errorIn(answer.body, [told['x-amzn-errortype']].flat()[0] ?? `HTTP ${status}`) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** As the runtime API words it. */
function errorIn(body: Buffer, code: string): NonNullable<InvocationAnswer['error']> {
  const text = body.toString();
  const { Message, message, OriginalStatusCode, OriginalMessage } = parsed(text);
  return {
    code,
    message: Message ?? message ?? text,
    ...(OriginalStatusCode !== undefined && { originalStatusCode: OriginalStatusCode }),
    ...(OriginalMessage !== undefined && { originalMessage: OriginalMessage }),
  };
}

interface ErrorBody {
  readonly Message?: string;
  readonly message?: string;
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
}

function parsed(text: string): ErrorBody {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // no JSON: shown as it is
  }
}
