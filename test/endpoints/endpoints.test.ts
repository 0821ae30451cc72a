import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import type { CreateEndpointConfigInput, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { Endpoints } from '../../src/endpoints/endpoints.ts';
import { describeEndpoint } from '../../src/hosting/record.ts';
import { Scope } from '../../src/scope.ts';
import { neverStopped } from '../../src/stop.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const version = (name: string) => serving((request, response) => void request.resume().on('end', () => response.end(name)));
const config = (name: string, model: string, count = 1): CreateEndpointConfigInput => ({
  EndpointConfigName: name,
  ProductionVariants: [{ VariantName: 'a', InitialInstanceCount: count, ModelName: model, InstanceType: 'ml.m5.large' }],
});
const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/r';

describe('endpoints made by requests', function () {
  this.timeout(20_000);
  let scope: Scope;
  let emulator: Emulator;
  let endpoints: Endpoints;
  let engine: FakeEngine;
  let fails: string | undefined;
  /** Creations of containers wait for it. */
  let creation: Promise<unknown> | undefined;
  beforeEach(async () => {
    scope = new Scope();
    fails = undefined;
    creation = undefined;
    const home = join(scope.use(await temporaryDirectory()).path, 'home');
    engine = scope.use(
      new FakeEngine({
        images: { one: version('one'), two: version('two') },
        registry: {},
        before: async (action) => {
          if (action === 'create') await creation;
          if (action === fails) throw new Error('device busy');
        },
      }),
    );
    emulator = scope.use(await openEmulator({ home, engine, credentials: { source: 'environment' } }));
    endpoints = new Endpoints(emulator, {
      setting: { limits: { 'stop-grace': 1 }, startAttempts: 1, pace: 0.01 },
      observer: { event() {}, log() {} },
      stops: neverStopped,
      url: 'http://x',
    });
    for (const image of ['one', 'two', 'gone'])
      await endpoints.createModel({ ModelName: image, PrimaryContainer: { Image: image }, ExecutionRoleArn });
  });
  afterEach(async () => {
    fails = undefined;
    await endpoints.stop().catch(() => {});
    await scope[Symbol.asyncDispose]().catch(() => {});
  });

  it('are not disturbed by an update that is refused while another one is under way', async () => {
    for (const name of ['one', 'two']) await endpoints.createEndpointConfig(config(name, name));
    await endpoints.createEndpointConfig(config('three', 'one'));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await hosted.endpoint.launched;
    let create = (): void => {};
    creation = new Promise<void>((resolve) => {
      create = resolve;
    });
    const { over } = await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'two' });
    await assert.rejects(
      endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'three' }),
      /Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint\/e"/,
    );
    create();
    await over;
    assert.equal(hosted.endpoint.state.configName, 'two');
    assert.equal(hosted.config.EndpointConfigName, 'two');
  });

  it('stopping twice with an engine that cannot remove rejects, and nothing is unhandled', async () => {
    await endpoints.createEndpointConfig(config('one', 'one'));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await hosted.endpoint.launched;
    fails = 'remove';
    const unhandled: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (e) => unhandled.push(e));
    await Promise.allSettled([hosted.stop(), hosted.stop()]);
    await turn(50);
    process.removeAllListeners('unhandledRejection');
    for (const l of listeners) process.on('unhandledRejection', l as never);
    assert.deepEqual(unhandled, []);
  });

  it('an endpoint whose stops cannot be watched leaves nothing', async () => {
    await endpoints.createEndpointConfig(config('one', 'one'));
    const watch = emulator.stopRequests.watch.bind(emulator.stopRequests);
    emulator.stopRequests.watch = async () => {
      await turn(50);
      throw new Error('EMFILE');
    };
    await assert.rejects(endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' }), /EMFILE/);
    emulator.stopRequests.watch = watch;
    await turn(300);
    assert.deepEqual(engine.left(), []);
    assert.equal(existsSync(emulator.endpoints.pathOf('e')), false);
  });

  it('RetainDeploymentConfig keeps the one of CreateEndpoint', async () => {
    for (const name of ['one', 'two']) await endpoints.createEndpointConfig(config(name, name, 2));
    const hosted = await endpoints.createEndpoint({
      EndpointName: 'e',
      EndpointConfigName: 'one',
      DeploymentConfig: { RollingUpdatePolicy: { MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 }, WaitIntervalInSeconds: 0 } },
    });
    await hosted.endpoint.launched;
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'two', RetainDeploymentConfig: true })).over;
    assert.ok(hosted.lastDeployment?.RollingUpdatePolicy);
  });

  it('deleting an endpoint that is Creating is refused', async () => {
    await endpoints.createEndpointConfig(config('one', 'one'));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    assert.equal(hosted.endpoint.status, 'Creating');
    await assert.rejects(endpoints.deleteEndpoint({ EndpointName: 'e' }), /Cannot update in-progress endpoint/);
  });

  it('credentials that could not be had once are asked for again at the next update', async () => {
    await endpoints.createModel({ ModelName: 'iso', PrimaryContainer: { Image: 'one' }, EnableNetworkIsolation: true, ExecutionRoleArn });
    await endpoints.createEndpointConfig(config('iso', 'iso'));
    await endpoints.createEndpointConfig(config('two', 'two'));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'iso' });
    assert.equal(await hosted.endpoint.launched, 'InService', hosted.endpoint.failure?.reason);
    const credentials = await emulator.credentials;
    const grant = credentials.grant.bind(credentials);
    credentials.grant = async () => Promise.reject(new Error('STS is away'));
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'two' })).over;
    assert.match(hosted.endpoint.failure?.reason ?? '', /STS/);
    credentials.grant = grant;
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'two' })).over;
    assert.equal(hosted.endpoint.failure?.reason, undefined);
  });

  it('an endpoint of the same name may follow one that was stopped by request', async () => {
    await endpoints.createEndpointConfig(config('one', 'one'));
    const first = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await first.endpoint.launched;
    const owner = await emulator.owner;
    await emulator.stopRequests.request('endpoint', 'e', owner.id, false);
    await first.stopped;
    await turn(50);
    const second = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    assert.equal(await second.endpoint.launched, 'InService');
  });
  it('no role of before after an update to a model of another role', async () => {
    await endpoints.createModel({
      ModelName: 'r2',
      PrimaryContainer: { Image: 'two' },
      ExecutionRoleArn: 'arn:aws:iam::000000000000:role/other',
    });
    await endpoints.createEndpointConfig(config('one', 'one'));
    await endpoints.createEndpointConfig(config('r2', 'r2'));
    const roles: string[] = [];
    const credentials = await emulator.credentials;
    const grant = credentials.grant.bind(credentials);
    credentials.grant = async (wanted, signal) => {
      roles.push(wanted.roleArn);
      return await grant(wanted, signal);
    };
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await hosted.endpoint.launched;
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'r2' })).over;
    assert.equal(roles.length, 2);
  });
  it('reads the configuration in effect after an update to a configuration of the same name fails', async () => {
    await endpoints.createEndpointConfig(config('one', 'one'));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await hosted.endpoint.launched;
    await endpoints.deleteEndpointConfig({ EndpointConfigName: 'one' });
    await endpoints.createEndpointConfig(config('one', 'gone'));
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' })).over;
    assert.ok(hosted.endpoint.failure);
    assert.equal(hosted.config.ProductionVariants?.[0]?.ModelName, 'one');
  });
  it('a stop while it is prepared leaves no network', async () => {
    await endpoints.createModel({ ModelName: 'iso', PrimaryContainer: { Image: 'one' }, EnableNetworkIsolation: true, ExecutionRoleArn });
    await endpoints.createEndpointConfig(config('iso', 'iso'));
    const create = engine.networks.create.bind(engine.networks);
    let begun = false;
    (engine.networks as { create: typeof create }).create = async (spec) => {
      begun = true;
      await turn(100);
      return await create(spec);
    };
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'iso' });
    while (!begun) await turn(1);
    await hosted.stop();
    await turn(200);
    assert.deepEqual(engine.left(), []);
  });

  it('the network of an isolated model does not outlive an update that failed for another model', async () => {
    await endpoints.createModel({ ModelName: 'iso', PrimaryContainer: { Image: 'one' }, EnableNetworkIsolation: true, ExecutionRoleArn });
    await endpoints.createEndpointConfig(config('one', 'one'));
    await endpoints.createEndpointConfig({
      EndpointConfigName: 'mixed',
      ProductionVariants: [
        { VariantName: 'a', InitialInstanceCount: 1, ModelName: 'gone', InstanceType: 'ml.m5.large' },
        { VariantName: 'b', InitialInstanceCount: 1, ModelName: 'iso', InstanceType: 'ml.m5.large' },
      ],
    });
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    await hosted.endpoint.launched;
    await (await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'mixed' })).over;
    await turn(300);
    await hosted.stop();
    assert.deepEqual(engine.left(), []);
  });

  it('tell by Describe what an update is about, and nothing of it when it is over', async () => {
    for (const name of ['one', 'two']) await endpoints.createEndpointConfig(config(name, name, 2));
    const hosted = await endpoints.createEndpoint({ EndpointName: 'e', EndpointConfigName: 'one' });
    const described = async () => {
      const record = await emulator.endpoints.read('e');
      return record && describeEndpoint(record);
    };
    await hosted.endpoint.launched;
    const bakes: DeploymentConfig = {
      BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 3600 } },
    };
    const { over } = await endpoints.updateEndpoint({ EndpointName: 'e', EndpointConfigName: 'two', DeploymentConfig: bakes });
    const isBaking = async (): Promise<boolean> => (await described())?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status === 'Baking';
    while (!(await isBaking())) await turn(5);
    const { EndpointStatus, EndpointConfigName, PendingDeploymentSummary: pending } = (await described()) ?? {};
    assert.deepEqual([EndpointStatus, EndpointConfigName, pending?.EndpointConfigName], ['Updating', 'one', 'two']);
    assert.equal(pending?.ProductionVariants?.[0]?.CurrentInstanceCount, 2);
    assert.ok(pending?.StartTime instanceof Date);
    await hosted.stop();
    await over;
    assert.equal(await described(), undefined);
  });
});
