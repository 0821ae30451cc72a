import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { type Command, type Place, runCommand, startCommand } from '../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';

describe('sm-local serve', function () {
  this.timeout(30_000);
  let place: Place;
  let running: Command[];
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-serve-'));
    place = { cwd, home: join(cwd, 'home') };
    running = [];
  });
  afterEach(async () => {
    for (const command of running) command.signal('SIGINT');
    await Promise.all(running.map(({ ended }) => ended));
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });

  /** Starts the endpoint `demo` of a fixture on a free port and waits until it is InService. */
  async function serve(
    name: string,
    ...args: string[]
  ): Promise<{ readonly command: Command; readonly url: string; readonly client: SageMakerRuntimeClient }> {
    await fixtureImage(name);
    const command = startCommand(['serve', fixtureTag(name), '--name', 'demo', '--port', '0', '--json', ...args], place);
    running.push(command);
    let url = '';
    await command.until(/"status":"InService".*"url":"[^"]+"/);
    const seen = command.output();
    url = /"url":"([^"]+)"/.exec(seen)?.[1] ?? '';
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    return { command, url, client: new SageMakerRuntimeClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }) };
  }
  const invoke = (client: SageMakerRuntimeClient, body: string) =>
    client.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: Buffer.from(body), ContentType: 'text/csv' }));
  const modelError = async (client: SageMakerRuntimeClient, body: string): Promise<ModelError> => {
    try {
      await invoke(client, body);
    } catch (error) {
      if (error instanceof ModelError) return error;
      throw error;
    }
    throw new Error('The invocation succeeded.');
  };

  it('answers the unmodified AWS client through the runtime path and ends well on Ctrl-C', async () => {
    const { command, client, url } = await serve('serve-echo');
    const answer = await client.send(
      new InvokeEndpointCommand({
        EndpointName: 'demo',
        Body: Buffer.from('1,2'),
        ContentType: 'text/csv',
        Accept: 'application/json',
        CustomAttributes: 'trace=1',
      }),
    );
    const seen = JSON.parse(answer.Body.transformToString()) as { path: string; body: string; headers: [string, string][] };
    assert.deepEqual(
      [seen.path, seen.body, answer.CustomAttributes, answer.InvokedProductionVariant],
      ['/invocations', '1,2', 'trace=1', 'AllTraffic'],
    );
    const names = seen.headers.map(([name]) => name.toLowerCase());
    assert.ok(
      !names.some((name) => name.startsWith('authorization') || name.startsWith('x-amz-') || name.startsWith('amz-sdk')),
      names.join(),
    );
    assert.equal((await fetch(`${url}/ping`)).status, 200);
    command.signal('SIGINT');
    assert.equal((await command.ended).code, 0);
  });

  for (const workspace of ['bind', 'archive']) {
    it(`gives the container exactly the environment of the contract, its host name and a read-only model through the ${workspace} workspace`, async () => {
      await mkdir(join(place.cwd, 'model/sub'), { recursive: true });
      await writeFile(join(place.cwd, 'model/sub/weights.txt'), 'w');
      await chmod(join(place.cwd, 'model/sub'), 0o751);
      const { client } = await serve(
        'probe',
        '--model',
        'model',
        '--env',
        'GREETING=a=b',
        '--workspace',
        workspace,
        '--credentials',
        'none',
      );
      const world = JSON.parse((await invoke(client, 'x')).Body.transformToString()) as {
        argv: string[];
        env: Record<string, string>;
        hostname: string;
        pid: number;
        writable: boolean;
        tree: Record<string, { mode: string }>;
        mounts: [string, string, string][];
      };
      assert.deepEqual(world.argv, ['serve']);
      const { PATH: _path, HOME: _home, HOSTNAME: _hostname, LANG: _lang, LC_CTYPE: _type, ...env } = world.env;
      assert.deepEqual(env, {
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        GREETING: 'a=b',
        SAGEMAKER_BIND_TO_PORT: '8080',
        SAGEMAKER_SAFE_PORT_RANGE: '23000-23999',
      });
      assert.deepEqual([world.hostname, world.pid], ['container-0.local', 1]);
      assert.ok('model/sub/weights.txt' in world.tree);
      assert.equal(world.tree['model/sub']?.mode, '0o751');
      assert.match(world.mounts.find(([target]) => target === '/opt/ml/model')?.[2] ?? '', /^ro,/);
    });
  }

  it('serves the model of a training job by its name, also after its archive was made elsewhere', async () => {
    await fixtureImage('train-ok');
    assert.equal((await runCommand(['train', fixtureTag('train-ok'), '--name', 'trained'], place)).code, 0);
    const { client, command } = await serve('probe', '--model', 'trained');
    const { tree } = JSON.parse((await invoke(client, 'x')).Body.transformToString()) as { tree: Record<string, unknown> };
    assert.ok('model/model.txt' in tree);
    command.signal('SIGINT');
    await command.ended;
    running = [];
    const again = await serve('probe', '--model', 'sm-local-output/trained/output/model.tar.gz');
    const second = JSON.parse((await invoke(again.client, 'x')).Body.transformToString()) as { tree: Record<string, unknown> };
    assert.ok('model/model.txt' in second.tree);
  });

  it('is InService as soon as a slow container answers /ping', async () => {
    const { client } = await serve('serve-slow-ping', '--env', 'PING_AFTER=0.5');
    assert.equal((await invoke(client, 'x')).Body.transformToString(), 'ok');
  });

  it('turns errors of the container into ModelErrors with its status and its words', async () => {
    const { client } = await serve('serve-errors');
    const bad = await modelError(client, '{"status": 400, "body": "bad row"}');
    assert.deepEqual([bad.OriginalStatusCode, bad.OriginalMessage], [400, 'bad row']);
    assert.match(bad.message, /^Received client error \(400\) from primary with message "bad row"\. See https:\/\//);
    const worse = await modelError(client, '{"status": 503, "body": "no"}');
    assert.match(worse.message, /^Received server error \(503\) from primary with message "no"/);
  });

  for (const [image, words] of [
    ['serve-reset', /^Received server error \(0\) from model with message "Amazon SageMaker could not get a response/],
    ['serve-invalid-http', /could not get a response/],
    ['serve-half-body', /could not get a response/],
    ['serve-dies-on-request', /could not get a response/],
  ] as const) {
    it(`calls what ${image} does a ModelError without a status`, async () => {
      const { client } = await serve(image);
      const error = await modelError(client, 'x').catch((other: Error) => other);
      // A body that breaks off after its head was sent can only break off at the client too.
      if (!(error instanceof ModelError)) assert.match(String(error), /aborted|terminated|socket|ECONNRESET/);
      else {
        assert.match(error.message, words);
        assert.equal(error.OriginalStatusCode, 0);
      }
    });
  }

  it('takes an answer without a reason phrase and one in chunks', async () => {
    const empty = await serve('serve-empty-reason');
    assert.equal((await invoke(empty.client, 'x')).Body.transformToString(), 'ok');
    empty.command.signal('SIGINT');
    await empty.command.ended;
    running = [];
    const chunked = await serve('serve-chunked');
    assert.equal((await invoke(chunked.client, 'x')).Body.transformToString(), 'chunk 0\nchunk 1\nchunk 2\nchunk 3\nchunk 4\n');
  });

  it('ends an invocation at its limit with the words of the cloud', async () => {
    const { client } = await serve('serve-hang', '--limit', 'invocation=300ms');
    const error = await modelError(client, 'x');
    assert.match(error.message, /Your invocation timed out while waiting for a response from container primary/);
    assert.equal(error.OriginalStatusCode, 0);
  });

  it('refuses a body over the limit with 413', async () => {
    const { url } = await serve('serve-echo', '--limit', 'payload=1000');
    const response = await fetch(`${url}/endpoints/demo/invocations`, { method: 'POST', body: 'x'.repeat(1001) });
    assert.equal(response.status, 413);
    assert.deepEqual(await response.json(), { message: 'HTTP content length exceeded 5096 bytes.' });
  });

  it('passes the container’s own answer through with --raw', async () => {
    const { url } = await serve('serve-errors', '--raw');
    const response = await fetch(`${url}/invocations`, { method: 'POST', body: '{"status": 418, "body": "teapot"}' });
    assert.deepEqual([response.status, await response.text()], [418, 'teapot']);
  });

  it('of a container that never answers /ping well is Failed when the window ends, with the reason of the cloud, and exits 1', async () => {
    await fixtureImage('serve-ping-500');
    const done = await runCommand(
      ['serve', fixtureTag('serve-ping-500'), '--port', '0', '--limit', 'startup=700ms', '--limit', 'stop-grace=1s'],
      place,
    );
    assert.equal(done.code, 1);
    assert.match(done.err, /The primary container for production variant AllTraffic did not pass the ping health check\./);
  });

  it('of a container that crashes is given up after three equal exits, or one with --fast-fail', async () => {
    await fixtureImage('serve-exits');
    const done = await runCommand(['serve', fixtureTag('serve-exits'), '--port', '0'], place);
    assert.equal(done.code, 1);
    assert.equal(done.err.match(/ended with exit code 5/g)?.length, 3);
    assert.match(done.err, /SageMaker would go on restarting it/);
    assert.match(done.err, /\| cannot load the model\nIts program ended by itself, with exit code 5, before .* its last lines say why\./);
    assert.doesNotMatch(done.err, /must listen/);
    const fast = await runCommand(['serve', fixtureTag('serve-exits'), '--port', '0', '--fast-fail'], place);
    assert.equal(fast.err.match(/ended with exit code 5/g)?.length, 1);
  });

  it('of an image without serve exits 1 with the words of the engine', async () => {
    await fixtureImage('no-train');
    const done = await runCommand(['serve', fixtureTag('no-train'), '--port', '0'], place);
    assert.equal(done.code, 1);
    assert.match(done.err, /exec: "serve": executable file not found in \$PATH/);
  });

  it('kills after the grace a container that ignores SIGTERM, and at once on the second Ctrl-C', async () => {
    const graceful = await serve('serve-ignores-sigterm', '--limit', 'stop-grace=300ms');
    graceful.command.signal('SIGINT');
    assert.equal((await graceful.command.ended).code, 0);
    running = [];
    const hurried = await serve('serve-ignores-sigterm');
    hurried.command.signal('SIGINT');
    await hurried.command.until(/"status":"Deleting"/);
    hurried.command.signal('SIGINT');
    assert.equal((await hurried.command.ended).code, 0);
  });

  it('ends on Ctrl-C while it is still starting', async () => {
    await fixtureImage('serve-ping-500');
    const command = startCommand(['serve', fixtureTag('serve-ping-500'), '--port', '0'], place);
    await command.until(/Creating/);
    command.signal('SIGINT');
    assert.equal((await command.ended).code, 130);
  });

  it('says which port is taken', async () => {
    await fixtureImage('serve-echo');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const done = await runCommand(['serve', fixtureTag('serve-echo'), '--port', String(port)], place);
    other.close();
    assert.equal(done.code, 3);
    assert.match(done.err, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken`));
  });

  it('refuses a second endpoint of the name, not one whose process is gone', async () => {
    const { command } = await serve('serve-echo');
    const second = await runCommand(['serve', fixtureTag('serve-echo'), '--name', 'demo', '--port', '0'], place);
    assert.equal(second.code, 2);
    assert.match(second.err, /Cannot create already existing endpoint/);
    command.signal('SIGKILL');
    await command.ended;
    running = [];
    await serve('serve-echo');
    // The one that took the name has ended the container of the other.
    assert.match((await runCommand(['clean'], place)).out, /Removed: 0 containers,/);
  });

  it('refuses archives that the cloud could not extract', async () => {
    await writeFile(join(place.cwd, 'broken.tar.gz'), 'not an archive');
    await mkdir(join(place.cwd, 'linked'));
    await symlink('/etc/passwd', join(place.cwd, 'linked/link'));
    execFileSync('tar', ['czf', 'linked.tar.gz', '-C', 'linked', '.'], { cwd: place.cwd });
    for (const archive of ['broken.tar.gz', 'linked.tar.gz']) {
      const done = await runCommand(['serve', 'image', '--model', archive], place);
      assert.equal(done.code, 2, done.err);
      assert.match(done.err, /Failed to extract model data archive from URL/);
    }
    const missing = await runCommand(['serve', 'image', '--model', 'no-such-job'], place);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /a training job called "no-such-job"/);
  });

  describe('sm-local invoke', () => {
    it('prints the answer, takes files and names, and exits 1 for a ModelError', async () => {
      await serve('serve-errors');
      await writeFile(join(place.cwd, 'request.json'), '{"status": 200, "body": "fine"}');
      const fine = await runCommand(['invoke', 'demo', '--body', '@request.json'], place);
      assert.deepEqual([fine.code, fine.out], [0, 'fine']);
      const failed = await runCommand(['invoke', '--body', '{"status": 500, "body": "boom"}'], place);
      assert.equal(failed.code, 1);
      assert.match(failed.err, /^ModelError: Received server error \(500\) from primary with message "boom"/);
      assert.equal((await runCommand(['invoke', 'other', '--body', 'x'], place)).code, 2);
      assert.equal((await runCommand(['invoke', '--body', '@missing'], place)).code, 2);
    });

    it('prints a stream part by part, and exits 1 when it breaks off', async () => {
      const { command } = await serve('serve-chunked');
      const stream = await runCommand(['invoke', '--stream', '--json', '--body', 'x'], place);
      assert.equal(stream.code, 0);
      const events = stream.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; body?: string });
      assert.deepEqual(
        events.map(({ event, body }) => [event, body]),
        [...[0, 1, 2, 3, 4].map((number) => ['part', `chunk ${number}\n`]), ['result', undefined]],
      );
      command.signal('SIGINT');
      await command.ended;
      running = [];
      await serve('serve-half-body');
      const half = await runCommand(['invoke', '--stream', '--body', 'x'], place);
      assert.deepEqual([half.code, half.out], [1, 'half']);
      assert.match(half.err, /^ModelStreamError: The Transmission Control Protocol .* \(StreamBroken\)\n/);
    });

    it('sends what AWS’s clients send, and says what a header cannot hold', async () => {
      await serve('serve-echo');
      const flags = ['--custom-attributes', 'trace=1', '--inference-id', 'one', '--session-id', 'abc', '--target-variant', 'AllTraffic'];
      for (const more of [[], ['--stream']]) {
        const done = await runCommand(['invoke', '--body', 'x', '--accept', 'text/plain', ...flags, ...more], place);
        assert.equal(done.code, 0, done.err);
        const { headers } = JSON.parse(done.out) as { headers: [string, string][] };
        const seen = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
        const names = ['accept', 'x-amzn-sagemaker-custom-attributes', 'x-amzn-sagemaker-inference-id', 'x-amzn-sagemaker-session-id'];
        assert.deepEqual(
          names.map((name) => seen.get(name)),
          ['text/plain', 'trace=1', 'one', 'abc'],
        );
      }
      assert.equal((await runCommand(['invoke', '--body', 'x', '--target-variant', 'other'], place)).code, 2);
      const duck = await runCommand(['invoke', '--body', 'x', '--inference-id', '🦆'], place);
      assert.equal(duck.code, 2);
      assert.match(duck.err, /The request cannot be sent/);
    });

    it('says that no endpoint runs', async () => {
      const done = await runCommand(['invoke', '--body', 'x'], place);
      assert.equal(done.code, 2);
      assert.match(done.err, /Could not find a running endpoint/);
    });
  });
});
