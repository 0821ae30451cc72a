import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import { startServer } from '../../src/api/server.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { Endpoints } from '../../src/endpoints/endpoints.ts';
import type { HostedEvent } from '../../src/endpoints/hosted-endpoint.ts';
import { isError } from '../../src/errors.ts';
import type { Endpoint } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { describeEndpoint } from '../../src/hosting/record.ts';
import { Scope } from '../../src/scope.ts';
import { neverStopped } from '../../src/stop.ts';
import { fixtureImage, fixtureTag, leftOf, testEngine } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const config = (name: string, variants: Readonly<Record<string, number>>): CreateEndpointConfigInput => ({
  EndpointConfigName: name,
  ProductionVariants: Object.entries(variants).map(([VariantName, InitialInstanceCount]) => ({
    ...{ VariantName, InitialInstanceCount, ModelName: 'echo', InstanceType: 'ml.m5.large' },
    RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
  })),
});

describe('endpoints made by requests, on a real engine', function () {
  this.timeout(120_000);
  let scope: Scope;
  let emulator: Emulator;
  let endpoints: Endpoints;
  let events: HostedEvent[];
  let url: string;
  let home: string;
  before(() => fixtureImage('serve-echo'));
  beforeEach(async () => {
    scope = new Scope();
    events = [];
    home = join(scope.use(await temporaryDirectory()).path, 'home');
    emulator = scope.use(await openEmulator({ home, engine: testEngine(), credentials: { source: 'environment' } }));
    const running = (): readonly Endpoint[] => endpoints.endpoints;
    const invocations = invocationHandler({
      region: 'us-east-1',
      account: '000000000000',
      endpoints: running,
      limits: limitsOf('serving'),
    });
    ({ url } = scope.use(await startServer({ port: 0, invocations, endpoints: running })));
    endpoints = new Endpoints(emulator, {
      // These are about requests that an update could lose, and not about a busy machine on which 250 ms are short.
      setting: { limits: { 'stop-grace': 5, accept: 5 }, startAttempts: 3, pace: 0.01 },
      observer: { event: (event) => void (event.event === 'status' && events.push(event)), log() {} },
      stops: neverStopped,
      url,
    });
    scope.use(endpoints);
    await endpoints.createModel({
      ModelName: 'echo',
      PrimaryContainer: { Image: fixtureTag('serve-echo') },
      ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r',
    });
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await leftOf(home), []);
  });

  const created = async (name: string, configName: string): Promise<Endpoint> => {
    const { endpoint } = await endpoints.createEndpoint({ EndpointName: name, EndpointConfigName: configName });
    assert.equal(await endpoint.launched, 'InService', endpoint.failure?.reason);
    return endpoint;
  };
  /** Invokes on 8 connections until `during` is over, and at least `count` times: how often each variant answered, and each status. */
  const load = async (
    name: string,
    count: number,
    during: (answers: Readonly<Record<string, number>>) => Promise<unknown>,
  ): Promise<Record<string, number>> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const answers: Record<string, number> = {};
    let isOver = false;
    let sent = 0;
    const work = async (): Promise<void> => {
      while (sent < count || !isOver) {
        sent += 1;
        const request = http.request(`${url}/endpoints/${name}/invocations`, { method: 'POST', agent });
        request.end('1,2,3');
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        const key =
          response.statusCode === 200 ? String(response.headers['x-amzn-invoked-production-variant']) : String(response.statusCode);
        answers[key] = (answers[key] ?? 0) + 1;
        await once(response.resume(), 'close');
      }
    };
    const over = during(answers).finally(() => {
      isOver = true;
    });
    await Promise.all([...Array.from({ length: 8 }, work), over]);
    agent.destroy();
    return answers;
  };

  it('are several at once, each with its own variants', async () => {
    await endpoints.createEndpointConfig(config('one', { a: 1 }));
    await endpoints.createEndpointConfig(config('two', { b: 1, c: 1 }));
    await Promise.all([created('first', 'one'), created('second', 'two')]);
    assert.deepEqual(Object.keys(await load('first', 20, async () => {})), ['a']);
    assert.deepEqual(Object.keys(await load('second', 50, async () => {})).sort(), ['b', 'c']);
    await (await endpoints.deleteEndpoint({ EndpointName: 'first' })).over;
    assert.deepEqual(await load('first', 1, async () => {}), { 400: 8 });
    const record = await emulator.endpoints.read('second');
    const { ProductionVariants, EndpointConfigName } = describeEndpoint(record as NonNullable<typeof record>);
    assert.equal(EndpointConfigName, 'two');
    assert.deepEqual(
      ProductionVariants?.map(({ VariantName, CurrentInstanceCount, CurrentWeight }) => [VariantName, CurrentInstanceCount, CurrentWeight]),
      [
        ['b', 1, 1],
        ['c', 1, 1],
      ],
    );
  });

  it('lose no request over an update, whose old containers die of SIGTERM at once', async () => {
    await endpoints.createEndpointConfig(config('one', { blue: 2 }));
    await endpoints.createEndpointConfig(config('two', { green: 2 }));
    await created('demo', 'one');
    const DeploymentConfig = {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: { Type: 'CANARY', WaitIntervalInSeconds: 30, CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 } },
      },
    } as const;
    const answers = await load('demo', 2000, async () => {
      await (await endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'two', DeploymentConfig })).over;
    });
    assert.deepEqual(Object.keys(answers).sort(), ['blue', 'green'], JSON.stringify(answers));
    await endpoints.hosted('demo')?.kept(); // written in its own time
    const record = await emulator.endpoints.read('demo');
    assert.equal(record?.configName, 'two');
    assert.deepEqual(describeEndpoint(record as NonNullable<typeof record>).LastDeploymentConfig, DeploymentConfig);
  });

  it('lose over the kill of one of two containers no more than was under way on it, each with a 424', async () => {
    await endpoints.createEndpointConfig(config('one', { a: 2 }));
    await created('demo', 'one');
    const answers = await load('demo', 2000, async () => {
      const [container] = await testEngine().containers.list({ 'sm-local.home': home, 'sm-local.kind': 'endpoint' });
      await (await testEngine().containers.open(container?.id ?? ''))?.kill('SIGKILL');
    });
    const { a = 0, 424: lost = 0, ...others } = answers;
    assert.deepEqual(others, {});
    assert.ok(a >= 1992 && lost <= 8, JSON.stringify(answers));
  });

  it('change their weights and counts while they serve', async () => {
    await endpoints.createEndpointConfig(config('one', { a: 1, b: 1 }));
    const endpoint = await created('demo', 'one');
    const answers = await load('demo', 500, async (seen) => {
      while (seen.a === undefined) await turn(1);
      const DesiredWeightsAndCapacities = [{ VariantName: 'a', DesiredInstanceCount: 2, DesiredWeight: 0 }];
      await (await endpoints.updateEndpointWeightsAndCapacities({ EndpointName: 'demo', DesiredWeightsAndCapacities })).over;
    });
    assert.deepEqual(Object.keys(answers).sort(), ['a', 'b']);
    assert.deepEqual(Object.keys(await load('demo', 50, async () => {})), ['b']);
    assert.deepEqual(
      endpoint.state.variants.map(({ instances }) => instances),
      [2, 1],
    );
    await assert.rejects(
      endpoints.updateEndpointWeightsAndCapacities({
        EndpointName: 'demo',
        DesiredWeightsAndCapacities: [{ VariantName: 'z', DesiredWeight: 1 }],
      }),
      (error) => isError(error, 'InvalidRequest') && /has no variant z/.test(error.message),
    );
  });

  it('that fail to update serve on, with the reason', async () => {
    await endpoints.createModel({
      ModelName: 'gone',
      PrimaryContainer: { Image: 'sm-local-test/never-built:1' },
      ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r',
    });
    await endpoints.createEndpointConfig(config('one', { a: 1 }));
    const [variant] = config('two', { a: 1 }).ProductionVariants ?? [];
    await endpoints.createEndpointConfig({
      EndpointConfigName: 'two',
      ProductionVariants: [{ VariantName: 'a', InstanceType: 'ml.m5.large', ...variant, ModelName: 'gone' }],
    });
    const endpoint = await created('demo', 'one');
    const answers = await load('demo', 100, async () => {
      await (await endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'two' })).over;
    });
    assert.deepEqual(Object.keys(answers), ['a']);
    assert.match(endpoint.failure?.reason ?? '', /never-built:1/);
    assert.deepEqual(
      events.map((event) => event.event === 'status' && event.status),
      ['Creating', 'InService', 'Updating', 'InService'],
    );
  });

  it('are isolated in a network of their own, without credentials, which goes with them', async () => {
    const PrimaryContainer = { Image: fixtureTag('serve-echo'), Environment: { A: '1' } };
    await endpoints.createModel({
      ModelName: 'alone',
      PrimaryContainer,
      EnableNetworkIsolation: true,
      ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r',
    });
    const [variant] = config('one', { a: 1 }).ProductionVariants ?? [];
    await endpoints.createEndpointConfig({
      EndpointConfigName: 'one',
      ProductionVariants: [{ VariantName: 'a', InstanceType: 'ml.m5.large', ...variant, ModelName: 'alone' }],
    });
    await created('demo', 'one');
    const labels = { 'sm-local.home': home };
    assert.equal((await testEngine().networks.list(labels)).length, 1);
    const [container] = await testEngine().containers.list({ ...labels, 'sm-local.kind': 'endpoint' });
    const { output } = (await (await testEngine().containers.open(container?.id ?? ''))?.exec(['env'])) ?? { output: '' };
    assert.match(output, /^A=1$/m);
    assert.doesNotMatch(output, /AWS_ACCESS_KEY_ID|AWS_CONTAINER_CREDENTIALS/);
    assert.ok((await load('demo', 8, async () => {})).a);
    await (await endpoints.deleteEndpoint({ EndpointName: 'demo' })).over;
    assert.deepEqual(await testEngine().networks.list(labels), []);
  });

  it('are refused for what is not there, and for names that are taken', async () => {
    await endpoints.createEndpointConfig(config('one', { a: 1 }));
    const refusal = async (act: () => unknown): Promise<string> => {
      try {
        await act();
      } catch (error) {
        assert.ok(isError(error, 'InvalidRequest') || isError(error, 'AlreadyExists'), String(error));
        return error.message;
      }
      assert.fail('it was not refused');
    };
    assert.match(
      await refusal(() => endpoints.createEndpoint({ EndpointName: 'x', EndpointConfigName: 'none' })),
      /^Could not find endpoint configuration "arn:.*\/none"/,
    );
    assert.match(await refusal(() => endpoints.createEndpointConfig(config('one', { a: 1 }))), /already existing endpoint configuration/);
    assert.match(
      await refusal(() => endpoints.createModel({ ModelName: 'echo', PrimaryContainer: { Image: 'i' } })),
      /already existing model/,
    );
    assert.match(
      await refusal(() => endpoints.updateEndpoint({ EndpointName: 'x', EndpointConfigName: 'one' })),
      /^Could not find endpoint "arn:.*\/x"/,
    );
    await created('demo', 'one');
    assert.match(
      await refusal(() => endpoints.createEndpoint({ EndpointName: 'demo', EndpointConfigName: 'one' })),
      /already existing endpoint/,
    );
  });
});
