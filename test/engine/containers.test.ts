import assert from 'node:assert/strict';
import type http from 'node:http';
import type { ContainerSpec } from '../../src/engine/engine.ts';
import { isError } from '../../src/errors.ts';
import { type Answers, begun, cannedEngine, json } from '../support/canned-engine.ts';
import { failure } from '../support/failure.ts';

const spec: ContainerSpec = { image: 'sha256:1234', command: ['train'], environment: {}, labels: {}, mounts: [], gpus: 'all' };
const noContent: Answers[string] = (_request, response) => response.writeHead(204).end();

describe('starting', () => {
  const startOf = (status: number, message: string): Answers => ({
    'POST /containers/c1/wait': begun(''),
    'POST /containers/c1/start': json(status, { message }),
  });

  it('on a machine without GPUs is refused with what the engine said', async () => {
    await using canned = await cannedEngine(startOf(500, 'could not select device driver "nvidia" with capabilities: [[gpu]]'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('NoGpu', /\(all\) .*could not select device driver/));
  });

  it('with a port that somebody has names the port', async () => {
    await using canned = await cannedEngine(startOf(500, 'Bind for 127.0.0.1:8080 failed: port is already allocated'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('PortTaken', /Port 8080 on 127\.0\.0\.1 is taken/));
  });

  it('of a program that does not exist blames the image', async () => {
    await using canned = await cannedEngine(startOf(400, 'exec: "train": executable file not found in $PATH: unknown'));
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('NotStartable', /exec: "train": executable file not found in \$PATH$/));
  });

  describe('of a program without its executable bit', () => {
    const file = (mode: number, linkTarget = ''): http.RequestListener => stated({ name: 'train', mode, linkTarget });
    const stated =
      (stat: object): http.RequestListener =>
      (_request, response) =>
        response.writeHead(200, { 'x-docker-container-path-stat': Buffer.from(JSON.stringify(stat)).toString('base64') }).end();
    const remedyWith = async (files: Readonly<Record<string, http.RequestListener>>): Promise<string> => {
      await using canned = await cannedEngine({
        ...startOf(400, 'exec: "train": executable file not found in $PATH: unknown'),
        'GET /containers/c1/json': json(200, { Path: 'train', Config: { Env: ['PATH=/bin:/opt/bin'], WorkingDir: '' } }),
        'HEAD /containers/c1/archive': (request, response) => {
          const path = new URL(request.url ?? '', 'http://engine').searchParams.get('path') ?? '';
          (files[path] ?? json(404, { message: 'no such file' }))(request, response);
        },
      });
      const error = await (await canned.engine.containers.create(spec)).start().catch((reason: unknown) => reason);
      assert.ok(isError(error, 'NotStartable'), String(error));
      return error.remedy;
    };

    it('says where it is, and chmod +x', async () => {
      assert.match(await remedyWith({ '/opt/bin/train': file(0o644) }), /^\/opt\/bin\/train is in the image, but lacks its .*chmod \+x/);
    });

    it('follows a link to it', async () => {
      const link = file(0x0800_0000 + 0o777, '/srv/train');
      assert.match(await remedyWith({ '/bin/train': link, '/srv/train': file(0o600) }), /^\/bin\/train is in the image/);
    });

    it('is not said of one that has it, nor of a directory, nor where there is none', async () => {
      for (const files of [{ '/bin/train': file(0o755) }, { '/bin/train': file(0x8000_0000 + 0o600) }, {}])
        assert.match(await remedyWith(files), /give it an executable of that name on PATH/);
    });
  });

  it('comes after the engine has taken the wait, so that no exit is missed', async () => {
    let isTaken = false;
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': (request, response) => {
        // Later than a start would come that is sent at once.
        setTimeout(() => {
          isTaken = true;
          begun('{"StatusCode":3}', () => response.end())(request, response);
        }, 50);
      },
      'POST /containers/c1/start': (request, response) =>
        isTaken ? noContent(request, response) : json(500, { message: 'started too early' })(request, response),
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    assert.deepEqual(await started.exited, { code: 3, oomKilled: false });
  });

  it('fails when the engine does not take the wait', async () => {
    await using canned = await cannedEngine({ 'POST /containers/c1/wait': json(404, { message: 'No such container: c1' }) });
    const container = await canned.engine.containers.create(spec);
    await assert.rejects(container.start(), failure('EngineFailed', /No such container: c1/));
    assert.ok(!canned.requests.some((request) => request.includes('/start')));
  });
});

describe('waiting for the end', () => {
  const eventsOf = (...told: readonly object[]): string => told.map((event) => `${JSON.stringify(event)}\n`).join('');
  const died = (exitCode?: string): object => ({
    Action: 'die',
    Actor: { ID: 'c1', Attributes: { ...(exitCode !== undefined && { exitCode }) } },
  });

  /** An engine that tells these events once the container has started; a wait is answered when the test says so. */
  async function startedWith(events: string) {
    let tell = (): void => {};
    let answer = (): void => {};
    const canned = await cannedEngine({
      'GET /events': begun('', (response) => {
        tell = () => response.write(events);
      }),
      'POST /containers/c1/wait': begun('', (response) => {
        answer = () => response.end('{"StatusCode":7}');
      }),
      'POST /containers/c1/start': (request, response) => {
        noContent(request, response);
        tell();
      },
    });
    return { canned, container: await (await canned.engine.containers.create(spec)).start(), answer: () => answer() };
  }

  it('is over when the engine tells of it, which is before it answers whoever waits', async () => {
    const { canned, container } = await startedWith(eventsOf(died('3')));
    await using _canned = canned;
    assert.deepEqual(await container.exited, { code: 3, oomKilled: false });
    assert.equal(await container.wasSignalled(), false);
  });

  it('knows of signals that somebody sent', async () => {
    const { canned, container } = await startedWith(eventsOf({ Action: 'kill', Actor: { ID: 'c1' } }, died('143')));
    await using _canned = canned;
    assert.deepEqual(await container.exited, { code: 143, oomKilled: false });
    assert.equal(await container.wasSignalled(), true);
    assert.deepEqual(
      canned.requests.filter((request) => request.includes('/json')),
      [],
    );
  });

  it('goes by the answer where the engine does not tell the exit code', async () => {
    const { canned, container, answer } = await startedWith(eventsOf(died()));
    await using _canned = canned;
    answer();
    assert.deepEqual(await container.exited, { code: 7, oomKilled: false });
  });

  it('fails when the engine goes away meanwhile, instead of waiting for ever', async () => {
    let goAway = (): void => {};
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': begun('', (response) => {
        goAway = () => response.destroy();
      }),
      'POST /containers/c1/start': noContent,
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    goAway();
    await assert.rejects(started.exited, failure('EngineUnreachable', /engine\.sock/));
  });

  it('is not disturbed by a removal right after a kill', async () => {
    await using canned = await cannedEngine({
      'POST /containers/c1/wait': begun('{"StatusCode":137}', (response) => response.end()),
      'POST /containers/c1/start': noContent,
      'GET /containers/c1/json': json(404, { message: 'No such container: c1' }),
    });
    const started = await (await canned.engine.containers.create(spec)).start();
    assert.deepEqual(await started.exited, { code: 137, oomKilled: false });
  });
});

describe('the address of a container', () => {
  const inspected = (networkMode: string, networks: Readonly<Record<string, { readonly NetworkID: string; readonly IPAddress: string }>>) =>
    json(200, {
      State: { Running: true, Status: 'running' },
      HostConfig: { NetworkMode: networkMode },
      NetworkSettings: { Networks: networks, Ports: {} },
    });
  const addressIn = async (answer: Answers[string]): Promise<string | undefined> => {
    await using canned = await cannedEngine({ 'GET /containers/c1/json': answer });
    return (await (await canned.engine.containers.create(spec)).inspect()).address;
  };
  const mine = { NetworkID: 'aaa', IPAddress: '10.9.0.2' };
  const bridge = { NetworkID: 'bbb', IPAddress: '172.17.0.2' };

  it('is that in its own network, whatever the networks are called that it joins besides', async () => {
    assert.equal(await addressIn(inspected('bridge', { 'a-network-of-mine': mine, bridge })), '172.17.0.2');
    assert.equal(await addressIn(inspected('default', { 'a-network-of-mine': mine, bridge })), '172.17.0.2');
    assert.equal(await addressIn(inspected('bbb', { 'a-network-of-mine': mine, 'sm-local-1234': bridge })), '172.17.0.2');
    assert.equal(await addressIn(inspected('sm-local-1234', { 'a-network-of-mine': mine, 'sm-local-1234': bridge })), '172.17.0.2');
  });

  it('is that in the default network of podman, which calls it otherwise', async () => {
    assert.equal(await addressIn(inspected('bridge', { mine, podman: bridge })), '172.17.0.2');
  });

  it('is none before it runs', async () => {
    assert.equal(await addressIn(inspected('bridge', { bridge: { ...bridge, IPAddress: '' } })), undefined);
  });
});
