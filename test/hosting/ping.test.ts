import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { type Address, ping, untilHealthy, untilUnhealthy } from '../../src/hosting/ping.ts';
import { Scope } from '../../src/scope.ts';

const never = new AbortController().signal;

describe('a ping', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const listen = async (server: net.Server): Promise<Address> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    scope.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
  };
  const answering = (statuses: readonly number[], onPing: () => void = () => {}): Promise<Address> => {
    const left = [...statuses];
    return listen(
      http.createServer((_request, response) => {
        onPing();
        response.writeHead((left.length > 1 ? left.shift() : left[0]) ?? 500).end('whatever');
      }),
    );
  };

  it('is a GET of /ping that names the platform', async () => {
    const server = http.createServer();
    const asked = once(server, 'request');
    const address = await listen(server);
    const answer = ping(address, 2);
    const [request, response] = (await asked) as [http.IncomingMessage, http.ServerResponse];
    response.end();
    assert.deepEqual([request.method, request.url, request.headers['user-agent']], ['GET', '/ping', 'AHC/2.0']);
    assert.deepEqual(await answer, { status: 200 });
  });

  it('is over when the status is there, though the body never ends', async () => {
    const address = await listen(http.createServer((_request, response) => void response.writeHead(200).write('and')));
    assert.deepEqual(await ping(address, 2), { status: 200 });
  });

  it('ends at once when a port proxy accepts and drops the connection', async () => {
    const address = await listen(net.createServer((socket) => socket.destroy()));
    const answer = await ping(address, 60);
    assert.equal(answer.status, undefined);
  });

  it('ends at once when nobody listens', async () => {
    const server = net.createServer();
    const address = await listen(server);
    server.close();
    await once(server, 'close');
    const answer = await ping(address, 60);
    assert.match('why' in answer ? answer.why : '', /ECONNREFUSED/);
  });

  it('gives up on a server that does not answer in time', async () => {
    const address = await listen(net.createServer());
    assert.deepEqual(await ping(address, 0.02), { status: undefined, why: 'no answer within 20 ms' });
  });

  it('is repeated until the first 200; no other status will do', async () => {
    let pings = 0;
    const address = await answering([503, 404, 204, 302, 200], () => {
      pings += 1;
    });
    assert.equal(await untilHealthy(address, 2, never), true);
    assert.equal(pings, 5);
  });

  it('of a starting container is repeated through refusals, drops and silence, until it is told to stop', async () => {
    const stop = new AbortController();
    let connections = 0;
    const address = await listen(
      net.createServer((socket) => {
        connections += 1;
        if (connections % 2 === 0) socket.destroy();
        if (connections === 6) stop.abort();
      }),
    );
    assert.equal(await untilHealthy(address, 0.01, stop.signal), false);
    assert.equal(connections, 6);
  });

  it('finds a container unhealthy after six failures in a row, not after fewer', async () => {
    let pings = 0;
    const fiveFailures = [500, 500, 500, 500, 500, 200];
    const address = await answering([...fiveFailures, ...fiveFailures, 500], () => {
      pings += 1;
    });
    assert.equal(await untilUnhealthy(address, { interval: 0, timeout: 2 }, never), 'status 500');
    assert.equal(pings, 18);
  });

  it('stops watching when it is told to', async () => {
    const stop = new AbortController();
    const address = await answering([200], () => stop.abort());
    assert.equal(await untilUnhealthy(address, { interval: 0, timeout: 2 }, stop.signal), undefined);
  });
});
