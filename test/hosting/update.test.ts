import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as turn } from 'node:timers/promises';
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { startServer } from '../../src/api/server.ts';
import { deploymentOf } from '../../src/contract/deployment.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { isError } from '../../src/errors.ts';
import { AlarmStates, type Alarms } from '../../src/hosting/alarms.ts';
import { Endpoint, type EndpointEvent, type Preparation } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { MetricAlarms } from '../../src/hosting/metric-alarms.ts';
import { EndpointMetrics } from '../../src/hosting/metrics.ts';
import type { InvocationOver } from '../../src/hosting/reply.ts';
import { Scope } from '../../src/scope.ts';
import { alarm } from '../support/alarm.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { endpointOptions, type GivenVariant, variantWith } from './endpoint-options.ts';

/** Answers with its own name, after the turn of the event loop that any work takes. */
const version = (name: string) => serving((request, response) => void request.resume().on('end', () => response.end(name)));

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await turn(1);
};

const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT' as const, Value });

describe('an endpoint that is updated', () => {
  let scope: Scope;
  let engine: FakeEngine;
  let alarms: AlarmStates;
  let events: EndpointEvent[];
  let overs: InvocationOver[];
  let url: string;
  let released: string[];
  let metrics: EndpointMetrics;
  let look: () => void;
  beforeEach(() => {
    scope = new Scope();
    engine = scope.use(new FakeEngine({ images: { one: version('one'), two: version('two'), crashes: () => 1 } }));
    alarms = new AlarmStates();
    events = [];
    overs = [];
    released = [];
    metrics = new EndpointMetrics({ now: Date.now, inRotation: () => 1 });
    look = () => {};
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const prepared =
    (config: string, variants: readonly GivenVariant[], shadow?: GivenVariant): Preparation =>
    async () => ({
      configName: config,
      variants: variants.map(variantWith),
      ...(shadow && { shadow: variantWith(shadow) }),
      release: async () => void released.push(config),
    });
  const start = async (preparation: Preparation, pace = 0.001, guards: Alarms = alarms): Promise<Endpoint> => {
    let started = 0;
    const endpoint = new Endpoint(engine, 'demo', preparation, {
      ...endpointOptions,
      ...{ alarms: guards, pace, startAttempts: 1 },
      onEvent: (event) => {
        events.push(event);
        look();
      },
      newInstanceId: () => {
        started += 1;
        return `i-${started}`;
      },
    });
    scope.defer(() => endpoint.stop(AbortSignal.abort()));
    const endpoints = () => [endpoint];
    const invocations = invocationHandler({
      region: 'r',
      account: 'a',
      endpoints,
      limits: limitsOf('serving'),
      onOver: (over) => {
        overs.push(over);
        metrics.add(over);
      },
    });
    ({ url } = scope.use(await startServer({ port: 0, invocations, endpoints })));
    assert.equal(await endpoint.launched, 'InService');
    return endpoint;
  };
  const deployment = (config: DeploymentConfig | undefined, instances: number) => deploymentOf(config, instances);
  const blueGreen = (
    routing: Partial<NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration']>,
  ): DeploymentConfig => ({
    BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 60, ...routing } },
  });

  const invoke = async (agent: http.Agent, target?: string): Promise<{ status: number; body: string }> => {
    const headers = target === undefined ? {} : { 'X-Amzn-SageMaker-Target-Variant': target };
    const request = http.request(`${url}/endpoints/demo/invocations`, { method: 'POST', agent, headers });
    request.end('1,2,3');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode ?? 0, body };
  };
  /** So many requests on 16 connections, and `during` as soon as the first tenth has been answered. */
  const load = async (
    count: number,
    during: (bodies: Readonly<Record<string, number>>) => Promise<unknown>,
  ): Promise<{ statuses: Record<number, number>; bodies: Record<string, number>; last: string }> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    const statuses: Record<number, number> = {};
    const bodies: Record<string, number> = {};
    let [sent, answered, last] = [0, 0, ''];
    let done: Promise<unknown> | undefined;
    let isDone = false;
    const work = async (): Promise<void> => {
      while (sent < count || !isDone) {
        sent += 1;
        const { status, body } = await invoke(agent);
        statuses[status] = (statuses[status] ?? 0) + 1;
        bodies[body] = (bodies[body] ?? 0) + 1;
        [answered, last] = [answered + 1, body];
        if (answered > count / 10) {
          done ??= during(bodies).finally(() => {
            isDone = true;
          });
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    await done;
    agent.destroy();
    return { statuses, bodies, last };
  };
  const steps = (): unknown[] =>
    events.flatMap((event) =>
      event.event === 'deployment' && event.what !== 'trouble' ? [event.what === 'shifted' ? event.share : event.what] : [],
    );
  const statuses = (): unknown[] => events.flatMap((event) => (event.event === 'status' ? [event.status] : []));

  for (const [name, config, instances, requests] of [
    ['all at once', undefined, 1, 10_000],
    ['by a canary', blueGreen({ Type: 'CANARY', CanarySize: percent(25) }), 2, 1500],
    ['in linear steps', blueGreen({ Type: 'LINEAR', LinearStepSize: percent(50) }), 2, 1500],
    ['by rolling', { RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 } }, 2, 1500],
  ] as const) {
    it(`${name} loses none of ${requests} requests`, async function () {
      this.timeout(60_000);
      const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: instances }]));
      const to = prepared('two', [{ image: 'two', instanceCount: instances }]);
      const { statuses: answered, last } = await load(requests, () => endpoint.update(to, deployment(config, instances)));
      assert.deepEqual(Object.keys(answered), ['200']);
      assert.equal(last, 'two');
      assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'InService']);
      assert.deepEqual(released, ['one']);
      assert.equal(endpoint.state.configName, 'two');
      await endpoint.stop();
      assert.deepEqual(engine.left(), []);
    });
  }

  it('shifts the traffic as the deployment says, and bakes after each step', async () => {
    for (const [config, expected] of [
      [undefined, [1]],
      [blueGreen({}), [1, 'baking']],
      [blueGreen({ Type: 'CANARY', CanarySize: percent(25) }), [0.25, 'baking', 1, 'baking']],
      [
        blueGreen({ Type: 'LINEAR', LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 } }),
        [0.25, 'baking', 0.5, 'baking', 0.75, 'baking', 1, 'baking'],
      ],
      [{ RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 } }, [0.5, 'baking', 1, 'baking']],
    ] as const) {
      events = [];
      await using endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 4 }]));
      await endpoint.update(prepared('two', [{ image: 'two', instanceCount: 4 }]), deployment(config, 4));
      assert.deepEqual(steps(), expected);
      assert.deepEqual([endpoint.state.variants[0]?.instances, engine.left().length], [4, 4]);
    }
  });

  it('never has more instances than it must while it rolls', async () => {
    await using endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 4 }]));
    const counts: number[] = [];
    const before = engine.left().length;
    const over = endpoint.update(
      prepared('two', [{ image: 'two', instanceCount: 4 }]),
      deployment({ RollingUpdatePolicy: { MaximumBatchSize: percent(25), WaitIntervalInSeconds: 0 } }, 4),
    );
    const look = setInterval(() => counts.push(engine.left().length), 1);
    await over.finally(() => clearInterval(look));
    assert.equal(before, 4);
    assert.ok(Math.max(...counts) <= 5, String(Math.max(...counts)));
    assert.equal(engine.left().length, 4);
  });

  it('keeps what it has when the new instances are not healthy, and says why', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]));
    const { statuses: answered, bodies } = await load(1000, () =>
      endpoint.update(prepared('bad', [{ image: 'crashes' }]), deployment(undefined, 1)),
    );
    assert.deepEqual([Object.keys(answered), Object.keys(bodies)], [['200'], ['one']]);
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'RollingBack', 'InService']);
    assert.match(
      endpoint.failure?.reason ?? '',
      /^The primary container for production variant AllTraffic did not pass the ping health check\./,
    );
    assert.deepEqual(released, ['bad']);
    assert.equal(engine.left().length, 1);
    await endpoint.update(prepared('two', [{ image: 'two' }]), deployment(undefined, 1));
    assert.equal(endpoint.failure, undefined);
    assert.equal(endpoint.state.configName, 'two');
  });

  it('keeps what it has when the new configuration cannot even be prepared', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]));
    await endpoint.update(async () => Promise.reject(new Error('no such model')), deployment(undefined, 1));
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'InService']);
    assert.equal(endpoint.failure?.reason, 'no such model');
  });

  for (const [name, config] of [
    ['a canary', blueGreen({ Type: 'CANARY', CanarySize: percent(50) })],
    ['a rolling update', { RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 60 } }],
  ] as const) {
    it(`goes back from ${name} when an alarm trips while it bakes, and loses nothing`, async function () {
      this.timeout(60_000);
      const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), 1000); // bakes longer than any test
      const guarded = { ...config, AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'other' }, { AlarmName: 'errors' }] } };
      const { statuses: answered, last } = await load(1000, async (seen) => {
        const over = endpoint.update(prepared('two', [{ image: 'two', instanceCount: 2 }]), deployment(guarded, 2));
        await until(() => (seen.two ?? 0) > 0);
        alarms.set('errors', 'ALARM');
        await over;
      });
      assert.deepEqual([Object.keys(answered), last], [['200'], 'one']);
      assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'RollingBack', 'InService']);
      assert.match(endpoint.failure?.reason ?? '', /alarm errors/);
      assert.deepEqual([endpoint.state.variants[0]?.instances, engine.left().length], [2, 2]);
    });
  }

  it('goes back from a canary that answers 500, by an alarm on the errors of its variant', async function () {
    this.timeout(60_000);
    const broken = serving((request, response) => {
      response.statusCode = request.method === 'POST' ? 500 : 200;
      request.resume().on('end', () => response.end('broken'));
    });
    engine = scope.use(new FakeEngine({ images: { one: version('one'), broken } }));
    let tick = (): void => {};
    const guards = new MetricAlarms([alarm()], {
      metrics,
      ticker: (each) => {
        tick = each;
        return { [Symbol.dispose]() {} };
      },
    });
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), 1000, guards); // bakes longer than any test
    const config = {
      ...blueGreen({ Type: 'CANARY', CanarySize: percent(50) }),
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'errors' }] },
    };
    const { statuses: answered, last } = await load(1000, async () => {
      const over = endpoint.update(prepared('two', [{ image: 'broken', instanceCount: 2 }]), deployment(config, 2));
      await until(() => overs.some(({ status }) => status === 500));
      tick();
      await over;
    });
    assert.deepEqual([Object.keys(answered), last], [['200', '424'], 'one']);
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'RollingBack', 'InService']);
    assert.match(endpoint.failure?.reason ?? '', /alarm errors/);
    assert.match(guards.describe('errors').reason, /^Threshold Crossed: 1 of the last 1 datapoints/);
    assert.deepEqual([endpoint.state.variants[0]?.instances, engine.left().length], [2, 2]);
  });

  it('goes back when it takes longer than it may', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]), 0.0001);
    const config = {
      BlueGreenUpdatePolicy: { ...blueGreen({ WaitIntervalInSeconds: 3600 }).BlueGreenUpdatePolicy, MaximumExecutionTimeoutInSeconds: 600 },
    } as DeploymentConfig;
    await endpoint.update(prepared('two', [{ image: 'two' }]), deployment(config, 1));
    assert.match(endpoint.failure?.reason ?? '', /MaximumExecutionTimeoutInSeconds \(600\)/);
    assert.deepEqual([endpoint.state.configName, engine.left().length], ['one', 1]);
  });

  it('takes no second update meanwhile', async () => {
    const endpoint = await start(prepared('one', [{ image: 'one' }]));
    const over = endpoint.update(prepared('two', [{ image: 'two' }]), deployment(undefined, 1));
    assert.throws(
      () => endpoint.update(prepared('three', [{ image: 'one' }]), deployment(undefined, 1)),
      (error) => isError(error, 'InvalidRequest') && error.message.startsWith('Cannot update in-progress endpoint'),
    );
    assert.throws(() => endpoint.reweigh([]), /in-progress/);
    await over;
  });

  it('can be stopped at any moment of an update, and leaves nothing', async () => {
    for (const pace of [0.001, 1000]) {
      const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), pace);
      const over = endpoint.update(
        prepared('two', [{ image: 'two', instanceCount: 2 }]),
        deployment(blueGreen({ Type: 'CANARY', CanarySize: percent(50) }), 2),
      );
      await endpoint.stop(AbortSignal.abort());
      await over;
      assert.equal(endpoint.status, 'Deleting');
      assert.deepEqual(engine.left(), []);
    }
    assert.deepEqual(released.filter((name) => name === 'one').length, 2);
  });

  it('gives what it was replacing its grace when it is stopped', async () => {
    let isAsked = false;
    let terms = 0;
    const slow: Program = async (world) => {
      world.terminated.addEventListener('abort', () => {
        terms += 1;
      });
      return await serving((request, response) => {
        if (request.method === 'GET') return void response.end();
        isAsked = true; // and never answers
      })(world);
    };
    engine = scope.use(new FakeEngine({ images: { slow, two: version('two') } }));
    const endpoint = await start(prepared('one', [{ image: 'slow' }]));
    const agent = new http.Agent();
    const lost = invoke(agent).catch(() => {});
    await until(() => isAsked);
    const over = endpoint.update(prepared('two', [{ image: 'two' }]), deployment(undefined, 1));
    await until(() => endpoint.state.configName === 'two'); // the old instance waits for its request
    assert.equal(terms, 0);
    await endpoint.stop();
    assert.equal(terms, 1);
    await Promise.all([over, lost]);
    assert.deepEqual(engine.left(), []);
  });

  it('is left with what it has when it cannot go back, and can be updated again', async () => {
    let isBroken = false;
    const breaks = (action: string, { image }: { readonly image: string }): void => {
      if (action === 'start' && image === 'one' && isBroken) throw new Error('no room');
    };
    engine = scope.use(new FakeEngine({ images: { one: version('one'), two: version('two') }, before: breaks }));
    const endpoint = await start(prepared('one', [{ image: 'one', instanceCount: 2 }]), 0.001);
    isBroken = true;
    look = () => {
      if (steps().filter((step) => step === 'baking').length === 2) alarms.set('late', 'ALARM'); // half of the old ones have gone
    };
    const rolling = { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 1 };
    const guarded = { RollingUpdatePolicy: rolling, AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'late' }] } };
    await endpoint.update(prepared('two', [{ image: 'two', instanceCount: 2 }]), deployment(guarded, 2));
    assert.deepEqual(statuses().slice(2), ['Updating', 'RollingBack', 'UpdateRollbackFailed']);
    assert.deepEqual([endpoint.state.configName, endpoint.state.variants[0]?.instances, engine.left().length], ['one', 1, 1]);
    await endpoint.update(prepared('two', [{ image: 'two' }]), deployment(undefined, 1));
    assert.deepEqual([endpoint.status, endpoint.state.configName, engine.left().length], ['InService', 'two', 1]);
  });

  it('gives new weights and counts to what runs', async () => {
    const endpoint = await start(
      prepared('ab', [
        { image: 'one', variant: 'a' },
        { image: 'two', variant: 'b', weight: 0 },
      ]),
    );
    const agent = new http.Agent({ keepAlive: true });
    scope.defer(() => agent.destroy());
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, async () => (await invoke(agent)).body))), new Set(['one']));
    assert.equal((await invoke(agent, 'b')).body, 'two');
    await endpoint.reweigh([
      { variant: 'a', weight: 0 },
      { variant: 'b', weight: 3, instanceCount: 3 },
    ]);
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, async () => (await invoke(agent)).body))), new Set(['two']));
    assert.deepEqual(
      endpoint.state.variants.map(({ name, weight, instances, desiredInstances }) => [name, weight, instances, desiredInstances]),
      [
        ['a', 0, 1, 1],
        ['b', 3, 3, 3],
      ],
    );
    const { statuses: answered } = await load(500, () => endpoint.reweigh([{ variant: 'b', instanceCount: 1 }]));
    assert.deepEqual(Object.keys(answered), ['200']);
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Updating', 'InService', 'Updating', 'InService']);
  });

  it('shares requests by weight', async () => {
    await start(
      prepared('ab', [
        { image: 'one', variant: 'a', weight: 1 },
        { image: 'two', variant: 'b', weight: 3 },
      ]),
    );
    const { bodies } = await load(1500, async () => {});
    const share = (bodies.two ?? 0) / ((bodies.one ?? 0) + (bodies.two ?? 0));
    assert.ok(share > 0.68 && share < 0.82, String(share)); // six standard deviations
  });

  it('copies requests to a shadow variant and drops its answers', async () => {
    const seen: string[] = [];
    const mirrored = serving((request, response) => {
      if (request.method === 'GET') return void response.end();
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push(body);
        response.writeHead(500).end('bad');
      });
    });
    engine = scope.use(new FakeEngine({ images: { one: version('one'), shadow: mirrored } }));
    await start(prepared('s', [{ image: 'one' }], { image: 'shadow', variant: 'shadow' }));
    const agent = new http.Agent();
    const large = 'x'.repeat(300_000);
    for (const body of ['small', large]) {
      const request = http.request(`${url}/endpoints/demo/invocations`, { method: 'POST', agent });
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers['x-amzn-invoked-production-variant'], 'AllTraffic');
      response.resume();
    }
    await until(() => overs.length === 4);
    assert.deepEqual(seen.sort(), ['small', large]);
    assert.deepEqual(
      overs
        .filter(({ variant: of }) => of === 'shadow')
        .map(({ status, sent }) => [status, sent])
        .sort(),
      [
        [500, 300_000],
        [500, 5],
      ],
    );
    assert.equal((await invoke(agent, 'shadow')).status, 400); // it is no production variant
  });

  it('loses no more than what was under way on an instance that is killed, each with a 424', async function () {
    this.timeout(60_000);
    await start(prepared('one', [{ image: 'one', instanceCount: 2, routing: 'LEAST_OUTSTANDING_REQUESTS' }]));
    const { statuses: answered } = await load(3000, async () => {
      const [first] = await engine.containers.list({});
      await (await engine.containers.open(first?.id ?? ''))?.kill('SIGKILL');
    });
    const { 200: fine = 0, 424: lost = 0, ...others } = answered;
    assert.deepEqual(others, {});
    assert.ok(fine >= 2984 && lost <= 16, `${lost} lost`);
  });
});
