import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkHooks, Hooks } from '../../src/hooks/hooks.ts';
import { runFakeJob } from '../jobs/fake-job.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('hooks', () => {
  let directory: TemporaryDirectory;
  let troubles: string[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    troubles = [];
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const tell = (message: string): void => void troubles.push(message);
  const file = (): string => join(directory.path, 'told');
  async function told(targets: readonly string[], events: readonly object[], limit?: number): Promise<void> {
    await using hooks = new Hooks(targets, tell, limit === undefined ? {} : { limit });
    for (const event of events) hooks.send(event);
  }
  async function server(status: number, bodies: string[]): Promise<AsyncDisposable & { readonly url: string }> {
    const listening = createServer(async (request, response) => {
      bodies.push(`${request.method} ${request.headers['content-type']} ${await text(request)}`);
      response.writeHead(status).end('answer');
    }).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return {
      url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/events`,
      async [Symbol.asyncDispose]() {
        listening.closeAllConnections();
        listening.close();
        await once(listening, 'close');
      },
    };
  }

  it('that are commands get each event on their input, in order, and all of them before the end', async () => {
    await told([`sleep 0.02; cat >> '${file()}'; echo >> '${file()}'`], [{ n: 1 }, { n: 2 }, { n: 3 }]);
    assert.equal(await readFile(file(), 'utf8'), '{"n":1}\n{"n":2}\n{"n":3}\n');
    assert.deepEqual(troubles, []);
  });

  it('that are addresses get a POST', async () => {
    const bodies: string[] = [];
    await using listening = await server(204, bodies);
    await told([listening.url], [{ n: 1 }, { n: 2 }]);
    assert.deepEqual(bodies, ['POST application/json {"n":1}', 'POST application/json {"n":2}']);
  });

  it('that fail are told of once, with why, and get the next event all the same', async () => {
    const bodies: string[] = [];
    await using listening = await server(500, bodies);
    await told([listening.url, 'cat > /dev/null; echo no such thing >&2; exit 3', 'true'], [{ n: 1 }, { n: 2 }]);
    assert.equal(bodies.length, 2);
    assert.deepEqual(troubles.sort(), [
      'The hook cat > /dev/null; echo no such thing >&2; exit 3 failed: it ended with 3: no such thing',
      `The hook ${listening.url} failed: it answered 500`,
    ]);
  });

  it('that take too long are ended, with all that they began', async () => {
    await told([`(trap '' TERM; sleep 60) & wait; touch '${file()}'`], [{ n: 1 }], 0.05);
    assert.match(troubles.join(), /it took longer than 50 ms$/);
    await assert.rejects(readFile(file()));
  });

  it('are not waited for when they leave a program behind that keeps their output open', async () => {
    const begunAt = performance.now();
    await told(['setsid sleep 30 &'], [{ n: 1 }]);
    assert.ok(performance.now() - begunAt < 10_000);
    assert.deepEqual(troubles, []);
  });

  it('are refused when they are neither a command nor an address', () => {
    for (const target of ['', ' ', 'ftp://host/x', 'http://']) assert.throws(() => checkHooks([target]), failure('WrongUsage', /--hook/));
    assert.deepEqual(checkHooks(['notify-send x', 'https://host/x']), ['notify-send x', 'https://host/x']);
  });

  it('of a job get the event of EventBridge at each change of its status, with what Describe says then', async () => {
    const hooks = [`cat >> '${file()}'; echo >> '${file()}'`];
    await runFakeJob(async () => 3, { root: directory.path, options: { hooks } });
    const events = (await readFile(file(), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ detail }) => `${detail.TrainingJobStatus}/${detail.SecondaryStatus}`),
      ['InProgress/Starting', 'InProgress/Downloading', 'InProgress/Training', 'InProgress/Uploading', 'Failed/Failed'],
    );
    const last = events.at(-1);
    assert.deepEqual([last['detail-type'], last.source], ['SageMaker Training Job State Change', 'aws.sagemaker']);
    assert.equal(last.detail.FailureReason, 'AlgorithmError: , exit code: 3');
    assert.equal(typeof last.detail.CreationTime, 'number');
  });
});
