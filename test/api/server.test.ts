import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net from 'node:net';
import { type ApiServer, startServer } from '../../src/api/server.ts';
import { isError } from '../../src/errors.ts';
import type { InvocationHandler } from '../../src/hosting/invoke.ts';
import { Scope } from '../../src/scope.ts';

describe('the server', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = async (invocations: InvocationHandler = () => false, port = 0): Promise<ApiServer> =>
    scope.use(await startServer({ port, invocations, endpoints: () => [] }));

  it('listens on the loopback address, on a free port if it may choose', async () => {
    const { host, port, url } = await start();
    assert.equal(host, '127.0.0.1');
    assert.ok(port > 0);
    assert.equal(url, `http://127.0.0.1:${port}`);
  });

  it('says so when the port is taken', async () => {
    const { port } = await start();
    const error = await start(undefined, port).catch((refused: unknown) => refused);
    assert.ok(isError(error, 'PortTaken'));
    assert.match(error.message, new RegExp(String(port)));
  });

  it('keeps connections of clients that pause', async () => {
    const { url } = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    scope.defer(() => agent.destroy());
    const sockets = new Set<unknown>();
    for (let index = 0; index < 2; index += 1) {
      const [response] = await once(http.get(`${url}/_sm-local/health`, { agent }), 'response');
      sockets.add(response.socket);
      response.resume();
      await once(response, 'end');
      assert.match(response.headers['keep-alive'], /timeout=75/);
    }
    assert.equal(sockets.size, 1);
  });

  describe('when it closes', () => {
    /** A request that is being answered and the way to end it; its client keeps connections alive. */
    const inFlight = async (): Promise<{ server: ApiServer; response: ServerResponse; answer: Promise<string> }> => {
      let arrived = (_response: ServerResponse): void => {};
      const arrival = new Promise<ServerResponse>((resolve) => {
        arrived = resolve;
      });
      const server = await start((_request, response) => {
        arrived(response);
        return true;
      });
      const agent = new http.Agent({ keepAlive: true });
      scope.defer(() => agent.destroy());
      const answer = new Promise<string>((resolve, reject) => {
        http
          .get(server.url, { agent }, async (received) => {
            let body = '';
            for await (const chunk of received) body += chunk;
            resolve(body);
          })
          .on('error', reject);
      });
      answer.catch(() => {});
      return { server, response: await arrival, answer };
    };

    it('lets a running request end and is gone then, though its client would stay', async () => {
      const { server, response, answer } = await inFlight();
      const closed = server.close(60);
      response.end('done');
      assert.equal(await answer, 'done');
      await closed;
      await assert.rejects(once(net.connect(server.port, server.host), 'connect'), /ECONNREFUSED/);
    });

    it('takes no new connections meanwhile', async () => {
      const { server, response } = await inFlight();
      const closed = server.close(60);
      await assert.rejects(once(net.connect(server.port, server.host), 'connect'), /ECONNREFUSED/);
      response.end();
      await closed;
    });

    it('cuts what still runs when the grace is over', async () => {
      const { server, answer } = await inFlight();
      await server.close(0.01);
      await assert.rejects(answer);
    });

    it('may be told again to close, and faster', async () => {
      const { server, answer } = await inFlight();
      const gently = server.close(60);
      await server.close(0);
      await gently;
      await assert.rejects(answer);
    });

    it('is gone at once when nothing runs', async () => {
      const server = await start();
      await once(http.get(`${server.url}/_sm-local/health`, { agent: new http.Agent({ keepAlive: true }) }), 'response');
      await server.close(60);
    });
  });
});
