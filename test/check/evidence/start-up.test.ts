import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Starting, type StartUp, untilUp } from '../../../src/check/evidence/start-up.ts';
import { FakeEngine } from '../../support/fake-engine.ts';

/** How a server of this process is found to come up, as if it were a container's. */
async function startUpOf(
  answer: RequestListener,
  { startup = 20, ping = 0.1, refusal = 60, ended, hasWorked = false }: Options = {},
): Promise<StartUp> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gone = new AbortController();
  const starting: Starting = {
    address: { host: '127.0.0.1', port },
    container: undefined,
    port,
    ended: () => ended?.(gone),
    gone: gone.signal,
    hasWorked: async () => hasWorked,
  };
  try {
    return await untilUp(new FakeEngine({ images: {} }), starting, { startup, ping, refusal }, new AbortController().signal);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Options {
  readonly startup?: number;
  readonly ping?: number;
  readonly refusal?: number;
  readonly hasWorked?: boolean;
  readonly ended?: (gone: AbortController) => ReturnType<Starting['ended']>;
}

describe('the start of a container', function () {
  this.timeout(10_000);

  it('is done with the first 200, whatever came before', async () => {
    let pings = 0;
    const startUp = await startUpOf((_request, response) => {
      pings += 1;
      response.writeHead(pings < 4 ? 503 : 200).end();
    });
    assert.equal(startUp.state, 'ready');
    assert.equal(pings, 4);
  });

  it('has failed when good answers came too late three times in a row', async () => {
    const startUp = await startUpOf(async (_request, response) => {
      await sleep(150);
      response.end();
    });
    assert.equal(startUp.state, 'unhealthy');
    assert.ok(startUp.state === 'unhealthy' && startUp.last.status === 200 && startUp.last.took > 0.1);
  });

  it('has failed when the window is over, with the last answer', async () => {
    const startUp = await startUpOf((_request, response) => void response.writeHead(503).end('loading'), { startup: 0.2 });
    assert.ok(startUp.state === 'unhealthy' && startUp.last.status === 503 && startUp.last.body.toString() === 'loading');
  });

  const refusing: RequestListener = (_request, response) => void response.writeHead(404).end();

  it('has failed when it is refused for a while and nothing else goes on, however long the window is', async () => {
    const startUp = await startUpOf(refusing, { refusal: 0.3 });
    assert.ok(startUp.state === 'unhealthy' && startUp.isCutShort && startUp.after < 5);
  });

  it('goes on while the container works, whatever it answers', async () => {
    const startUp = await startUpOf(refusing, { startup: 0.6, refusal: 0.2, hasWorked: true });
    assert.ok(startUp.state === 'unhealthy' && !startUp.isCutShort);
  });

  it('is asked once a second, at most, by who gets an answer', async () => {
    let pings = 0;
    const count: RequestListener = (_request, response) => {
      pings += 1;
      response.writeHead(503).end();
    };
    await startUpOf(count, { startup: 1 });
    assert.ok(pings < 12, `${pings} pings`);
  });

  it('is over when the container has ended, though nobody answers', async () => {
    const exit = { code: 3, oomKilled: false };
    let asked = 0;
    const ended = (gone: AbortController) => {
      asked += 1;
      if (asked === 1) queueMicrotask(() => gone.abort());
      return asked > 1 ? exit : undefined;
    };
    const startUp = await startUpOf(() => {}, { ended });
    assert.ok(startUp.state === 'ended' && startUp.exit === exit && !startUp.hasListened);
  });
});
