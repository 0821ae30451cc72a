import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandOutput,
  InvokeEndpointWithResponseStreamCommand,
  ModelError,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { isError } from '../../src/errors.ts';
import type { WithRepliesOptions } from '../../src/library/options.ts';
import type { ServedEndpoint } from '../../src/library/served-endpoint.ts';
import { withReplies } from '../../src/library/with-replies.ts';
import type { Replies } from '../../src/replies/reply.ts';
import { Scope } from '../../src/scope.ts';
import { pythonsWithBoto } from '../support/aws-programs.ts';
import { eventually } from '../support/containers.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { runProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import '../support/aws-client.ts';

describe('canned replies', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = async (replies: Replies, options?: WithRepliesOptions) => {
    const endpoint = scope.use(await withReplies(replies, options));
    const client = new SageMakerRuntimeClient({ ...endpoint.clientConfig, maxAttempts: 1 });
    scope.defer(() => client.destroy());
    const ask = (Body = 'a', ContentType = 'text/csv'): Promise<InvokeEndpointCommandOutput> =>
      client.send(new InvokeEndpointCommand({ EndpointName: endpoint.name, Body, ContentType }));
    const stream = async (): Promise<{ readonly parts: string[]; readonly trouble: unknown }> => {
      const { Body = [] } = await client.send(
        new InvokeEndpointWithResponseStreamCommand({ EndpointName: endpoint.name, Body: 'a', ContentType: 'text/csv' }),
      );
      const parts: string[] = [];
      try {
        for await (const { PayloadPart } of Body) if (PayloadPart?.Bytes) parts.push(Buffer.from(PayloadPart.Bytes).toString());
        return { parts, trouble: undefined };
      } catch (trouble) {
        return { parts, trouble };
      }
    };
    return { endpoint, ask, stream };
  };
  const modelError = async (asked: Promise<unknown>): Promise<ModelError> => {
    const error = await asked.then(
      () => assert.fail('there was an answer'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ModelError, String(error));
    return error;
  };

  it('are text, bytes and JSON, with their content types', async () => {
    const { ask } = await start([
      '0.9\n',
      Buffer.from([1, 255]),
      { body: { predictions: [0.9] } },
      { contentType: 'text/csv', body: '1,2' },
    ]);
    const answers = [await ask(), await ask(), await ask(), await ask()].map(({ ContentType, Body }) => [
      ContentType,
      Buffer.from(Body).toString('latin1'),
    ]);
    assert.deepEqual(answers, [
      ['text/plain; charset=utf-8', '0.9\n'],
      ['application/octet-stream', '\u0001\u00ff'],
      ['application/json', '{"predictions":[0.9]}'],
      ['text/csv', '1,2'],
    ]);
  });

  it('may be worked out from the request', async () => {
    const { ask } = await start(async (request) => ({
      body: {
        sum: request
          .text()
          .split(',')
          .map(Number)
          .reduce((a, b) => a + b),
      },
    }));
    assert.equal((await ask('1,2,3')).Body.transformToString(), '{"sum":6}');
  });

  it('pass the headers that SageMaker passes, and no others', async () => {
    const headers = { 'X-Amzn-SageMaker-Custom-Attributes': 'trace=7', 'X-Other': 'dropped' };
    const answer = await (await start({ body: 'x', headers })).ask();
    assert.equal(answer.CustomAttributes, 'trace=7');
    assert.equal(answer.InvokedProductionVariant, 'AllTraffic');
  });

  it('with an error status are the ModelError of the service', async () => {
    const { ask } = await start({ status: 503, body: 'warming up' });
    const error = await modelError(ask());
    assert.equal(error.$metadata.httpStatusCode, 424);
    assert.equal(error.OriginalStatusCode, 503);
    assert.equal(error.OriginalMessage, 'warming up');
  });

  it('that hang meet the limit of an invocation', async () => {
    const { endpoint, ask } = await start({ hangs: true }, { limit: { invocation: '50ms' } });
    assert.match((await modelError(ask())).OriginalMessage ?? '', /^Your invocation timed out/);
    await endpoint.stop(); // at once, not after the grace
    assert.equal(endpoint.received.last?.status, 0);
  });

  it('that come late are late', async () => {
    const { ask } = await start({ body: 'x', delay: 60 });
    const before = performance.now();
    await ask();
    assert.ok(performance.now() - before >= 59);
  });

  it('that break off are no answer of the model', async () => {
    const { ask } = await start({ closes: true });
    const error = await modelError(ask());
    assert.equal(error.OriginalStatusCode, 0);
    assert.match(error.OriginalMessage ?? '', /could not get a response/);
  });

  it('stream their chunks, to the end or until they break off', async () => {
    const { stream } = await start([{ chunks: ['one ', 'two'] }, { chunks: ['one '], closes: true }]);
    assert.deepEqual(await stream(), { parts: ['one ', 'two'], trouble: undefined });
    const broken = await stream();
    assert.deepEqual(broken.parts, ['one ']);
    assert.equal((broken.trouble as Error).name, 'ModelStreamError');
  });

  it('that are for none of the requests are an error that says why, and are remembered', async () => {
    const { endpoint, ask } = await start([{ when: { contentType: 'application/json' }, reply: '{}' }]);
    const why = 'No canned reply matches the request. Rule 1: contentType is text/csv, not application/json.';
    const error = await modelError(ask());
    assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [500, why]);
    assert.deepEqual(endpoint.received.unmatched, [why]);
    assert.throws(() => endpoint.received.assertAllMatched(), /1 request had no reply\.\nNo canned reply matches/);
  });

  it('whose function throws are the container’s 500 with its message', async () => {
    const { ask } = await start(() => {
      throw new Error('no such case');
    });
    assert.equal((await modelError(ask())).OriginalMessage, 'no such case');
    const { ask: other } = await start(() => ({ text: 'x' }) as object);
    assert.equal((await modelError(other())).OriginalMessage, 'A reply has no text.');
  });

  it('tell what the container received', async () => {
    const { endpoint, ask } = await start('x');
    await ask('5.1,3.5');
    const { last, count } = endpoint.received;
    assert.equal(count, 1);
    assert.equal(last?.text(), '5.1,3.5');
    assert.equal(last?.headers['user-agent'], 'AHC/2.0', 'what the client calls itself does not reach a container');
    assert.equal(last?.headers.authorization, undefined);
    assert.deepEqual([last?.method, last?.path, last?.endpoint, last?.status], ['POST', '/invocations', 'replies', 200]);
  });

  it('have the limits and the faults of any endpoint', async () => {
    const { ask } = await start('x', { limit: { payload: '10B' }, name: 'small' });
    await assert.rejects(
      ask('x'.repeat(11)),
      (error: { $metadata: { httpStatusCode?: number } }) => error.$metadata.httpStatusCode === 413,
    );
    const faulty = await start('x', { fault: ['error=100%'] });
    await assert.rejects(faulty.ask(), { name: 'ServiceUnavailable' });
    assert.equal(faulty.endpoint.received.count, 0);
  });

  it('come from another container when theirs was killed', async () => {
    const { endpoint, ask } = await start('x', { fault: ['kill-instance-every=1requests'] });
    await ask().catch(() => undefined); // its own container may be killed before it answers
    const seen: unknown[] = [];
    for await (const event of endpoint.events()) {
      if (event.event === 'instance') seen.push(event.what === 'exited' ? event.exit.code : event.what);
      if (event.event === 'instance' && event.what === 'ready' && seen.includes('killed')) break;
    }
    assert.deepEqual(seen, ['started', 'ready', 'killed', 137, 'restarting', 'started', 'ready']);
  });

  it('are refused before anything begins, where they are none', async () => {
    // @ts-expect-error: an object that is to be JSON is the body
    await assert.rejects(withReplies({ predictions: [1] }), (error) => isError(error, 'WrongUsage'));
    await assert.rejects(withReplies('x', { limit: { ping: 'soon' } }), (error) => isError(error, 'WrongUsage'));
    await assert.rejects(withReplies('x', { name: 'not_a_name' }), (error) => isError(error, 'InvalidRequest'));
  });

  it('end with their signal', async () => {
    const controller = new AbortController();
    const { endpoint, ask } = await start('x', { signal: controller.signal });
    await ask();
    controller.abort(new Error('enough'));
    await endpoint.stop();
    await assert.rejects(ask());
    await assert.rejects(withReplies('x', { signal: controller.signal }), /enough/);
  });

  it('leave nothing', async () => {
    await withTemporary(async (homes) => {
      const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
      const before = sockets();
      const endpoint: ServedEndpoint = await withReplies({ hangs: true });
      assert.equal(homes().length, 1);
      const asked = fetch(`${endpoint.url}/invocations`, { method: 'POST', body: 'x' }).catch(() => undefined);
      await endpoint.received.waitFor();
      await endpoint.stop();
      await asked;
      assert.deepEqual(homes(), []);
      await eventually(async () => sockets() === before, 'no server is left'); // Node forgets one in a later turn than it closes it
    });
  });

  it('of a process that was killed leave nothing behind the next ones', async () => {
    await withTemporary(async (homes, path) => {
      const living = await killedOrNot(path);
      const killed = await killedOrNot(path);
      killed.child.kill('SIGKILL');
      await once(killed.child, 'close');
      await (await withReplies('x')).stop();
      assert.equal(homes().length, 2, 'its owner may be about to listen');
      for (const name of homes()) await utimes(join(path, name, 'home/owners'), 1.6e9, 1.6e9);
      await mkdir(join(path, 'sm-local-replies-begins'));
      await mkdir(join(path, 'sm-local-replies-old'));
      await utimes(join(path, 'sm-local-replies-old'), 1.6e9, 1.6e9);
      await (await withReplies('x')).stop();
      assert.equal(await (await fetch(`${living.url}/invocations`, { method: 'POST', body: 'x' })).text(), 'here');
      assert.equal(homes().length, 2, 'the living one, and the one that begins');
      living.child.kill('SIGKILL');
      await once(living.child, 'close');
    });
  });

  it('several at once are strangers to each other', async () => {
    const [one, other] = await Promise.all([start('one'), start('other')]);
    assert.equal((await one.ask()).Body.transformToString(), 'one');
    assert.equal((await other.ask()).Body.transformToString(), 'other');
    assert.equal(one.endpoint.received.count, 1);
  });

  /** With a directory for temporary files of its own, and what is in it. */
  async function withTemporary(test: (homes: () => string[], path: string) => Promise<void>): Promise<void> {
    const { TMPDIR } = process.env;
    await using directory = await temporaryDirectory();
    process.env.TMPDIR = directory.path;
    try {
      await test(() => readdirSync(directory.path), directory.path);
    } finally {
      delete process.env.TMPDIR;
      if (TMPDIR !== undefined) process.env.TMPDIR = TMPDIR;
    }
  }

  /** A process with canned replies. */
  async function killedOrNot(TMPDIR: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
    const program = `
import { withReplies } from '${new URL('../../src/index.js', import.meta.url)}';
const { url } = await withReplies('here');
console.log(url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, TMPDIR },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scope.defer(async () => void child.kill('SIGKILL'));
    for await (const url of createInterface(child.stdout)) return { child, url };
    return assert.fail('it has ended');
  }

  const pythons = pythonsWithBoto();
  if (pythons.length === 0) sayNotRun('canned replies for boto3', 'no python3 has boto3');
  for (const [version, python] of pythons) {
    it(`answer boto3 ${version}`, async function () {
      this.timeout(60_000);
      const { endpoint } = await start([{ body: { predictions: [0.9] } }, { status: 400, body: 'no such column' }]);
      const program = `
import boto3, json
client = boto3.client('sagemaker-runtime', endpoint_url='${endpoint.url}', region_name='us-east-1', aws_access_key_id='k', aws_secret_access_key='s')
ask = lambda: client.invoke_endpoint(EndpointName='replies', ContentType='text/csv', Body='1,2')
print(json.load(ask()['Body']))
try: ask()
except client.exceptions.ModelError as error: print(error.response['OriginalStatusCode'], error.response['OriginalMessage'])`;
      assert.equal(await runProgram(python, ['-c', program]), "{'predictions': [0.9]}\n400 no such column\n");
      endpoint.received.assertReceived({ contentType: 'text/csv', body: '1,2' }, { times: 2 });
    });
  }
});
