import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Address } from '../../src/hosting/ping.ts';
import { type Cut, type Reply, Upstream } from '../../src/hosting/upstream.ts';
import { Scope } from '../../src/scope.ts';
import { PausableTime } from '../../src/timekeeper.ts';

/** How a call ended: with a body, or cut. */
function call(upstream: Upstream, limit = 10): { readonly outcome: Promise<string | Cut>; readonly cancel: () => void } {
  let settle = (_outcome: string | Cut): void => {};
  const outcome = new Promise<string | Cut>((resolve) => {
    settle = resolve;
  });
  let body = '';
  const reply: Reply = {
    head: () => {},
    data: (chunk) => {
      body += chunk;
      return true;
    },
    ended: () => settle(body),
    cut: (cut) => settle(cut),
  };
  upstream.hold();
  const exchange = upstream.call({ method: 'POST', path: '/invocations', headers: [], body: undefined, limit }, reply);
  return { outcome, cancel: () => exchange.cancel() };
}

describe('the way to a container', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const to = (address: Address, connections?: number): Upstream => {
    const upstream = new Upstream(address, { accept: 0.25, ...(connections !== undefined && { connections }) });
    scope.defer(() => upstream.close());
    return upstream;
  };
  const listen = async (listener: http.RequestListener): Promise<Address> => {
    const server = http.createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    scope.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    return { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
  };

  it('keeps its connection', async () => {
    const sockets = new Set<unknown>();
    const upstream = to(
      await listen((request, response) => {
        sockets.add(request.socket);
        response.end('ok');
      }),
    );
    assert.equal(await call(upstream).outcome, 'ok');
    await turn(); // a connection is free again one turn of the event loop after its answer
    assert.equal(await call(upstream).outcome, 'ok');
    assert.equal(sockets.size, 1);
  });

  it('counts what is held for it until that is over', async () => {
    const upstream = to(await listen((_request, response) => void response.end('ok')));
    const { outcome } = call(upstream);
    assert.equal(upstream.running, 1);
    await outcome;
    assert.equal(upstream.running, 0);
  });

  it('never puts one request behind another on a connection', async () => {
    const waiting: http.ServerResponse[] = [];
    let all = (): void => {};
    const allThere = new Promise<void>((resolve) => {
      all = resolve;
    });
    const upstream = to(
      await listen((_request, response) => {
        if (waiting.push(response) === 2) all();
      }),
    );
    const outcomes = [call(upstream).outcome, call(upstream).outcome];
    await allThere;
    for (const response of waiting) response.end('ok');
    assert.deepEqual(await Promise.all(outcomes), ['ok', 'ok']);
  });

  it('waits under no limit while time is held', async () => {
    const answers: (() => void)[] = [];
    const address = await listen((_request, response) => void answers.push(() => response.end('ok')));
    const time = new PausableTime();
    const upstream = new Upstream(address, { accept: 0.25, time });
    scope.defer(() => upstream.close());
    const hold = time.hold();
    const { outcome } = call(upstream, 0.01);
    await sleep(50);
    for (const answer of answers) answer();
    assert.equal(await outcome, 'ok');
    hold[Symbol.dispose]();
    assert.deepEqual(await call(upstream, 0.01).outcome, { kind: 'timeout', why: 'no whole answer within 0.01 s' });
  });

  it('counts the wait for a connection against the limit, and forgets who gave up', async () => {
    let asked = 0;
    let answer = (): void => {};
    const upstream = to(
      await listen((_request, response) => {
        asked += 1;
        answer = () => void response.end('ok');
      }),
      1,
    );
    const first = call(upstream);
    const second = call(upstream, 0.02);
    assert.deepEqual(await second.outcome, { kind: 'timeout', why: 'no whole answer within 0.02 s' });
    answer();
    assert.equal(await first.outcome, 'ok');
    assert.equal(upstream.running, 0);
    const third = call(upstream);
    setImmediate(function poll() {
      if (asked === 2) answer();
      else setImmediate(poll);
    });
    assert.equal(await third.outcome, 'ok');
  });

  it('cuts what runs when it is closed, and what comes later', async () => {
    let arrived = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upstream = to(await listen(() => arrived()));
    const running = call(upstream);
    await arrival;
    await upstream.close();
    for (const { outcome } of [running, call(upstream)]) {
      const cut = await outcome;
      assert.equal(typeof cut === 'object' && cut.kind, 'broken');
    }
    assert.equal(upstream.running, 0);
  });

  if (process.platform === 'linux') {
    it('gives a server that does not accept no more than its time', async () => {
      // A process that stands still accepts nothing; once its queue is full, the kernel leaves further connections waiting.
      const script =
        "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })";
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      scope.defer(() => child.kill('SIGKILL'));
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const address = { host: '127.0.0.1', port: Number(line) };
      child.kill('SIGSTOP');
      for (let filled = 0; filled < 2; filled += 1) {
        const socket = net.connect(address.port, address.host).on('error', () => {});
        scope.defer(() => socket.destroy());
        await once(socket, 'connect');
      }
      const began = performance.now();
      assert.deepEqual(await call(to(address)).outcome, { kind: 'broken', why: 'no connection within 0.25 s' });
      assert.ok(performance.now() - began < 900);
    });
  }
});
