import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as turn } from 'node:timers/promises';
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { startServer } from '../../src/api/server.ts';
import { deploymentOf } from '../../src/contract/deployment.ts';
import { type LimitOverrides, limitsOf } from '../../src/contract/limits.ts';
import { AlarmStates } from '../../src/hosting/alarms.ts';
import { Endpoint, type EndpointEvent, type EndpointOptions, type Preparation } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import type { InvocationOver } from '../../src/hosting/reply.ts';
import { Scope } from '../../src/scope.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { endpointOptions, type GivenVariant, variantWith } from './endpoint-options.ts';

const version = (name: string) => serving((request, response) => void request.resume().on('end', () => response.end(name)));
const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT' as const, Value });
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await turn(1);
};

describe('an endpoint in trouble', function () {
  this.timeout(20_000);
  let scope: Scope;
  let engine: FakeEngine;
  let alarms: AlarmStates;
  let events: EndpointEvent[];
  let url: string;
  let started = 0;
  let look: () => void;
  const stream = serving((request, response) => {
    if (request.method === 'GET') return void response.end();
    request.resume();
    response.writeHead(200);
    let n = 0;
    const t = setInterval(() => {
      response.write(`${n}\n`);
      n += 1;
      if (n === 15) {
        clearInterval(t);
        response.end();
      }
    }, 100);
  });
  beforeEach(() => {
    scope = new Scope();
    engine = scope.use(new FakeEngine({ images: { one: version('one'), two: version('two'), stream, crashes: () => 1 } }));
    alarms = new AlarmStates();
    events = [];
    started = 0;
    overs = [];
    look = () => {};
  });
  afterEach(() => scope[Symbol.asyncDispose]().catch(() => {}));
  const prepared =
    (config: string, variants: readonly GivenVariant[], release = async (): Promise<void> => {}): Preparation =>
    async () => ({ configName: config, variants: variants.map(variantWith), release });
  let overs: InvocationOver[];
  const newId = (): string => {
    started += 1;
    return `i-${started}`;
  };
  const start = async (
    preparation: Preparation,
    pace = 0.001,
    more: Partial<EndpointOptions> = {},
    limits: LimitOverrides = {},
  ): Promise<Endpoint> => {
    const endpoint = new Endpoint(engine, 'demo', preparation, {
      ...endpointOptions,
      ...{ alarms, pace, startAttempts: 1 },
      onEvent: (event) => {
        events.push(event);
        look();
      },
      newInstanceId: newId,
      ...more,
    });
    scope.defer(() => endpoint.stop(AbortSignal.abort()));
    const endpoints = () => [endpoint];
    const invocations = invocationHandler({
      region: 'r',
      account: 'a',
      endpoints,
      limits: limitsOf('serving', limits),
      onOver: (over) => overs.push(over),
    });
    ({ url } = scope.use(await startServer({ port: 0, invocations, endpoints })));
    assert.equal(await endpoint.launched, 'InService');
    return endpoint;
  };
  const rolling = (size = 50): DeploymentConfig => ({ RollingUpdatePolicy: { MaximumBatchSize: percent(size), WaitIntervalInSeconds: 0 } });

  it('lets a stream that lasts longer than an invocation end before its instance goes', async () => {
    const limits = limitsOf('serving', { 'stop-grace': 0.1, invocation: 0.3, stream: 10 });
    const endpoint = await start(prepared('one', [{ image: 'stream', limits }]));
    const request = http.request(`${url}/endpoints/demo/invocations-response-stream`, { method: 'POST' });
    request.end('x');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const body: Buffer[] = [];
    response.on('data', (c) => body.push(c));
    const over = endpoint.update(prepared('two', [{ image: 'two' }]), deploymentOf(undefined, 1));
    await once(response, 'close');
    await over;
    assert.doesNotMatch(Buffer.concat(body).toString('latin1'), /StreamBroken/);
  });

  it('starts no instances of before when it rolls with fewer of them than were planned', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 4 }]));
    await endpoint.reweigh([{ variant: 'AllTraffic', instanceCount: 1 }]);
    const before = engine.history.length;
    await endpoint.update(prepared('two', [{ image: 'two', instanceCount: 4 }]), deploymentOf(rolling(25), 4));
    const made = engine.history.slice(before).map((c) => (c as unknown as { spec: { image: string } }).spec.image);
    assert.deepEqual(made, ['two', 'two', 'two', 'two']);
  });

  it('comes back with all the instances it had, more than were planned', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]));
    await endpoint.reweigh([{ variant: 'AllTraffic', instanceCount: 6 }]);
    assert.equal(endpoint.state.variants[0]?.instances, 6);
    const config = {
      RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 1 },
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'e' }] },
    };
    look = () => {
      if (events.filter((event) => event.event === 'deployment' && event.what === 'baking').length === 2) alarms.set('e', 'ALARM'); // half have gone
    };
    await endpoint.update(prepared('two', [{ image: 'two', instanceCount: 2 }]), deploymentOf(config, 2));
    assert.equal(endpoint.state.configName, 'one');
    assert.equal(endpoint.state.variants[0]?.instances, 6);
  });

  it('serves on after a rollback, with its reason, though what was prepared cannot be given back', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]));
    await endpoint.update(
      prepared('bad', [{ image: 'crashes' }], async () => Promise.reject(new Error('network is in use'))),
      deploymentOf(undefined, 1),
    );
    assert.deepEqual([endpoint.status, endpoint.failure?.reason.slice(0, 22)], ['InService', 'The primary container ']);
  });

  it('gives back what was prepared though a container cannot be removed', async () => {
    let fails = false;
    engine = scope.use(
      new FakeEngine({
        images: { one: version('one') },
        before: (action) => {
          if (fails && action === 'remove') throw new Error('device busy');
        },
      }),
    );
    let released = 0;
    const endpoint = await start(
      prepared('one', [{ image: 'one' }], async () => {
        released += 1;
      }),
    );
    fails = true;
    await assert.rejects(endpoint.stop(), /busy/);
    fails = false;
    assert.equal(released, 1);
  });

  it('begins nothing more when it is stopped while it rolls', async () => {
    const opened: number[] = [];
    let slow = false;
    let isRemoving = false;
    engine = scope.use(
      new FakeEngine({
        images: { one: version('one'), two: version('two') },
        before: async (action) => {
          if (slow && action === 'remove') {
            isRemoving = true;
            await turn(50);
          }
        },
      }),
    );
    let stoppedAt = 0;
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), 0.001, {
      openLog: async () => {
        opened.push(performance.now());
        return { append() {}, begin() {}, async resume() {}, async close() {} } as never;
      },
    });
    slow = true;
    const over = endpoint.update(prepared('two', [{ image: 'two', instanceCount: 2 }]), deploymentOf(rolling(50), 2));
    await until(() => events.some((e) => e.event === 'deployment' && e.what === 'shifted'));
    await until(() => isRemoving);
    stoppedAt = performance.now();
    await endpoint.stop();
    await over;
    assert.deepEqual(opened.filter((at) => at > stoppedAt).length, 0);
  });

  it('closes the log of an instance once', async () => {
    const closed: Record<string, number> = {};
    const endpoint = await start(prepared('one', [{ image: 'one' }]), 0.001, {
      openLog: async ({ instance }) =>
        ({
          append() {},
          begin() {},
          async resume() {},
          async close() {
            closed[instance] = (closed[instance] ?? 0) + 1;
          },
        }) as never,
    });
    await endpoint.stop();
    await endpoint.stop();
    assert.deepEqual(closed, { 'i-1': 1 });
  });

  it('closes logs that were opened when another one cannot be', async () => {
    let open = 0;
    const endpoint = new Endpoint(engine, 'demo', prepared('one', [{ image: 'one', instanceCount: 3 }]), {
      ...endpointOptions,
      newInstanceId: newId,
      openLog: async ({ instance }) => {
        if (instance === 'i-3') throw new Error('ENOSPC');
        open += 1;
        return {
          append() {},
          begin() {},
          async resume() {},
          async close() {
            open -= 1;
          },
        } as never;
      },
    });
    assert.equal(await endpoint.launched, 'Failed');
    await endpoint.stop();
    assert.equal(open, 0);
  });

  it('tells of an instance that was taken away and cannot be removed', async () => {
    let fails = false;
    engine = scope.use(
      new FakeEngine({
        images: { one: version('one') },
        before: (action) => {
          if (fails && action === 'remove') throw new Error('device busy');
        },
      }),
    );
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]));
    fails = true;
    await endpoint.reweigh([{ variant: 'AllTraffic', instanceCount: 1 }]);
    fails = false;
    assert.ok(events.some((event) => event.event === 'instance' && event.what === 'trouble' && event.message.includes('busy')));
  });

  it('sends a request to another instance when its own dies before the body is there', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2, routing: 'LEAST_OUTSTANDING_REQUESTS' }]));
    const requests = [1, 2].map(() => {
      const request = http.request(`${url}/endpoints/demo/invocations`, { method: 'POST', headers: { 'Content-Length': 4 } });
      request.write('ab');
      return request;
    });
    await until(() => endpoint.running[0]?.inRotation.every(({ outstanding }) => outstanding === 1) === true);
    const [first] = await engine.containers.list({});
    await (await engine.containers.open(first?.id ?? ''))?.kill('SIGKILL');
    await until(() => endpoint.serving('AllTraffic') === 1);
    const statuses = await Promise.all(
      requests.map(async (request) => {
        request.end('cd');
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        response.resume();
        return response.statusCode;
      }),
    );
    assert.deepEqual(statuses, [200, 200]);
  });

  it('tells of a client that leaves before its body is there', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]));
    const request = http.request(`${url}/endpoints/demo/invocations`, { method: 'POST', headers: { 'Content-Length': 4 } });
    request.on('error', () => {});
    request.write('ab');
    await until(() => endpoint.running[0]?.inRotation[0]?.outstanding === 1);
    request.destroy();
    await until(() => overs.length === 1);
    assert.deepEqual([overs[0]?.answered, overs[0]?.trouble, endpoint.running[0]?.inRotation[0]?.outstanding], [0, 'the client left', 0]);
  });
  it('does not wait longer for a body than an invocation may take', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]), 0.001, {}, { invocation: 0.1 });
    const request = http.request(`${url}/endpoints/demo/invocations`, { method: 'POST', headers: { 'Content-Length': 4 } });
    request.write('ab');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.deepEqual([response.statusCode, response.headers['x-amzn-errortype']], [408, 'RequestTimeoutException']);
    assert.deepEqual([overs[0]?.answered, endpoint.running[0]?.inRotation[0]?.outstanding], [408, 0]);
    request.on('error', () => {}).destroy();
  });

  it('takes the whole address as the target of a request', async () => {
    await start(prepared('one', [{ image: 'one' }]));
    const { port } = new URL(url);
    const request = http.request({ port, method: 'POST', path: `${url}/endpoints/demo/invocations?a=b` });
    request.end('x');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.resume().statusCode, 200);
  });

  it('starts no more new instances when its time is over in the middle of a batch', async () => {
    let slow = false;
    engine = scope.use(
      new FakeEngine({
        images: { one: version('one'), two: version('two') },
        before: async (action) => {
          if (slow && action === 'remove') await turn(300);
          if (slow && action === 'create') await turn(100);
        },
      }),
    );
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), 0.0005);
    slow = true;
    const config = {
      RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 0, MaximumExecutionTimeoutInSeconds: 600 },
    };
    const before = engine.history.length;
    await endpoint.update(prepared('two', [{ image: 'two', instanceCount: 2 }]), deploymentOf(config, 2));
    await turn(300);
    const made = engine.history.slice(before).map((c) => (c as unknown as { spec: { image: string } }).spec.image);
    assert.deepEqual(made, ['two', 'one']);
  });
});
