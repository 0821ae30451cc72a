import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type http from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { InvocationError } from '../../src/library/invocation-error.ts';
import { serve } from '../../src/library/serve.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Answers with what it got; `fail` with a 415, `parts` in two chunks, `hang` never. */
const echoes: http.RequestListener = async (request, response) => {
  if (request.url === '/ping') return void response.end();
  const body = (await buffer(request)).toString();
  if (body === 'hang') return;
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

const dies: Program = ({ write }) => {
  write('no model\n');
  return 3;
};

describe('serve() of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { talks, dies } });
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
    await assert.rejects(
      serve({ ...common(), image: 'dies', name: 'dead' }),
      failure('EndpointFailed', /^The endpoint dead did not come into service: [\s\S]*\| no model/),
    );
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
