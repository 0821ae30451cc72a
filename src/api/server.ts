import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../errors.ts';
import type { AppOptions } from './app.ts';

export interface ServerOptions extends AppOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
}

export interface ApiServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Takes no more connections, lets what runs end for `grace` seconds, then cuts it. May be called again with less. */
  close(grace?: number): Promise<void>;
}

/** Listens, on 127.0.0.1 by default: this is a door to the machine's container engine. Errors: PortTaken. */
export const startServer = ({ host = '127.0.0.1', port, ...options }: ServerOptions): Promise<ApiServer> =>
  listenAt(handlerOf(options), { host, port });

/**
 * Answers every request. Invocations come ahead of the app, which costs three times their own handling and is loaded by the first request that
 * needs it.
 */
export function handlerOf(options: AppOptions): RequestListener {
  const { invocations } = options;
  let app: Promise<RequestListener> | undefined;
  return (request, response) => {
    if (invocations(request, response)) return;
    app ??= import('./app.ts').then(({ createApp }) => createApp(options));
    app.then(
      (handle) => handle(request, response),
      (error) => response.destroy(error),
    );
  };
}

/** Has `handler` answer at one address. Errors: PortTaken; the system's own, for an address that is none of this machine. */
export async function listenAt(handler: RequestListener, at: { readonly host: string; readonly port: number }): Promise<ApiServer> {
  const { host } = at;
  let isClosing = false;
  const server = http.createServer(timeouts, (request, response) => {
    response.on('close', () => {
      if (isClosing) server.closeIdleConnections(); // that of this response now is one
    });
    handler(request, response);
  });
  await listen(server, host, at.port);
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>((resolve) => server.on('close', resolve));
  const close = async (grace = 0): Promise<void> => {
    isClosing = true;
    server.close();
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), grace * 1000);
    await closed;
    clearTimeout(timer);
  };
  return { host, port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close, [Symbol.asyncDispose]: () => close() };
}

/** Milliseconds. */
const timeouts: http.ServerOptions = {
  headersTimeout: 20_000, // a client that connects and says nothing is broken
  requestTimeout: 0, // a body may be large and its maker slow
  // Longer than an invocation may take: a client's pool then hardly ever picks a connection that is closed at the same moment.
  keepAliveTimeout: 75_000,
};

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(error.code === 'EADDRINUSE' ? fail('PortTaken', { address: host, port }, error) : error);
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
