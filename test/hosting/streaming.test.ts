import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { block, blocks, manyBlocks, standstill } from './blocks.ts';
import { doors, type Hosting, host, rawly, request } from './doors.ts';

/** A server that pings well. */
const model = (invocations: RequestListener) =>
  serving((asked, response) => (asked.url === '/ping' ? void response.end() : invocations(asked, response)));

async function checksum(stream: Readable): Promise<{ bytes: number; sum: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sum: hash.digest('hex') };
}

for (const door of doors) {
  describe(`a body through the ${door}`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const open = async (image: Parameters<typeof host>[2], hosting?: Hosting): Promise<string> =>
      `${(await host(scope, door, image, hosting)).url}/endpoints/demo/invocations`;
    const post = (url: string, headers: http.OutgoingHttpHeaders = {}): http.ClientRequest => {
      const sent = http.request(url, { method: 'POST', agent: false, headers });
      scope.defer(() => sent.destroy());
      return sent;
    };
    const answerTo = async (sent: http.ClientRequest): Promise<IncomingMessage> => ((await once(sent, 'response')) as [IncomingMessage])[0];

    for (const framing of ['of known length', 'in chunks']) {
      it(`of 20 MiB ${framing} arrives whole on both ways`, async () => {
        const count = 320;
        const headers = framing === 'in chunks' ? {} : { 'content-length': count * block.length };
        const seen: unknown[] = [];
        const url = await open(
          model(async (asked, response) => {
            seen.push(asked.headers['content-length'], await checksum(asked));
            response.writeHead(200, headers);
            await pipeline(Readable.from(blocks(count)), response);
          }),
        );
        const sent = post(url, headers);
        const [answer] = await Promise.all([answerTo(sent), pipeline(Readable.from(blocks(count)), sent)]);
        const whole = await checksum(Readable.from(blocks(count)));
        assert.deepEqual(await checksum(answer), whole);
        assert.deepEqual(seen, [framing === 'in chunks' ? undefined : String(count * block.length), whole]);
        assert.equal(answer.headers['content-length'], framing === 'in chunks' ? undefined : String(count * block.length));
      });
    }

    const large: Hosting = { limits: { payload: 2 ** 30 } };

    it('of an answer waits for a client that does not read', async () => {
      const made = { count: 0 };
      const url = await open(
        model((_asked, response) => {
          pipeline(Readable.from(blocks(manyBlocks, made)), response).catch(() => {});
        }),
        large,
      );
      const sent = post(url);
      sent.end();
      const answer = await answerTo(sent);
      answer.pause();
      await standstill(() => made.count);
      assert.ok(made.count < manyBlocks / 4, `${made.count} blocks went on their way`);
      answer.destroy();
    });

    it('of a request waits for a container that does not read', async () => {
      const made = { count: 0 };
      const url = await open(
        model(() => {}),
        large,
      );
      const sent = post(url);
      pipeline(Readable.from(blocks(manyBlocks, made)), sent).catch(() => {});
      await once(sent, 'socket');
      await standstill(() => made.count);
      assert.ok(made.count > 0 && made.count < manyBlocks / 4, `${made.count} blocks went on their way`);
      sent.destroy();
    });

    it('of an answer goes out as it comes', async () => {
      let finish = (): void => {};
      const url = await open(
        model((_asked, response) => {
          response.write('first');
          finish = () => void response.end('last');
        }),
      );
      const sent = post(url);
      sent.end();
      const answer = (await answerTo(sent)).setEncoding('utf8');
      assert.deepEqual(await once(answer, 'data'), ['first']); // the container has not ended it
      finish();
      assert.deepEqual(await once(answer, 'data'), ['last']);
    });

    it('of a client that leaves is no longer worked on: the container sees the connection closed', async () => {
      let began = (): void => {};
      let ended = (): void => {};
      const begun = new Promise<void>((resolve) => {
        began = resolve;
      });
      const closed = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const url = await open(
        model((asked) => {
          asked.socket.on('close', ended);
          began();
        }),
      );
      const waiting = post(url);
      waiting.on('error', () => {}).end('1,2,3');
      await begun;
      waiting.destroy();
      await closed;
    });

    it('of a client that leaves in the middle of it is cut for the container too', async () => {
      let broke = (_error: Error): void => {};
      const broken = new Promise<Error>((resolve) => {
        broke = resolve;
      });
      const url = await open(model((asked) => void asked.on('error', broke).resume()));
      const sent = post(url, { 'content-length': 1_000_000 });
      sent.on('error', () => {});
      sent.write(block);
      const hosted = once(sent, 'socket');
      await hosted;
      await new Promise<void>((resolve) => sent.write(block, () => resolve()));
      sent.destroy();
      assert.match((await broken).message, /aborted/);
    });

    /** As botocore does it: all of the request first, then the answer; `times` on one connection. Node's own client would stop half-way. */
    const sendAllThenRead = async (url: string, head: string, last: string, times = 2): Promise<readonly string[]> => {
      const { hostname, port, pathname } = new URL(url);
      const socket = net.connect(Number(port), hostname);
      scope.defer(() => socket.destroy());
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk;
      });
      for (let sent = 1; sent <= times; sent += 1) {
        socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\n${head}\r\n`);
        for (const chunk of blocks(160)) {
          const framed = last === '' ? chunk : Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
          if (!socket.write(framed)) await once(socket, 'drain');
        }
        socket.write(last);
        while (received.split('HTTP/1.1 ').length <= sent || !received.endsWith('}')) await once(socket, 'data');
      }
      return [...received.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status ?? '');
    };
    const framings = [
      [`Content-Length: ${160 * block.length}\r\n`, ''],
      ['Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ] as const;

    it('that the container does not want to read costs the client neither its answer nor its connection', async () => {
      const failures = [
        rawly((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')),
        rawly((socket) => socket.resetAndDestroy()),
      ];
      for (const image of failures) {
        const url = await open(image);
        for (const [head, last] of framings) assert.deepEqual(await sendAllThenRead(url, head, last), ['424', '424']);
      }
    });

    it('that is too large, or for an endpoint that is not there, costs the client neither its answer nor its connection', async () => {
      const url = await open(
        model((asked) => void asked.resume()),
        { limits: { payload: 100_000 } },
      );
      for (const [head, last] of framings) {
        assert.deepEqual(await sendAllThenRead(url, head, last), ['413', '413']);
        const status = head.startsWith('Content-Length') ? '413' : '400'; // sizes that are announced are looked at first
        assert.deepEqual(await sendAllThenRead(url.replace('demo', 'other'), head, last), [status, status]);
      }
    });

    it('that is too large is read to its end, though the connection is closed afterwards: a reset could overtake the answer', async () => {
      const url = await open(
        model((asked) => void asked.resume()),
        { limits: { payload: 100_000 } },
      );
      for (const [head, last] of framings) assert.deepEqual(await sendAllThenRead(url, `${head}Connection: close\r\n`, last, 1), ['413']);
    });

    it('is answered on many connections at once, more than the container gets', async () => {
      let running = 0;
      let most = 0;
      const url = await open(
        model(async (asked, response) => {
          running += 1;
          most = Math.max(most, running);
          await turn();
          running -= 1;
          asked.pipe(response);
        }),
      );
      const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => request(url, { body: String(index) })));
      assert.deepEqual(
        answers.map(({ body }) => body),
        answers.map((_, index) => String(index)),
      );
      assert.ok(most <= 64, `${most} at once`);
    });
  });
}
