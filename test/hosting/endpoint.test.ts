import assert from 'node:assert/strict';
import { limitsOf } from '../../src/contract/limits.ts';
import { isError } from '../../src/errors.ts';
import { Endpoint, type EndpointEvent } from '../../src/hosting/endpoint.ts';
import type { VariantPlan } from '../../src/hosting/fleet.ts';
import { instanceOf } from '../../src/hosting/instance.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import { Scope } from '../../src/scope.ts';
import { FakeEngine, type FakeImage, type Program, serving } from '../support/fake-engine.ts';
import { instanceLog } from '../support/instance-log.ts';
import { endpointOptions } from './endpoint-options.ts';

const healthy = serving((_request, response) => void response.end());

const plan = (image: string, variant = 'AllTraffic', instanceCount = 1): VariantPlan => {
  const given = { environment: { A: '1' }, region: 'us-east-1', isNetworkIsolated: false, mounts: [], labels: { 'sm-local.name': 'demo' } };
  return planVariant({ ...given, image, variant, instanceCount, limits: limitsOf('serving') });
};

describe('the plan of a variant', () => {
  it('holds the container of every instance with command, environment, host name and labels', () => {
    const variant = plan('iris', 'blue', 2);
    assert.deepEqual([variant.name, variant.instanceCount, variant.weight, variant.routing], ['blue', 2, 1, 'RANDOM']);
    const { id, port, container } = instanceOf(variant.template, 'i-2');
    assert.deepEqual([id, port], ['i-2', 8080]);
    assert.deepEqual([container.image, container.command, container.hostname], ['iris', ['serve'], 'container-0.local']);
    assert.equal(container.environment.A, '1');
    assert.deepEqual(container.labels, { 'sm-local.name': 'demo', 'sm-local.variant': 'blue', 'sm-local.host': 'i-2' });
    assert.equal(container.entrypoint, undefined);
  });
});

describe('an endpoint', () => {
  let scope: Scope;
  let engine: FakeEngine;
  let events: EndpointEvent[];
  beforeEach(() => {
    scope = new Scope();
    events = [];
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = (
    images: Record<string, Program | FakeImage>,
    planned: VariantPlan | readonly VariantPlan[],
    lines: string[] = [],
  ): Endpoint => {
    engine = scope.use(new FakeEngine({ images }));
    let started = 0;
    const endpoint = new Endpoint(engine, 'demo', async () => ({ configName: 'demo', variants: [planned].flat() }), {
      ...endpointOptions,
      startAttempts: 1,
      onEvent: (event) => events.push(event),
      newInstanceId: () => {
        started += 1;
        return `i-${started}`;
      },
      openLog: async ({ variant, instance }) => instanceLog((text) => lines.push(`${variant}/${instance}: ${text}`)),
    });
    scope.defer(() => endpoint.stop(AbortSignal.abort()));
    return endpoint;
  };
  const statuses = (): string[] => events.flatMap((event) => (event.event === 'status' ? [event.status] : []));

  it('goes from Creating to InService to Deleting and leaves nothing', async () => {
    const endpoint = start({ iris: healthy }, plan('iris'));
    assert.equal(endpoint.status, 'Creating');
    assert.equal(endpoint.choose(undefined).kind, 'no-capacity');
    assert.equal(await endpoint.launched, 'InService');
    await endpoint.stop();
    assert.deepEqual(statuses(), ['Creating', 'InService', 'Deleting']);
    assert.deepEqual(engine.left(), []);
  });

  it('chooses an instance in rotation of the wanted variant', async () => {
    const endpoint = start({ iris: healthy }, plan('iris', 'blue'));
    await endpoint.launched;
    for (const wanted of [undefined, 'blue']) {
      const choice = endpoint.choose(wanted);
      assert.deepEqual(choice.kind === 'slot' && [choice.variant, choice.container], ['blue', 'primary']);
    }
    assert.deepEqual(endpoint.choose('green'), { kind: 'unknown-variant' });
  });

  it('fails in the cloud’s words when its container is not healthy', async () => {
    const lines: string[] = [];
    const crashing: Program = (world) => {
      world.write('boom\n');
      return 1;
    };
    const endpoint = start({ iris: crashing }, plan('iris'), lines);
    assert.equal(await endpoint.launched, 'Failed');
    const reason =
      'The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.';
    assert.deepEqual(endpoint.failure, { reason, exit: { code: 1, oomKilled: false } });
    assert.deepEqual(events.at(-1), { event: 'status', endpoint: 'demo', status: 'Failed', failureReason: reason });
    assert.deepEqual(lines, ['AllTraffic/i-1: boom\n']);
    assert.deepEqual(engine.left(), []);
  });

  it('fails in the engine’s words when its container cannot be started', async () => {
    const endpoint = start({ iris: { program: 'exec: "serve": not found' } }, plan('iris'));
    assert.equal(await endpoint.launched, 'Failed');
    assert.match(endpoint.failure?.reason ?? '', /exec: "serve": not found/);
    assert.ok(isError(endpoint.failure?.error, 'NotStartable'));
  });

  it('fails whole when one of its instances does', async () => {
    const endpoint = start({ good: healthy, bad: () => 1 }, [plan('good', 'blue'), plan('bad', 'green')]);
    assert.equal(await endpoint.launched, 'Failed');
    assert.match(endpoint.failure?.reason ?? '', /production variant green/);
    assert.deepEqual(engine.left(), []);
  });

  it('can be stopped while it is created', async () => {
    const endpoint = start({ iris: healthy }, plan('iris', 'AllTraffic', 3));
    await endpoint.stop();
    assert.equal(await endpoint.launched, 'Deleting');
    assert.deepEqual(statuses(), ['Creating', 'Deleting']);
    assert.deepEqual(engine.left(), []);
  });
});
