import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  InvokeEndpointWithResponseStreamCommand,
  type InvokeEndpointWithResponseStreamCommandInput,
  type InvokeEndpointWithResponseStreamCommandOutput,
  ModelError,
  ModelStreamError,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { eventStreamType, readEventStream, type StreamEvent } from '../../src/contract/event-stream.ts';
import { StreamReply } from '../../src/hosting/stream-reply.ts';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { blocks, manyBlocks, standstill } from './blocks.ts';
import { doors, type Hosted, type Hosting, host, rawly, request } from './doors.ts';

/** A server that pings well. */
const model = (invocations: RequestListener) =>
  serving((asked, response) => (asked.url === '/ping' ? void response.end() : invocations(asked, response)));

const fine = model((asked, response) => void asked.pipe(response));

/** The bytes of the parts, one after another as they come; throws what the SDK throws. */
async function* partsOf({ Body }: InvokeEndpointWithResponseStreamCommandOutput): AsyncGenerator<Buffer, void> {
  for await (const { PayloadPart } of Body ?? []) yield Buffer.from(PayloadPart?.Bytes ?? []);
}

async function bodyOf(answer: InvokeEndpointWithResponseStreamCommandOutput): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of partsOf(answer)) parts.push(part);
  return Buffer.concat(parts);
}

async function eventsOf(answer: IncomingMessage): Promise<readonly StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of readEventStream(answer)) events.push(event);
  return events;
}

for (const door of doors) {
  describe(`a stream through the ${door}`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    type Input = Partial<InvokeEndpointWithResponseStreamCommandInput>;
    const start = (image: Parameters<typeof host>[2], hosting?: Hosting): Promise<Hosted> => host(scope, door, image, hosting);
    const invoke = ({ client }: Hosted, input: Input = {}) =>
      client.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'demo', Body: Buffer.from('1,2,3'), ...input }));
    const refusal = async (hosted: Hosted, input: Input = {}): Promise<SageMakerRuntimeServiceException> => {
      const error = await invoke(hosted, input).then(
        () => assert.fail('it was answered'),
        (refused: unknown) => refused,
      );
      assert.ok(error instanceof SageMakerRuntimeServiceException, String(error));
      return error;
    };
    const modelError = async (hosted: Hosted): Promise<ModelError> => {
      const error = await refusal(hosted);
      assert.ok(error instanceof ModelError, String(error));
      assert.equal(error.$metadata.httpStatusCode, 424);
      return error;
    };
    it('breaks on demand after its first part', async () => {
      const hosted = await start(fine, { faults: ['stream-break=100%'] });
      const error = await streamError(hosted, '1,2,3');
      assert.equal(error.ErrorCode, 'StreamBroken');
      assert.equal((await request(`${hosted.url}/endpoints/demo/invocations`, { body: 'whole' })).body, 'whole');
    });

    const streamError = async (hosted: Hosted, before: string): Promise<ModelStreamError> => {
      let seen = '';
      try {
        for await (const part of partsOf(await invoke(hosted))) seen += part;
      } catch (error) {
        assert.ok(error instanceof ModelStreamError, String(error));
        assert.equal(seen, before);
        return error;
      }
      throw new Error('It ended well.');
    };
    const post = async ({ url }: Hosted, headers: http.OutgoingHttpHeaders = {}): Promise<IncomingMessage> => {
      const sent = http.request(`${url}/endpoints/demo/invocations-response-stream`, { method: 'POST', agent: false, headers });
      scope.defer(() => sent.destroy());
      sent.end('1,2,3');
      return ((await once(sent, 'response')) as [IncomingMessage])[0];
    };

    it('reaches the container as the contract says and comes back as the API says', async () => {
      let seen: IncomingMessage | undefined;
      const hosted = await start(
        model((asked, response) => {
          seen = asked;
          response.writeHead(201, { 'content-type': 'text/plain', 'X-Amzn-SageMaker-Custom-Attributes': 'model=v3', server: 'mine' });
          response.end('fine');
        }),
      );
      const answer = await invoke(hosted, {
        ContentType: 'text/csv',
        Accept: 'application/json',
        CustomAttributes: 'trace=42',
        InferenceId: 'one',
        SessionId: 'abc',
      });
      assert.deepEqual([seen?.method, seen?.url], ['POST', '/invocations']);
      assert.deepEqual(Object.keys(seen?.headers ?? {}).sort(), [
        ...['accept', 'connection', 'content-length', 'content-type', 'host', 'user-agent'],
        ...['x-amzn-sagemaker-custom-attributes', 'x-amzn-sagemaker-inference-id', 'x-amzn-sagemaker-session-id'],
      ]);
      assert.deepEqual([seen?.headers.accept, seen?.headers['content-type']], ['application/json', 'text/csv']);
      assert.equal(answer.$metadata.httpStatusCode, 200);
      assert.match(answer.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
      assert.deepEqual(
        [answer.ContentType, answer.InvokedProductionVariant, answer.CustomAttributes],
        ['text/plain', 'AllTraffic', 'model=v3'],
      );
      assert.equal(String(await bodyOf(answer)), 'fine');
    });

    it('has these headers and no others', async () => {
      const { headers } = await post(
        await start(model((_asked, response) => void response.setHeader('server', 'mine').setHeader('content-length', 2).end('ok'))),
      );
      const { date: _date, 'x-amzn-requestid': _id, ...named } = headers;
      assert.deepEqual(named, {
        connection: 'close',
        'content-type': eventStreamType,
        'transfer-encoding': 'chunked',
        'x-amzn-invoked-production-variant': 'AllTraffic',
      });
    });

    it('takes Accept for its own, and knows neither a target model nor explanations', async () => {
      let seen: http.IncomingHttpHeaders = {};
      const answer = await post(
        await start(
          model((asked, response) => {
            seen = asked.headers;
            response.end();
          }),
        ),
        { accept: eventStreamType, 'x-amzn-sagemaker-target-model': 'a.tar.gz', 'x-amzn-sagemaker-enable-explanations': '`true`' },
      );
      assert.equal(answer.statusCode, 200);
      assert.deepEqual(Object.keys(seen).sort(), ['connection', 'content-length', 'host', 'user-agent']);
    });

    it('begins with the container’s head', async () => {
      const answer = await post(
        await start(model((_asked, response) => void response.setHeader('content-type', 'text/plain').flushHeaders())), // and nothing more
      );
      assert.equal(answer.headers['x-amzn-sagemaker-content-type'], 'text/plain');
    });

    it('comes part by part, as the container writes', async () => {
      const pieces = ['one', 'two', 'three'];
      let writeNext = (): void => {};
      const hosted = await start(
        model((_asked, response) => {
          const rest = pieces.values();
          writeNext = () => {
            const { value, done } = rest.next();
            if (done) response.end();
            else response.write(value);
          };
          writeNext();
        }),
      );
      const seen: string[] = [];
      for await (const part of partsOf(await invoke(hosted))) {
        seen.push(String(part));
        writeNext(); // only when the client has the one before
      }
      assert.deepEqual(seen, pieces);
      const [over] = hosted.overs;
      assert.deepEqual([over?.status, over?.answered, over?.trouble, over?.sent, over?.received], [200, 200, undefined, 5, 11]);
    });

    it('is one part for each chunk', async () => {
      const pieces = ['one', 'two', 'three'];
      const framed = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
      const hosted = await start(rawly((socket) => socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`)));
      const parts: string[] = [];
      for await (const part of partsOf(await invoke(hosted))) parts.push(String(part));
      assert.deepEqual(parts, pieces);
    });

    it('brings large chunks, and more than an answer in one may weigh', async () => {
      const chunk = randomBytes(3 * 2 ** 20);
      const hosted = await start(
        model((_asked, response) => {
          response.write(chunk);
          response.end(chunk);
        }),
        { limits: { payload: 1000 } },
      );
      const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      assert.equal(sum(await bodyOf(await invoke(hosted))), sum(Buffer.concat([chunk, chunk])));
    });

    it('keeps characters that are cut in two', async () => {
      const duck = Buffer.from('🦆');
      const hosted = await start(
        model((_asked, response) => {
          response.write(duck.subarray(0, 1), () => response.end(duck.subarray(1)));
        }),
      );
      assert.equal(String(await bodyOf(await invoke(hosted))), '🦆');
    });

    it('of nothing has no parts', async () => {
      const empty: readonly RequestListener[] = [
        (_asked, response) => void response.writeHead(204).end(),
        (_asked, response) => void response.writeHead(200, { 'content-length': 0 }).end(),
        (_asked, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(),
      ];
      for (const habit of empty) {
        const answer = await post(await start(model(habit)));
        assert.deepEqual([answer.statusCode, await eventsOf(answer)], [200, []]);
      }
    });

    it('of /invocations-response-stream goes to the only endpoint, as a stream whatever --raw says', async () => {
      const { url } = await start(fine, { isRaw: true });
      const { headers, body } = await request(`${url}/invocations-response-stream`, { body: 'hello' });
      assert.equal(headers['content-type'], eventStreamType);
      assert.match(body, /hello/);
    });

    it('of /invocations-response-stream is refused when there are several endpoints', async () => {
      const { url } = await start(fine, { names: ['one', 'two'] });
      const { status, body } = await request(`${url}/invocations-response-stream`, { body: 'hello' });
      assert.equal(status, 400);
      assert.match(body, /\/endpoints\/<name>\/invocations-response-stream with one, two/);
    });

    it('has these paths and no others', async () => {
      const { url } = await start(fine);
      const wrong = [
        ['GET', '/endpoints/demo/invocations-response-stream'],
        ['POST', '/endpoints//invocations-response-stream'],
        ['POST', '/endpoints/a/b/invocations-response-stream'],
        ['POST', '/demo/invocations-response-stream'],
      ] as const;
      for (const [method, path] of wrong) assert.equal((await request(url + path, { method })).status, 404, `${method} ${path}`);
    });

    // --- refused before the container hears of it -------------------------------------------------

    it('cannot open a session', async () => {
      const error = await refusal(await start(fine), { SessionId: 'NEW_SESSION' });
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ValidationError', 400]);
      assert.match(error.message, /^1 validation error detected: Value at 'sessionId' failed to satisfy constraint: Member must satisfy/);
    });

    it('with an Accept beyond its bounds, of an unknown endpoint or variant, or that is too large, is refused', async () => {
      const hosted = await start(fine, { limits: { payload: 100 } });
      assert.match((await refusal(hosted, { Accept: 'x'.repeat(1025) })).message, /'accept' failed .* length less than or equal to 1024/);
      assert.equal((await refusal(hosted, { EndpointName: 'other' })).message, 'Endpoint other of account 123456789012 not found.');
      assert.equal((await refusal(hosted, { TargetVariant: 'green' })).message, 'Variant green not found for endpoint demo.');
      assert.equal((await refusal(hosted, { Body: Buffer.alloc(101) })).$metadata.httpStatusCode, 413);
    });

    // --- the container fails before it begins ------------------------------------------------------

    it('that the container refuses is a ModelError with its status and words', async () => {
      for (const status of [400, 503]) {
        const error = await modelError(await start(model((_asked, response) => void response.writeHead(status).end('no room'))));
        assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [status, 'no room']);
      }
    });

    it('whose container’s error breaks off is a ModelError that says so', async () => {
      const half = 'HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nhalf';
      const error = await modelError(await start(rawly((socket) => socket.end(half))));
      assert.equal(error.OriginalStatusCode, 500);
      assert.match(error.message, /could not load the entire response body/);
    });

    it('whose container resets the connection before is a ModelError without a status', async () => {
      const error = await modelError(await start(rawly((socket) => socket.resetAndDestroy())));
      assert.equal(error.OriginalStatusCode, 0);
      assert.match(error.message, /could not get a response from the demo endpoint/);
    });

    for (const limits of [{ invocation: 0.05 }, { stream: 0.05 }]) {
      it(`that has not begun within the limit ${Object.keys(limits)} is a ModelError`, async () => {
        const hosted = await start(
          model(() => {}),
          { limits },
        );
        const error = await modelError(hosted);
        assert.match(error.message, /Your invocation timed out while waiting for a response from container primary/);
        assert.match(hosted.overs[0]?.trouble ?? '', /within 0.05 s/);
      });
    }

    // --- and after ---------------------------------------------------------------------------------

    it('that has begun in time may take longer', async () => {
      const hosted = await start(
        model((_asked, response) => {
          response.write('one');
          setTimeout(() => response.end('two'), 200);
        }),
        { limits: { invocation: 0.1 } },
      );
      assert.equal(String(await bodyOf(await invoke(hosted))), 'onetwo');
    });

    it('that is not over in time ends with a ModelStreamError', async () => {
      const hosted = await start(
        model((_asked, response) => void response.write('slow')),
        { limits: { stream: 0.1 } },
      );
      const error = await streamError(hosted, 'slow');
      assert.equal(error.ErrorCode, 'ModelInvocationTimeExceeded');
      assert.match(error.Message ?? '', /failed to finish sending the response within the timeout period/);
      assert.equal(hosted.overs[0]?.trouble, 'no whole answer within 0.1 s');
    });

    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n';
    const failures = {
      'closes the connection in mid-stream': rawly((socket) => socket.end(chunked)),
      'resets the connection in mid-stream': rawly((socket) => socket.write(chunked, () => setImmediate(() => socket.resetAndDestroy()))),
      'sends less than it announced': rawly((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
      'goes on with something else': rawly((socket) => socket.end(`${chunked}oh no\r\n`)),
    };
    for (const [what, image] of Object.entries(failures)) {
      it(`whose container ${what} ends with a ModelStreamError`, async () => {
        const hosted = await start(image);
        assert.equal((await streamError(hosted, 'half')).ErrorCode, 'StreamBroken');
        assert.deepEqual([hosted.overs[0]?.status, hosted.overs[0]?.trouble === undefined], [200, false]);
      });
    }

    it('whose container dies meanwhile ends with a ModelStreamError', async () => {
      const hosted: Hosted = await start(
        model((_asked, response) => {
          response.write('half', () => hosted.engine.history[0]?.kill('SIGKILL'));
        }),
      );
      assert.equal((await streamError(hosted, 'half')).ErrorCode, 'StreamBroken');
    });

    it('that has ended with an error leaves the connection in order', async () => {
      const hosted = await start(failures['sends less than it announced']);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      scope.defer(() => agent.destroy());
      const ports = new Set<number | undefined>();
      for (let times = 0; times < 2; times += 1) {
        const sent = http.request(`${hosted.url}/invocations-response-stream`, { method: 'POST', agent });
        sent.end('x');
        const [answer] = (await once(sent, 'response')) as [IncomingMessage];
        ports.add(answer.socket.localPort);
        const events = await eventsOf(answer);
        assert.deepEqual(
          events.map(({ kind }) => kind),
          ['part', 'exception'],
        );
      }
      assert.equal(ports.size, 1);
    });

    it('of a client that leaves is no longer worked on: the container sees the connection closed', async () => {
      let ended = (): void => {};
      const closed = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const hosted = await start(
        model((asked, response) => {
          asked.socket.on('close', ended);
          response.write('one');
        }),
      );
      const answer = await post(hosted);
      await once(answer, 'data');
      answer.destroy();
      await closed;
      assert.equal(hosted.overs[0]?.trouble, 'the client left');
    });

    it('waits for a client that does not read', async () => {
      const made = { count: 0 };
      const answer = await post(
        await start(
          model((_asked, response) => {
            pipeline(Readable.from(blocks(manyBlocks, made)), response).catch(() => {});
          }),
        ),
      );
      answer.pause();
      await standstill(() => made.count);
      assert.ok(made.count < manyBlocks / 4, `${made.count} blocks went on their way`);
      answer.destroy();
    });

    it('goes on when a slow client reads again', async () => {
      const count = 256;
      const made = { count: 0 };
      const answer = await post(
        await start(
          model((_asked, response) => {
            pipeline(Readable.from(blocks(count, made)), response).catch(() => {});
          }),
        ),
      );
      answer.pause();
      await standstill(() => made.count);
      assert.ok(made.count < count, `${made.count} blocks went on their way`);
      let bytes = 0;
      for (const event of await eventsOf(answer)) bytes += event.kind === 'part' ? event.payload.length : Number.NaN;
      assert.equal(bytes, count * 64 * 1024);
    });
  });
}

describe('the reply that is a stream', () => {
  it('says so when the failure is our own', async () => {
    await using scope = new Scope();
    const troubles: (string | undefined)[] = [];
    const server = http.createServer((_asked, response) => {
      const place = { endpoint: 'demo', region: 'us-east-1', account: '123456789012' };
      const texts = { requestId: '1', path: '/', place, variant: 'AllTraffic', instance: 'i-1', container: 'primary' };
      const onOver = ({ trouble }: { trouble: string | undefined }): void => void troubles.push(trouble);
      const reply = new StreamReply(response, {
        ...texts,
        arrivedAt: 0,
        payload: 1000,
        isRaw: false,
        body: undefined,
        captured: undefined,
        onOver,
      });
      reply.head(200, []);
      reply.data(Buffer.from('one'));
      reply.data({ length: -1000 } as Buffer); // nothing that could be written
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    scope.defer(() => void server.close());
    const sent = http.get({ port: (server.address() as AddressInfo).port, agent: false });
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const [part, failure] = await eventsOf(answer);
    assert.equal(part?.kind === 'part' && String(part.payload), 'one');
    assert.equal(failure?.kind === 'exception' && failure.type, 'InternalStreamFailure');
    assert.equal(troubles.length, 1);
    assert.equal(troubles[0], failure?.kind === 'exception' && failure.message);
  });
});
