import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as turn } from 'node:timers/promises';
import { deploymentOf } from '../../src/contract/deployment.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { Endpoint, type EndpointEvent, type Preparation } from '../../src/hosting/endpoint.ts';
import { Scope } from '../../src/scope.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { endpointOptions, variantWith } from './endpoint-options.ts';

const version = (name: string): Program => serving((request, response) => void request.resume().on('end', () => response.end(name)));

/** Does not answer, and does not go before it must. */
const hangs: Program = async (world) => {
  await world.listen(http.createServer(() => {}));
  await once(world.ended, 'abort');
  return 0;
};

/** Serves, and does not go before it must. */
const stays: Program = async (world) => {
  await world.listen(http.createServer((request, response) => void request.resume().on('end', () => response.end('stays'))));
  await once(world.ended, 'abort');
  return 0;
};

const allAtOnce = deploymentOf(undefined, 1);

describe('an update in haste', () => {
  let scope: Scope;
  let engine: FakeEngine;
  let events: EndpointEvent[];
  let endpoint: Endpoint;
  let released: string[];
  beforeEach(() => {
    scope = new Scope();
    events = [];
    released = [];
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(engine.left(), []);
  });

  const prepared =
    (image: string): Preparation =>
    async () => ({
      configName: image,
      variants: [variantWith({ image, limits: limitsOf('serving', { 'stop-grace': 60 }) })],
      release: async () => void released.push(image),
    });
  const start = async (image: string): Promise<void> => {
    engine = scope.use(new FakeEngine({ images: { one: version('one'), two: version('two'), three: version('three'), hangs, stays } }));
    let started = 0;
    endpoint = new Endpoint(engine, 'demo', prepared(image), {
      ...endpointOptions,
      onEvent: (event) => void events.push(event),
      newInstanceId: () => {
        started += 1;
        return `i-${started}`;
      },
    });
    scope.defer(() => endpoint.stop(AbortSignal.abort()));
    assert.equal(await endpoint.launched, 'InService');
  };
  const statuses = (): unknown[] => events.flatMap((event) => (event.event === 'status' ? [event.status] : []));
  const running = async (count: number): Promise<void> => {
    while (engine.left().length !== count) await turn(1);
  };
  const serves = async (): Promise<string> => {
    const choice = endpoint.choose(undefined);
    assert.equal(choice.kind, 'slot');
    const { host, port } = (choice as Extract<typeof choice, { kind: 'slot' }>).upstream.address;
    const [response] = (await once(http.get({ host, port, agent: false }), 'response')) as [http.IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    return body;
  };

  it('is given up as soon as it is overtaken, and what serves goes on as if nothing had been', async () => {
    await start('one');
    const overtaken = new AbortController();
    const over = endpoint.update(prepared('hangs'), allAtOnce, { overtaken: overtaken.signal, grace: 60 });
    await running(2);
    assert.equal(await serves(), 'one');
    overtaken.abort();
    await over;
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'InService']);
    assert.equal(endpoint.failure, undefined);
    assert.equal(await serves(), 'one');
    const never = new AbortController().signal;
    await endpoint.update(prepared('two'), allAtOnce, { overtaken: never, grace: 0 }); // though the other may still be going
    assert.equal(await serves(), 'two');
    await running(1);
    assert.deepEqual(released.sort(), ['hangs', 'one']);
  });

  it('is given up while it is prepared', async () => {
    await start('one');
    const overtaken = new AbortController();
    const over = endpoint.update(
      async (signal) => {
        await once(signal, 'abort');
        throw new Error('the build broke off');
      },
      allAtOnce,
      { overtaken: overtaken.signal, grace: 0 },
    );
    overtaken.abort();
    await over;
    assert.deepEqual([endpoint.status, endpoint.failure, endpoint.plan?.configName], ['InService', undefined, 'one']);
  });

  it('that was overtaken before it began does nothing', async () => {
    await start('one');
    await endpoint.update(prepared('two'), allAtOnce, { overtaken: AbortSignal.abort(), grace: 0 });
    assert.equal(await serves(), 'one');
    await running(1);
  });

  it('does not wait for what it has replaced, which gets the grace it says', async () => {
    await start('stays');
    await endpoint.update(prepared('two'), allAtOnce, { overtaken: new AbortController().signal, grace: 0.05 });
    assert.deepEqual([endpoint.status, await serves()], ['InService', 'two']);
    await running(1);
    assert.deepEqual(released, ['stays']);
  });

  it('kills what the last one has replaced and is still there', async () => {
    await start('stays');
    const haste = { overtaken: new AbortController().signal, grace: 60 };
    await endpoint.update(prepared('two'), allAtOnce, haste);
    assert.equal(engine.left().length, 2);
    await endpoint.update(prepared('three'), allAtOnce, haste);
    await running(1);
    assert.equal(await serves(), 'three');
  });

  it('still goes back when the new instances do not become healthy', async () => {
    await start('one');
    await endpoint.update(async () => Promise.reject(new Error('no such model')), allAtOnce, {
      overtaken: new AbortController().signal,
      grace: 0,
    });
    assert.equal(endpoint.failure?.reason, 'no such model');
    assert.equal(await serves(), 'one');
  });

  it('ends with the endpoint at any moment', async () => {
    await start('stays');
    const haste = { overtaken: new AbortController().signal, grace: 60 };
    await endpoint.update(prepared('two'), allAtOnce, haste);
    const over = endpoint.update(prepared('hangs'), allAtOnce, haste);
    await running(2);
    await endpoint.stop(AbortSignal.abort());
    await over;
    assert.equal(endpoint.status, 'Deleting');
    assert.deepEqual(released.sort(), ['hangs', 'stays', 'two']);
  });
});
