import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { openEmulator } from '../../src/emulator.ts';
import type { SmLocalError } from '../../src/errors.ts';
import { InvocationError } from '../../src/library/invocation-error.ts';
import { serve } from '../../src/library/serve.ts';
import { listResources } from '../../src/upkeep/resources.ts';
import { stopResource } from '../../src/upkeep/stop-resource.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Bodies as a container gets them. */
const arrivals = new EventEmitter();

/** Answers with what it got; `fail` with a 415, `parts` in two chunks, `hang` never. */
const echoes: http.RequestListener = async (request, response) => {
  if (request.url === '/ping') return void response.end();
  const body = (await buffer(request)).toString();
  if (body === 'hang') return;
  arrivals.emit(body);
  if (body === 'slow') await new Promise((resolve) => setTimeout(resolve, 300));
  if (body === 'fail') return void response.writeHead(415).end('not that');
  response.setHeader('Content-Type', request.headers['content-type'] ?? 'none');
  if (body === 'parts') {
    response.write('one');
    setImmediate(() => response.end('two'));
    return;
  }
  response.end(body);
};

const talks: Program = async (world) => {
  world.write('begun\n');
  return await serving(echoes)(world);
};

/** Ends when it has answered what came before SIGTERM. */
const drains: Program = async (world) => {
  const terminated = once(world.terminated, 'abort');
  let open = 0;
  let idle = (): void => {};
  const server = http.createServer((request, response) => {
    open += 1;
    response.on('close', () => {
      open -= 1;
      if (open === 0) idle();
    });
    void echoes(request, response);
  });
  await world.listen(server);
  await terminated;
  if (open > 0) {
    await new Promise<void>((resolve) => {
      idle = resolve;
    });
  }
  return 0;
};

const dies: Program = ({ write }) => {
  write('no model\n');
  return 3;
};

describe('serve() of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { talks, drains, dies } });
  });
  afterEach(async () => {
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const common = () => ({ engine, home: join(root.path, 'home'), cwd: root.path, credentials: 'environment' as const, ephemeral: true });

  it("is in service when it returns, and answers its own calls and those of AWS's client alike", async () => {
    await using endpoint = await serve({ ...common(), image: 'talks', name: 'echo' });
    assert.equal(endpoint.name, 'echo');
    assert.equal(endpoint.arn, 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/echo');
    const own = await endpoint.invoke('1,2', { contentType: 'text/csv' });
    assert.deepEqual([own.text(), own.contentType, own.invokedProductionVariant], ['1,2', 'text/csv', 'AllTraffic']);
    assert.deepEqual((await endpoint.invoke({ a: 1 })).json(), { a: 1 });
    const client = new SageMakerRuntimeClient(endpoint.clientConfig);
    const answer = await client.send(new InvokeEndpointCommand({ EndpointName: 'echo', Body: '3', ContentType: 'text/csv' }));
    client.destroy();
    assert.equal(Buffer.from(answer.Body).toString(), '3');
  });

  it('has the parts of a stream as they come', async () => {
    await using endpoint = await serve({ ...common(), image: 'talks' });
    const parts: string[] = [];
    for await (const part of await endpoint.invokeStream('parts')) parts.push(part.toString());
    assert.equal(parts.join('|'), 'one|two');
  });

  it("throws AWS's errors, with what the container said", async () => {
    await using endpoint = await serve({ ...common(), image: 'talks' });
    await assert.rejects(endpoint.invoke('fail'), (error) => {
      assert.ok(error instanceof InvocationError);
      assert.deepEqual([error.code, error.status, error.originalStatusCode, error.originalMessage], ['ModelError', 424, 415, 'not that']);
      return true;
    });
    await assert.rejects(endpoint.invoke('x', { endpoint: 'other' }), { name: 'InvocationError', code: 'ValidationError' });
    await assert.rejects(endpoint.invoke('x', { customAttributes: 'a\nb' }), failure('WrongUsage', /cannot be sent/));
  });

  it('measures patience by a faster clock', async () => {
    await using endpoint = await serve({ ...common(), image: 'talks', speed: 300 });
    await assert.rejects(endpoint.invoke('hang'), { name: 'InvocationError', code: 'ModelError', status: 424 });
  });

  it('of an image that does not come up is an error with its last lines', async () => {
    await assert.rejects(serve({ ...common(), image: 'dies', name: 'dead' }), (error) => {
      failure('EndpointFailed', /^The endpoint dead did not come into service: [\s\S]*\| no model/)(error);
      assert.match((error as SmLocalError).remedy, /^Its program ended by itself, with exit code 3, .* its last lines say why\./);
      return true;
    });
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
  });

  it('has the lines of its containers', async () => {
    const endpoint = await serve({ ...common(), image: 'talks' });
    const told: string[] = [];
    const read = (async () => {
      for await (const event of endpoint.events()) told.push(event.event === 'log' ? event.message : event.event);
    })();
    await endpoint.invoke('x');
    assert.deepEqual(
      (await endpoint.logs()).map(({ message }) => message),
      ['begun'],
    );
    await endpoint.stop();
    await read; // ends with it
    assert.ok(told.includes('begun') && told.includes('status'));
  });

  it('serves several endpoints of requests', async () => {
    const requests = {
      models: [{ ModelName: 'm', PrimaryContainer: { Image: 'talks' } }],
      endpointConfigs: [
        {
          EndpointConfigName: 'c',
          ProductionVariants: [{ VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large' as const, InitialInstanceCount: 1 }],
        },
      ],
      endpoints: ['one', 'two'].map((EndpointName) => ({ EndpointName, EndpointConfigName: 'c' })),
    };
    await using served = await serve({ ...common(), requests });
    assert.deepEqual(
      served.endpoints.map(({ endpoint }) => endpoint.name),
      ['one', 'two'],
    );
    assert.equal((await served.invoke('x', { endpoint: 'two' })).invokedProductionVariant, 'v');
  });

  it('ends with its signal, while it starts and when it serves', async () => {
    const reason = new Error('over');
    await assert.rejects(serve({ ...common(), image: 'talks', signal: AbortSignal.abort(reason) }), reason);
    const stop = new AbortController();
    const endpoint = await serve({ ...common(), image: 'talks', signal: stop.signal });
    stop.abort(reason);
    for await (const _event of endpoint.events()); // ends when everything is removed
    assert.deepEqual(engine.left(), []);
    await endpoint.stop();
  });

  it('lets go when another process stops it', async () => {
    const endpoint = await serve({ ...common(), ephemeral: false, image: 'talks', name: 'echo' });
    await using other = await openEmulator({ home: join(root.path, 'home'), engine, credentials: { source: 'environment' } });
    const { resources } = await listResources(other);
    const [resource] = resources.filter(({ kind }) => kind === 'endpoint');
    assert.ok(resource);
    const { signal } = new AbortController();
    await stopResource(other, resource, { isHard: false, signal, observer: { event() {}, log() {} } });
    for await (const _event of endpoint.events()); // ends when everything is removed
    await assert.rejects(endpoint.invoke('x'), failure('EndpointUnreachable', /./));
  });

  it('lets end what is under way when it is stopped', async () => {
    const endpoint = await serve({ ...common(), image: 'drains' });
    const arrived = once(arrivals, 'slow');
    const answer = endpoint.invoke('slow');
    await arrived;
    const [{ body }] = await Promise.all([answer, endpoint.stop()]);
    assert.equal(body.toString(), 'slow');
  });

  it('describes itself as DescribeEndpoint does', async () => {
    await using endpoint = await serve({ ...common(), image: 'talks', name: 'echo' });
    const { EndpointStatus, EndpointName, ProductionVariants } = endpoint.describe();
    assert.deepEqual([EndpointStatus, EndpointName, ProductionVariants?.[0]?.CurrentInstanceCount], ['InService', 'echo', 1]);
    assert.throws(() => endpoint.describe('other'), failure('ResourceNotFound', /"other"/));
  });

  it('may be stopped twice, and when it is refused leaves nothing', async () => {
    const endpoint = await serve({ ...common(), image: 'talks' });
    await Promise.all([endpoint.stop(), endpoint.stop({ now: true })]);
    await assert.rejects(
      serve({ ...common(), image: 'talks', model: 'nowhere' }),
      failure('ResourceNotFound', /called "nowhere" for model/),
    );
    await assert.rejects(serve({ ...common(), image: 'talks', fault: { latancy: '1s' } }), failure('WrongUsage', /latancy/));
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
  });
});
