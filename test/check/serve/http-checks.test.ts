import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ImageContent } from '../../../src/check/evidence/image-content.ts';
import { type Examined, examine } from '../../../src/check/examine.ts';
import { openSubject } from '../../../src/check/open-subject.ts';
import type { CheckRequest } from '../../../src/check/request.ts';
import { servingChecks } from '../../../src/check/serve/serving-checks.ts';
import type { Subject } from '../../../src/check/subject.ts';
import { openEphemeral } from '../../../src/ephemeral.ts';
import { FakeEngine, type Program } from '../../support/fake-engine.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

type Handler = (request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown;

/** What a good server does with an invocation: a list of numbers gets their sum. */
const sum: Handler = (request, body, response) => {
  if (request.headers['content-type'] !== 'application/json') return response.writeHead(415).end();
  try {
    const numbers = JSON.parse(body.toString()) as number[];
    const answer = String(numbers.reduce((total, each) => total + each, 0));
    return response.writeHead(200, { 'Content-Length': String(answer.length) }).end(answer);
  } catch {
    return response.writeHead(400).end('no list of numbers');
  }
};

const parameters: Handler = (_request, _body, response) => response.writeHead(404).end();

interface Server {
  readonly ping?: Handler;
  readonly invoke?: Handler;
  readonly parameters?: Handler;
  /** Bytes that it takes. */
  readonly memory?: () => number;
  /** Its exit code, after so many invocations. */
  readonly ends?: { readonly after: number; readonly code: number };
  /** Whether it takes connections, and closes them without a word. */
  readonly drops?: boolean;
  /** Whether no sample is given. */
  readonly isUnknown?: boolean;
  /** As `--limit`. */
  readonly limit?: readonly string[];
}

/** A container that serves with these, and with good ones for those that are left out. */
const serving =
  (handlers: Server): Program =>
  async (world) => {
    let invocations = 0;
    const over = new AbortController();
    const server = http.createServer(async (request, response) => {
      const body = await buffer(request).catch(() => undefined);
      if (body === undefined) return; // its client has gone
      const ping = handlers.ping ?? ((_request, _body, answer) => answer.end());
      if (request.url === '/ping') ping(request, body, response);
      else if (request.url === '/execution-parameters') (handlers.parameters ?? parameters)(request, body, response);
      else {
        invocations += 1;
        if (handlers.ends && invocations > handlers.ends.after) return over.abort();
        (handlers.invoke ?? sum)(request, body, response);
      }
    });
    const ended = Promise.race([over.signal, world.terminated, world.ended].map((each) => once(each, 'abort')));
    await world.listen(handlers.drops ? net.createServer((socket) => socket.destroy()) : server);
    await ended;
    server.close();
    return over.signal.aborted ? (handlers.ends?.code ?? 0) : 0;
  };

const nothing: ImageContent = { layers: [], files: new Map(), history: [], waste: [], exposedPorts: [], unread: 0 };

/** /proc/net/tcp of a container in which something listens on port 8080 of all addresses. */
const listening8080 = '   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n';

/** What the checks find in such a server, by their names; every container has gone afterwards. */
async function findingsOf(handlers: Server, ...only: string[]): Promise<ReadonlyMap<string, Examined>> {
  await using directory = await temporaryDirectory();
  const engine = new FakeEngine({
    images: { 'served:latest': { program: serving(handlers), exec: async () => ({ code: 0, output: listening8080 }) } },
    describe: { isNative: false },
    ...(handlers.memory && { memory: handlers.memory }),
  });
  const found = new Map<string, Examined>();
  {
    await using ephemeral = await openEphemeral({ home: join(directory.path, 'home'), engine, credentials: { source: 'environment' } });
    const request: CheckRequest = {
      ...{ source: { kind: 'image', reference: 'served:latest' }, imageName: 'served', buildArguments: {}, platform: 'linux/amd64' },
      ...{
        parts: ['serve'],
        train: {},
        serve: { limit: handlers.limit ?? [] },
        payload: handlers.isUnknown ? undefined : { body: Buffer.from('[1, 2]'), contentType: 'application/json' },
      },
      surroundings: { env: {}, cwd: directory.path, now: () => new Date() },
    };
    await using subject = await openSubject(ephemeral, request, { event() {}, trial() {} }, new AbortController().signal);
    const emptied: Subject = { ...subject, content: async () => nothing }; // a fake engine saves no images
    for await (const each of examine(emptied, servingChecks, { only, skip: [] })) found.set(each.check.name, each);
  }
  assert.deepEqual(engine.left(), [], 'nothing is left in the engine');
  return found;
}

async function found(name: string, handlers: Server): Promise<Examined> {
  const finding = (await findingsOf(handlers, name)).get(name);
  assert.ok(finding, 'it was looked at');
  return finding;
}

async function assertFails(name: string, handlers: Server, text: RegExp): Promise<void> {
  const { state, text: told } = await found(name, handlers);
  assert.equal(state, 'failed', told);
  assert.match(told, text);
}

async function assertPasses(name: string, handlers: Server): Promise<void> {
  const { state, text } = await found(name, handlers);
  assert.equal(state, 'passed', text);
}

describe('the checks of serving', function () {
  this.timeout(40_000);

  it('find a ping that is slow a fault', async () => {
    await assertFails(
      'serve-ping',
      { ping: (_request, _body, response) => void setTimeout(() => response.end(), 250), limit: ['ping=100ms'] },
      /only after \d+ ms; SageMaker waits 100 ms/,
    );
  });

  it('find a given sample that is refused a fault, with what the server says', async () => {
    await assertFails(
      'serve-invocation',
      { invoke: (_request, _body, response) => response.writeHead(422).end('three numbers are wanted') },
      /status 422: three numbers are wanted/,
    );
  });

  it('take any status from 200 to 299 for success', async () => {
    await assertPasses('serve-invocation', { invoke: (_request, _body, response) => response.writeHead(204).end() });
    await assertPasses('serve-content-length', { invoke: (_request, _body, response) => response.writeHead(204).end() });
  });

  it('note an answer in chunks', async () => {
    const invoke: Handler = (_request, _body, response) => {
      response.write('a');
      response.end('b');
    };
    await assertFails('serve-content-length', { invoke }, /comes chunked/);
  });

  it('find an answer that is longer than it says a fault of its length, and of nothing else', async () => {
    const invoke: Handler = (_request, _body, response) => response.socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n0123456789');
    const all = await findingsOf({ invoke }, 'serve-content-length', 'serve-keep-alive');
    const states = [...all.values()].map(({ check, state, severity }) => `${check.name} ${state} ${severity}`);
    assert.deepEqual(states, ['serve-content-length failed error', 'serve-keep-alive untested warning']);
  });

  it('take no offence at a connection that is closed, when the server says so', async () => {
    const close: Handler = (request, body, response) => sum(request, body, response.setHeader('Connection', 'close') as ServerResponse);
    await assertPasses('serve-keep-alive', { invoke: close });
    const drop: Handler = (request, body, response) => {
      response.on('finish', () => setTimeout(() => request.socket.destroy(), 5));
      sum(request, body, response);
    };
    await assertFails('serve-keep-alive', { invoke: drop }, /closed a connection after the first answer without a word/);
  });

  it('name the header that a server stumbles over', async () => {
    const invoke: Handler = (request, body, response) =>
      'x-amzn-trace-id' in request.headers ? response.writeHead(500).end() : sum(request, body, response);
    const finding = await found('serve-headers', { invoke });
    assert.ok(finding.state === 'failed');
    assert.deepEqual(finding.items, ['X-Amzn-Trace-Id']);
  });

  it('tell a body that was not read from one that was a fault of the server', async () => {
    const invoke: Handler = (request, body, response) => {
      if (body.length === 0) return request.socket.destroy();
      return sum(request, body, response);
    };
    await assertFails('serve-bad-body', { invoke }, /an empty body \(nothing: /);
    await assertPasses('serve-content-type', { invoke });
    await assertPasses('serve-bad-body', { invoke: (_request, _body, response) => response.end('whatever') });
  });

  it('weigh a limit of 1 MB more than one of 10 MB', async () => {
    const upTo =
      (bytes: number): Handler =>
      (request, body, response) =>
        body.length > bytes ? response.writeHead(413).end() : sum(request, body, response);
    const [small, large] = [await found('serve-payload', { invoke: upTo(1e6) }), await found('serve-payload', { invoke: upTo(1e7) })];
    assert.deepEqual([small.state, small.severity, large.state, large.severity], ['failed', 'error', 'failed', 'warning']);
    await assertPasses('serve-payload', { invoke: (_request, body, response) => response.writeHead(body.length > 100 ? 400 : 200).end() });
  });

  it('know the parameters of transform jobs', async () => {
    const answering =
      (status: number, text: string): Handler =>
      (_request, _body, response) =>
        response.writeHead(status).end(text);
    for (const [status, text, wrong] of [
      [200, '{"MaxConcurrentTransforms": "8"}', /MaxConcurrentTransforms is "8", and no whole number/],
      [200, '{"BatchStrategy": "MultiRecord"}', /neither "MULTI_RECORD" nor "SINGLE_RECORD"/],
      [200, '{"MaxPayloadInMB": 101}', /no whole number from 0 to 100/],
      [200, 'MULTI_RECORD', /no JSON/],
      [200, '[]', /no JSON object/],
    ] as const) {
      await assertFails('batch-parameters', { parameters: answering(status, text) }, wrong);
    }
    for (const [status, text] of [
      [503, ''],
      [200, '{"MaxConcurrentTransforms": 32, "MaxPayloadInMB": 6}'],
    ] as const) {
      const { state, severity } = await found('batch-parameters', { parameters: answering(status, text) });
      assert.deepEqual([state, severity], ['failed', 'note'], `${status} ${text}`);
    }
    for (const [status, text] of [
      [404, ''],
      [405, ''],
      [200, '{}'],
      [200, '{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 6, "more": true}'],
    ] as const) {
      await assertPasses('batch-parameters', { parameters: answering(status, text) });
    }
  });

  it('do not hold an engine elsewhere against a good server', async () => {
    const all = [...(await findingsOf({})).values()].filter(({ state }) => state !== 'passed' && state !== 'inapplicable');
    assert.deepEqual(
      all.map(({ check, state, severity }) => `${check.name} ${state} ${severity}`),
      [
        'serve-accept untested note',
        'serve-network untested note',
        'serve-sigterm untested note',
        'serve-stop-time untested warning', // because of the one before
      ],
    );
  });

  it('tell a heap that fills from a leak', async () => {
    let served = 0;
    const invoke: Handler = (request, body, response) => {
      served += 1;
      return sum(request, body, response);
    };
    const grown = (): number => 50e6 + served * 64 * 1024;
    await assertFails('serve-memory', { invoke, memory: grown }, /Memory grew from .*: 65\.\d KB with each/);
    served = 0;
    await assertPasses('serve-memory', { invoke, memory: () => Math.min(grown(), 210e6) });
  });

  it('do not wait for a slow model to be asked a thousand times', async () => {
    const invoke: Handler = (request, body, response) => void setTimeout(() => sum(request, body, response), 2100);
    const { state, severity, text } = await found('serve-memory', { invoke });
    assert.deepEqual([state, severity], ['untested', 'note'], text);
  });

  it('tell once that a container ends under requests that it takes', async () => {
    const all = await findingsOf(
      { ends: { after: 3, code: 9 } },
      'serve-keep-alive',
      'serve-headers',
      'serve-concurrency',
      'serve-survives',
    );
    const failed = [...all.values()].filter(({ state }) => state === 'failed');
    assert.deepEqual(
      failed.map(({ severity, text }) => `${severity}: ${text}`),
      ['error: The container ended with exit code 9 after 3 invocations that it took.'],
    );
    assert.match(all.get('serve-headers')?.text ?? '', /as told before/);
  });

  it('tell a server that closes connections from one that does not listen', async () => {
    const all = await findingsOf({ drops: true, limit: ['startup=2s'] }, 'serve-address', 'serve-ping');
    assert.equal(all.get('serve-address')?.state, 'passed', all.get('serve-address')?.text);
    assert.match(all.get('serve-ping')?.text ?? '', /got no 200 within .*nothing: the connection was closed without an answer/);
  });

  it('do not ask for a sample where none would do', async () => {
    const garbage: Handler = (_request, _body, response) => response.socket?.end('SSH-2.0-none\r\n\r\n');
    await assertFails('serve-invocation', { invoke: garbage, isUnknown: true }, /nothing: no HTTP: .*, whatever it is sent/);
    const moved: Handler = (_request, _body, response) => response.writeHead(307, { Location: '/' }).end();
    await assertFails('serve-invocation', { invoke: moved, isUnknown: true }, /status 307, whatever it is sent/);
    const refusing: Handler = (_request, _body, response) => response.writeHead(400).end();
    assert.equal((await found('serve-invocation', { invoke: refusing, isUnknown: true })).state, 'untested');
  });

  it('do not ask for a model where none would do, within the time that a start has', async () => {
    const limit = ['startup=1s'];
    const since = performance.now();
    await assertFails('serve-ping', { ping: (_request, _body, response) => response.writeHead(301).end(), limit }, /status 301/);
    await assertFails('serve-ping', { ping: (_request, _body, response) => response.write('x'), limit }, /an answer that had not ended/);
    assert.ok(performance.now() - since < 8000, 'a start is not waited for longer than it may take');
    const unable: Handler = (_request, _body, response) => response.writeHead(503).end();
    assert.equal((await found('serve-ping', { ping: unable, limit })).state, 'untested');
  });

  it('find a server that refuses the second of two requests a fault', async () => {
    let busy = false;
    const invoke: Handler = (request, body, response) => {
      if (busy) return response.writeHead(503).end('busy');
      busy = true;
      response.on('close', () => {
        busy = false;
      });
      return void setTimeout(() => sum(request, body, response), 20);
    };
    await assertFails('serve-concurrency', { invoke }, /status 503: busy/);
  });

  it('find a server that answers an unknown content type with 500, and chunks with 411, a fault', async () => {
    const invoke: Handler = (request, body, response) => {
      if (request.headers['content-type'] !== 'application/json') return response.writeHead(500).end();
      if (!('content-length' in request.headers)) return response.writeHead(411).end();
      return sum(request, body, response);
    };
    await assertFails('serve-content-type', { invoke }, /the content type application\/x-unheard-of \(status 500\)/);
    await assertFails('batch-chunked', { invoke }, /status 411/);
  });
});
