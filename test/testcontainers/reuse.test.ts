import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openEmulator } from '../../src/emulator.ts';
import type { ServedEndpoint, ServeOptions } from '../../src/index.ts';
import { Scope } from '../../src/scope.ts';
import { SageMakerEndpointContainer } from '../../src/testcontainers/index.ts';
import { reusedOptions, serveReused } from '../../src/testcontainers/reuse.ts';
import type { Runtime } from '../../src/testcontainers/runtime.ts';
import { reset } from '../../src/up/reset.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { freePort } from '../support/free-port.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('an endpoint that is to be reused, without an engine', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  let runtime: Runtime;
  const before: Record<string, string | undefined> = {};
  const surrounding = (name: string, value: string | undefined): void => {
    if (!(name in before)) before[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  beforeEach(async () => {
    root = await temporaryDirectory();
    const echoes = serving(async (request, response) => response.end(request.url === '/ping' ? '' : await text(request)));
    engine = new FakeEngine({ images: { echoes, fails: () => 1 } });
    runtime = { engine, labels: {}, async [Symbol.asyncDispose]() {} } as Partial<Runtime> as Runtime; // its client is for what is started
    surrounding('SM_LOCAL_HOME', join(root.path, 'home'));
    surrounding('TESTCONTAINERS_REUSE_ENABLE', undefined);
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) surrounding(name, value);
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  type Given = Partial<ServeOptions>;
  const options = (given: Given = {}): ServeOptions => ({
    ...{ image: 'echoes', engine, ephemeral: true, cwd: root.path, credentials: 'environment', fastFail: true },
    ...given,
  });
  interface Started extends AsyncDisposable {
    readonly endpoint: ServedEndpoint;
    /** As `stop` of what is started does. */
    stop(): Promise<void>;
  }
  const start = async (given: Given = {}): Promise<Started> => {
    const scope = new Scope();
    try {
      const endpoint = await serveReused(options(given), {}, runtime, scope);
      const dispose = () => scope[Symbol.asyncDispose]();
      const stop = () => endpoint.stop().finally(dispose);
      return { endpoint, stop, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  };
  const homes = () => readdir(join(root.path, 'home/reuse'));
  const keyOf = async (given: Given = {}): Promise<string> => (await reusedOptions(options(given), {}, runtime)).home;

  it('is taken up by the next start, and its home goes when it is stopped', async () => {
    {
      await using first = await start();
      assert.match(first.endpoint.name, /^reused-[0-9a-f]{16}$/);
    }
    assert.equal((await homes()).length, 1);
    const again = await start();
    assert.equal((await again.endpoint.invoke('hello')).text(), 'hello');
    assert.equal(engine.history.length, 1);
    await again.stop();
    assert.deepEqual(await homes(), []);
  });

  it('is an endpoint for each of many starts at once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => start()));
    const names = new Set(all.map(({ endpoint }) => endpoint.name));
    assert.equal(all.filter(({ endpoint }) => endpoint.name.startsWith('reused-')).length, 1);
    assert.ok(names.size > 1);
    for (const [index, { endpoint }] of all.entries()) assert.equal((await endpoint.invoke(`${index}`)).text(), `${index}`);
    await Promise.all(all.map(({ stop }) => stop()));
    assert.deepEqual(await homes(), []);
  });

  it('keeps its home while another start is on its way into it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const first = await start();
      const [next] = await Promise.all([start(), first.stop()]);
      assert.equal((await next.endpoint.invoke('hello')).text(), 'hello');
      await next.stop();
    }
    assert.deepEqual(await homes(), []);
  });

  it('keeps its home where somebody works in it', async () => {
    const endpoint = await start();
    const [name = ''] = await homes();
    {
      await using cli = await openEmulator({ home: join(root.path, 'home/reuse', name), engine });
      await cli.owner;
      await endpoint.stop();
      assert.deepEqual(await homes(), [name]);
    }
    await using next = await start();
    await next.stop();
    assert.deepEqual(await homes(), []);
  });

  it('that does not come into service leaves no home', async () => {
    await assert.rejects(start({ image: 'fails' }), failure('EndpointFailed', /./));
    assert.deepEqual(await homes(), []);
  });

  it('stays where a start fails before it has taken it up', async () => {
    const port = await freePort();
    {
      await using _first = await start({ port });
    }
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await assert.rejects(start({ port }), failure('PortTaken', /./));
    server.close();
    await once(server, 'close');
    const again = await start({ port });
    assert.equal(engine.history.length, 1);
    await again.stop();
    assert.deepEqual(await homes(), []);
  });

  it('tells what is printed to one reader, also while another process has it', async () => {
    await using _first = await start();
    let begun = 0;
    await using own = await start({ onBegin: () => (begun += 1) });
    assert.doesNotMatch(own.endpoint.name, /^reused-/);
    assert.equal(begun, 1);
    await _first.stop();
  });

  it('is another one where anything is that the options name', async () => {
    const project = join(root.path, 'sm-local.yaml');
    const [model, other, requests] = ['model', 'other', 'requests.json'].map((name) => join(root.path, name)) as [string, string, string];
    for (const directory of [model, other]) {
      await mkdir(directory);
      await writeFile(join(directory, 'weights'), '1');
    }
    const ofModel = (path: string) => ({
      models: [
        { ModelName: 'm', ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r', PrimaryContainer: { Image: 'echoes', ModelDataUrl: path } },
      ],
      endpointConfigs: [],
      endpoints: [{ EndpointName: 'e', EndpointConfigName: 'c' }],
    });
    await writeFile(project, 'image: echoes\nserve: { model: ./model }\n');
    await writeFile(requests, JSON.stringify({ CreateModel: ofModel(model).models[0] }));
    const keys = {
      plain: () => keyOf(),
      project: () => keyOf({ project }),
      requests: () => keyOf({ requests: ofModel(model) }),
      file: () => keyOf({ request: requests }),
    };
    const all = async () => ({
      plain: await keys.plain(),
      project: await keys.project(),
      requests: await keys.requests(),
      file: await keys.file(),
    });
    const first = await all();
    assert.equal(new Set(Object.values(first)).size, 4);
    assert.deepEqual(await all(), first);

    await writeFile(join(model, 'weights'), '12');
    const changed = await all();
    assert.deepEqual([changed.plain === first.plain, changed.project !== first.project], [true, true]);
    assert.deepEqual([changed.requests !== first.requests, changed.file !== first.file], [true, true]);

    await writeFile(project, 'image: echoes\nserve: { model: ./other }\n');
    await writeFile(requests, JSON.stringify({ CreateModel: ofModel(other).models[0] }));
    const renamed = await all();
    assert.deepEqual([renamed.project !== changed.project, renamed.file !== changed.file], [true, true]);

    surrounding('AWS_REGION', 'eu-west-1');
    assert.notEqual(await keys.plain(), first.plain);
  });

  it('is refused in a network, which goes with the test run', async () => {
    const network = { getId: () => 'abc' } as Parameters<SageMakerEndpointContainer['withNetwork']>[0];
    const container = new SageMakerEndpointContainer('echoes').withReuse().withNetwork(network);
    await assert.rejects(container.start(), failure('WrongUsage', /withReuse\(\) and withNetwork\(\)/));
  });

  it('goes with a reset of home', async () => {
    {
      await using _first = await start();
    }
    await using emulator = await openEmulator({ home: join(root.path, 'home'), engine });
    assert.equal((await reset(emulator)).containers, 1);
  });
});
