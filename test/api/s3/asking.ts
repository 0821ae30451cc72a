import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Asking {
  readonly headers?: http.OutgoingHttpHeaders | undefined;
  readonly body?: string | Uint8Array;
}

/** One request whose path is sent as it stands, and the whole answer. A body's length is said; that of no body for PUT and POST, too. */
export async function ask(
  server: { readonly port: number },
  method: string,
  path: string,
  { headers = {}, body }: Asking = {},
): Promise<Reply> {
  const isSent = body !== undefined || ['PUT', 'POST'].includes(method);
  const length = isSent && !Object.keys(headers).some((name) => name.toLowerCase() === 'transfer-encoding');
  const request = http.request({
    port: server.port,
    host: '127.0.0.1',
    method,
    path,
    agent: false,
    headers: { ...(length && { 'Content-Length': Buffer.byteLength(body ?? '') }), ...headers },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  request.on('error', () => {}); // of a body that nobody wants to the end any more
  const bytes = await buffer(response);
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() };
}

/** `NoSuchKey` of an error's document. */
export const codeIn = ({ text }: Reply): string | undefined => textsOf(text, 'Code')[0];

/** The texts of all elements of that name. */
export const textsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
