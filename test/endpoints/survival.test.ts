import assert from 'node:assert/strict';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { Endpoints } from '../../src/endpoints/endpoints.ts';
import type { Endpoint } from '../../src/hosting/endpoint.ts';
import { Scope } from '../../src/scope.ts';
import { neverStopped } from '../../src/stop.ts';
import { readLog } from '../../src/store/log-file.ts';
import { adoptAll } from '../../src/upkeep/adopt.ts';
import { clean } from '../../src/upkeep/clean.ts';
import { FakeEngine, type Program } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/r';
const config = (name: string, model: string, count = 1, weight = 1): CreateEndpointConfigInput => ({
  EndpointConfigName: name,
  ProductionVariants: [
    { VariantName: 'a', InitialInstanceCount: count, InitialVariantWeight: weight, ModelName: model, InstanceType: 'ml.m5.large' },
  ],
});

/** Says its name, and each request of its own as a line of output. */
const talking =
  (name: string): Program =>
  async (world) => {
    const ended = new Promise<number>((resolve) => world.terminated.addEventListener('abort', () => resolve(0)));
    const died = new Promise<number>((resolve) => world.signals.on('signal', (signal) => signal === 'SIGUSR1' && resolve(3)));
    await world.listen(
      http.createServer((request, response) => {
        if (request.url === '/invocations') world.write(`asked\n`);
        request.resume().on('end', () => response.end(name));
      }),
    );
    return await Promise.race([ended, died]);
  };

describe('lasting endpoints', function () {
  this.timeout(20_000);
  let scope: Scope;
  let home: string;
  let engine: FakeEngine;
  let stuck: string | undefined;
  let warnings: string[];
  let isQuick: boolean;
  beforeEach(async () => {
    scope = new Scope();
    stuck = undefined;
    warnings = [];
    isQuick = false;
    home = join(scope.use(await temporaryDirectory()).path, 'home');
    engine = scope.use(
      new FakeEngine({
        images: { one: talking('one'), two: talking('two'), slow: late },
        before: async (action) => {
          while (action === stuck) await turn(2);
        },
      }),
    );
  });
  afterEach(async () => {
    stuck = undefined;
    await scope[Symbol.asyncDispose]();
  });

  /** Answers when `isQuick` says so. */
  const late: Program = async (world) => {
    while (!isQuick && !world.terminated.aborted) await turn(2);
    return world.terminated.aborted ? 0 : await talking('slow')(world);
  };

  interface Up {
    readonly emulator: Emulator;
    readonly endpoints: Endpoints;
    readonly events: object[];
  }

  /** What a process has. */
  async function up(): Promise<Up> {
    const emulator = scope.use(await openEmulator({ home, engine, credentials: { source: 'environment' } }));
    const events: object[] = [];
    const observer = {
      event: (event: object) => {
        events.push(event);
        if ('message' in event) warnings.push(String(event.message));
      },
      log() {},
    };
    const endpoints = new Endpoints(emulator, {
      ...{
        setting: { limits: { 'stop-grace': 1, ping: 0.5 }, startAttempts: 1, pace: 0.01 },
        observer,
        stops: neverStopped,
        url: 'http://x',
      },
      isLasting: true,
    });
    scope.defer(() => endpoints.stop());
    return { emulator, endpoints, events };
  }

  async function demo({ endpoints }: Up, model = 'one', count = 1): Promise<Endpoint> {
    for (const image of ['one', 'two', 'slow', 'gone'])
      await endpoints.createModel({ ModelName: image, PrimaryContainer: { Image: image }, ExecutionRoleArn });
    await endpoints.createEndpointConfig(config('c', model, count));
    const { endpoint } = await endpoints.createEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' });
    return endpoint;
  }

  const end = async ({ emulator }: Up): Promise<void> => await emulator[Symbol.asyncDispose]();
  /** As `leave`, but not on purpose. */
  const killed = async (gone: Up): Promise<void> => {
    await gone.endpoints.leave();
    await end(gone);
    const record = await gone.emulator.endpoints.read('demo');
    assert.ok(record?.run.lasting?.isKept);
    const { isKept: _isKept, ...lasting } = record.run.lasting;
    await gone.emulator.endpoints.update('demo', { ...record, run: { ...record.run, lasting } });
  };
  const statusOf = async ({ endpoints }: Up): Promise<string | undefined> =>
    (await endpoints.describeEndpoint({ EndpointName: 'demo' })).EndpointStatus;
  const containers = async (): Promise<readonly string[]> =>
    (await engine.containers.list({ 'sm-local.kind': 'endpoint' })).filter(({ state }) => state === 'running').map(({ id }) => id);

  async function ask({ endpoints: [endpoint] }: Endpoints): Promise<string> {
    const choice = endpoint?.choose(undefined);
    if (choice?.kind !== 'slot') return choice?.kind ?? 'none';
    const { host, port } = choice.upstream.address;
    return await (await fetch(`http://${host}:${port}/invocations`, { method: 'POST', body: 'x' })).text();
  }

  async function linesOf({ emulator }: Up): Promise<string[]> {
    const { run } = (await emulator.endpoints.read('demo')) ?? { run: { logs: {} } };
    const lines: string[] = [];
    for (const path of Object.values(run.logs)) for await (const { message } of readLog(path)) lines.push(message);
    return lines;
  }

  it('go on with the same containers when their process has left them', async () => {
    const first = await up();
    const endpoint = await demo(first, 'one', 2);
    await endpoint.launched;
    const before = await first.endpoints.describeEndpoint({ EndpointName: 'demo' });
    const ids = await containers();
    await ask(first.endpoints);
    await first.endpoints.leave();
    await end(first);
    assert.deepEqual(await containers(), ids);

    const second = await up();
    await second.endpoints.open();
    assert.deepEqual(await containers(), ids);
    assert.deepEqual(await second.endpoints.describeEndpoint({ EndpointName: 'demo' }), before);
    assert.equal(await ask(second.endpoints), 'one');
    assert.deepEqual(
      second.endpoints.endpoints[0]?.running[0]?.inRotation.map(({ id }) => id).sort(),
      engine.history.map(({ spec }) => spec.labels['sm-local.host']).sort(),
    );
    await second.endpoints.stop();
    assert.deepEqual(engine.left(), []);
    assert.equal(await second.emulator.endpoints.read('demo'), undefined);
  });

  it('have each line in their logs once', async () => {
    let now = await up();
    await (await demo(now)).launched;
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await ask(now.endpoints), 'one');
      assert.equal(await ask(now.endpoints), 'one');
      await now.endpoints.leave();
      await end(now);
      now = await up();
      await now.endpoints.open();
    }
    await now.endpoints.rest();
    assert.deepEqual(
      await linesOf(now),
      Array.from({ length: 6 }, () => 'asked'),
    );
  });

  it('update and go as any other after they were taken over', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.leave();
    await end(first);
    const second = await up();
    await second.endpoints.open();
    await second.endpoints.createEndpointConfig(config('d', 'two'));
    await (await second.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'd' })).over;
    assert.equal(await ask(second.endpoints), 'two');
    assert.equal((await containers()).length, 1);
    await second.endpoints.leave();
    await end(second);
    const third = await up();
    await third.endpoints.open();
    assert.equal(await ask(third.endpoints), 'two');
    assert.equal((await third.endpoints.describeEndpoint({ EndpointName: 'demo' })).EndpointConfigName, 'd');
    await (await third.endpoints.deleteEndpoint({ EndpointName: 'demo' })).over;
    assert.deepEqual(engine.left(), []);
  });

  it('end with their process and are started again as they were', async () => {
    const first = await up();
    const endpoint = await demo(first, 'one', 1);
    await endpoint.launched;
    const DesiredWeightsAndCapacities = [{ VariantName: 'a', DesiredInstanceCount: 2, DesiredWeight: 7 }];
    await (await first.endpoints.updateEndpointWeightsAndCapacities({ EndpointName: 'demo', DesiredWeightsAndCapacities })).over;
    const before = await first.endpoints.describeEndpoint({ EndpointName: 'demo' });
    await first.endpoints.rest();
    await end(first);
    assert.deepEqual(engine.left(), []);

    const second = await up();
    assert.equal(await statusOf(second), 'SystemUpdating');
    await second.endpoints.deleteModel({ ModelName: 'one' }); // what served needs none of them
    await second.endpoints.deleteEndpointConfig({ EndpointConfigName: 'c' });
    await second.endpoints.open();
    await second.endpoints.endpoints[0]?.launched;
    const { LastModifiedTime, ...after } = await second.endpoints.describeEndpoint({ EndpointName: 'demo' });
    const { LastModifiedTime: earlier = 0, ...was } = before;
    assert.deepEqual(after, was);
    assert.ok(LastModifiedTime && LastModifiedTime > earlier);
    assert.equal((await containers()).length, 2);
    assert.equal(await ask(second.endpoints), 'one');
  });

  it('answer that they cannot serve, while they are started again, and cannot be changed', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.rest();
    await end(first);
    stuck = 'start';
    const second = await up();
    await second.endpoints.open();
    assert.equal(await statusOf(second), 'SystemUpdating');
    assert.equal(await ask(second.endpoints), 'no-capacity');
    await assert.rejects(second.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' }), /in-progress/);
    stuck = undefined;
  });

  it('begin an update again that was cut off', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.createEndpointConfig(config('d', 'two'));
    const TrafficRoutingConfiguration = { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 100 } as const;
    const DeploymentConfig = { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration } };
    await first.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'd', DeploymentConfig });
    while ((await ask(first.endpoints)) !== 'two') await turn(2);
    const before = await containers();
    await first.endpoints.leave();
    await end(first);
    await first.emulator.endpointConfigs.remove('d'); // it is known what is to come

    const second = await up();
    await second.endpoints.open();
    assert.equal(await statusOf(second), 'Updating');
    assert.match(await ask(second.endpoints), /^(one|two)$/);
    await assert.rejects(second.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' }), /in-progress/);
    while ((await statusOf(second)) !== 'InService') await turn(5);
    const { EndpointConfigName, FailureReason } = await second.endpoints.describeEndpoint({ EndpointName: 'demo' });
    assert.deepEqual([EndpointConfigName, FailureReason], ['d', undefined]);
    assert.equal(await ask(second.endpoints), 'two');
    while ((await engine.containers.list({ 'sm-local.kind': 'endpoint' })).length > 1) await turn(5);
    const [now = ''] = await containers();
    assert.ok(!before.includes(now), 'of the attempt that was cut off nothing serves');
  });

  it('begin an update again after they were started again', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.createEndpointConfig(config('d', 'slow'));
    await first.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'd' });
    await first.endpoints.rest();
    await end(first);

    const second = await up();
    await second.endpoints.open();
    assert.equal(await statusOf(second), 'Updating');
    while ((await ask(second.endpoints)) !== 'one') await turn(5);
    isQuick = true;
    while ((await statusOf(second)) !== 'InService') await turn(5);
    assert.equal(await ask(second.endpoints), 'slow');
  });

  it('bring about the counts that were asked for before', async () => {
    const first = await up();
    await (await demo(first)).launched;
    stuck = 'start';
    await first.endpoints.updateEndpointWeightsAndCapacities({
      EndpointName: 'demo',
      DesiredWeightsAndCapacities: [{ VariantName: 'a', DesiredInstanceCount: 3 }],
    });
    await turn(50);
    const record = await first.emulator.endpoints.read('demo');
    assert.equal(record?.run.lasting?.live?.variants[0]?.instanceCount, 3);
    stuck = undefined;
  });

  it('get another instance for one that died meanwhile, and are in service with the others', async () => {
    const first = await up();
    await (await demo(first, 'one', 2)).launched;
    await first.endpoints.leave();
    await end(first);
    const [dead, alive] = await containers();
    await (await engine.containers.open(dead ?? ''))?.kill('SIGUSR1');
    while ((await containers()).length > 1) await turn(2);
    const second = await up();
    await second.endpoints.open();
    assert.equal(await statusOf(second), 'InService');
    while ((await containers()).length < 2) await turn(5);
    const now = await containers();
    assert.ok(now.includes(alive ?? '') && !now.includes(dead ?? ''));
    while ((await engine.containers.list({ 'sm-local.kind': 'endpoint' })).length > 2) await turn(5);
  });

  for (const isGone of [false, true]) {
    it(`are created to the end when they were being created, ${isGone ? 'anew where nothing runs' : 'with what runs'}`, async () => {
      const first = await up();
      const endpoint = await demo(first, 'slow');
      while ((await containers()).length === 0) await turn(2);
      assert.equal(endpoint.status, 'Creating');
      const before = await first.endpoints.describeEndpoint({ EndpointName: 'demo' });
      const [id = ''] = await containers();
      await killed(first);
      if (isGone) await engine.containers.remove(id);
      const second = await up();
      await second.endpoints.open();
      assert.equal(await statusOf(second), 'Creating');
      isQuick = true;
      await second.endpoints.endpoints[0]?.launched;
      const after = await second.endpoints.describeEndpoint({ EndpointName: 'demo' });
      assert.deepEqual([after.EndpointStatus, after.CreationTime], ['InService', before.CreationTime]);
      assert.equal((await containers()).length, 1);
      assert.equal((await containers())[0] === id, !isGone);
    });
  }

  it('stay Failed, and can be deleted', async () => {
    const first = await up();
    assert.equal(await (await demo(first, 'gone')).launched, 'Failed');
    const before = await first.endpoints.describeEndpoint({ EndpointName: 'demo' });
    await first.endpoints.rest();
    await end(first);
    const second = await up();
    await second.endpoints.open();
    assert.deepEqual(await second.endpoints.describeEndpoint({ EndpointName: 'demo' }), before);
    await (await second.endpoints.deleteEndpoint({ EndpointName: 'demo' })).over;
    assert.equal(await second.emulator.endpoints.read('demo'), undefined);
  });

  it('fail when they cannot be started again for what the image does', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.rest();
    await end(first);
    await engine.images.remove('one');
    const second = await up();
    await second.endpoints.open();
    await second.endpoints.endpoints[0]?.launched;
    const { EndpointStatus, FailureReason } = await second.endpoints.describeEndpoint({ EndpointName: 'demo' });
    assert.equal(EndpointStatus, 'Failed');
    assert.match(FailureReason ?? '', /one/);
  });

  it('are left alone by other commands; clean ends their containers, unless they were left on purpose', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await killed(first);
    const other = await up();
    const options = { stops: neverStopped, observer: () => ({ event() {}, log() {} }) };
    assert.deepEqual(await adoptAll(other.emulator, options), []);
    await clean(other.emulator);
    assert.equal((await containers()).length, 1);
    await assert.rejects(
      other.endpoints.createEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' }),
      /Cannot create already existing endpoint/,
    );
    const [rested] = await adoptAll(other.emulator, { ...options, restsEndpoints: true });
    assert.equal(rested?.isResting, true);
    await rested?.over;
    assert.deepEqual(engine.left(), []);
    assert.equal(await statusOf(other), 'SystemUpdating');
    await end(other);

    const next = await up();
    assert.deepEqual(await adoptAll(next.emulator, { ...options, restsEndpoints: true }), []); // nothing of it is left to end
    await next.endpoints.open();
    await next.endpoints.endpoints[0]?.launched;
    assert.equal(await statusOf(next), 'InService');
    await next.endpoints.leave();
    await end(next);
    const cleaner = await up();
    assert.deepEqual(await adoptAll(cleaner.emulator, { ...options, restsEndpoints: true }), []);
    assert.equal((await containers()).length, 1);
  });

  it('are deleted by whoever wants it, whether they wait or run elsewhere', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.leave();
    await end(first);
    const second = await up();
    await (await second.endpoints.deleteEndpoint({ EndpointName: 'demo' })).over;
    assert.deepEqual(engine.left(), []);
    await second.endpoints.createEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' }).then(({ endpoint }) => endpoint.launched);
    const third = await up();
    await third.endpoints.open(); // its process lives
    assert.deepEqual(third.endpoints.endpoints, []);
    assert.equal(await third.endpoints.foreign('demo'), 'http://x');
    assert.equal(await second.endpoints.foreign('demo'), undefined);
    await assert.rejects(third.endpoints.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c' }), /belongs to another process/);
    while ((await statusOf(third)) === 'Creating') await turn(2); // what the other process writes comes a moment later
    await third.endpoints.deleteEndpoint({ EndpointName: 'demo' });
    while (second.endpoints.endpoints.length > 0) await turn(5);
    assert.deepEqual(engine.left(), []);
  });

  it('wait for an engine that is away', async () => {
    const first = await up();
    await (await demo(first)).launched;
    await first.endpoints.leave();
    await end(first);
    const list = engine.containers.list;
    const { fail } = await import('../../src/errors.ts');
    const away = async (): Promise<never> => {
      throw fail('EngineUnreachable', { where: 'fake://', rule: 'a test' });
    };
    (engine.containers as { list: typeof list }).list = away;
    const second = await up();
    await second.endpoints.open();
    assert.equal(await statusOf(second), 'SystemUpdating');
    (engine.containers as { list: typeof list }).list = list;
    await second.endpoints.endpoints[0]?.launched;
    assert.equal(await statusOf(second), 'InService');
    assert.equal(engine.history.length, 1);
  });
});
