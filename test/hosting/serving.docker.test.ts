import assert from 'node:assert/strict';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../../src/api/server.ts';
import { type LimitOverrides, limitsOf } from '../../src/contract/limits.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Endpoint, type EndpointEvent } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import { Scope } from '../../src/scope.ts';
import { instanceLog } from '../support/instance-log.ts';
import { fixtureImage, testEngine, testLabels } from '../support/real-engine.ts';
import { request } from './doors.ts';
import { endpointOptions } from './endpoint-options.ts';

const account = { region: 'us-east-1', account: '123456789012' };

describe('an endpoint on a real engine', function () {
  this.timeout(60_000);
  let scope: Scope;
  let events: EndpointEvent[];
  let heard: () => void;
  let lines: string;
  beforeEach(() => {
    scope = new Scope();
    events = [];
    heard = () => {};
    lines = '';
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await testEngine().containers.list(testLabels), []);
  });

  const start = async (name: string, limits: LimitOverrides = {}, engine: Engine = testEngine(), startAttempts = 3): Promise<Endpoint> => {
    const { id } = await fixtureImage(name);
    const parts = { image: id, environment: {}, region: account.region, isNetworkIsolated: false, mounts: [], labels: testLabels };
    const variant = planVariant({ ...parts, limits: limitsOf('serving', limits) });
    const endpoint = new Endpoint(engine, 'demo', async () => ({ configName: 'demo', variants: [variant] }), {
      ...endpointOptions,
      startAttempts,
      onEvent: (event) => {
        events.push(event);
        heard();
      },
      openLog: async () =>
        instanceLog((text) => {
          lines += text;
        }),
    });
    scope.defer(() => endpoint.stop(AbortSignal.abort()));
    return endpoint;
  };
  const serve = async (endpoint: Endpoint): Promise<string> => {
    assert.equal(await endpoint.launched, 'InService', lines);
    const invocations = invocationHandler({ ...account, endpoints: () => [endpoint], limits: limitsOf('serving') });
    return `${scope.use(await startServer({ port: 0, invocations, endpoints: () => [endpoint] })).url}/endpoints/demo/invocations`;
  };
  const told = (what: string): readonly EndpointEvent[] => events.filter((event) => event.event === 'instance' && event.what === what);
  const until = (what: string, times: number): Promise<void> =>
    new Promise((resolve) => {
      heard = () => {
        if (told(what).length >= times) resolve();
      };
      heard();
    });
  const published = (): Engine => {
    const engine = testEngine();
    return { ...engine, describe: async () => ({ ...(await engine.describe()), isNative: false }) };
  };

  for (const [way, engine] of [
    ['its own address', testEngine],
    ['a published port', published],
  ] as const) {
    it(`answers by ${way}, with large bodies on both ways`, async () => {
      const url = await serve(await start('serve-echo', {}, engine()));
      const body = Buffer.alloc(5 * 2 ** 20, 'sm-local ');
      const seen = JSON.parse((await request(url, { body })).body) as { length: number; base64: string };
      assert.equal(seen.length, body.length);
      assert.ok(Buffer.from(seen.base64, 'base64').equals(body));
    });
  }

  it('hands on a large answer whole', async () => {
    const url = await serve(await start('serve-big'));
    const { body, headers } = await request(url, { body: String(20 * 2 ** 20) });
    assert.equal(body.length, 20 * 2 ** 20);
    assert.equal(headers['content-length'], String(body.length));
  });

  it('replaces a container that dies, and answers again', async () => {
    const url = await serve(await start('serve-dies-on-request'));
    assert.equal((await request(url, { body: 'x' })).status, 424);
    await until('ready', 2);
    assert.equal(told('exited').length, 1);
    assert.equal((await testEngine().containers.list(testLabels)).length, 1);
  });

  it('lets go of a container when the client leaves', async () => {
    const endpoint = await start('serve-hang');
    const url = await serve(endpoint);
    const choice = endpoint.choose(undefined);
    assert.ok(choice.kind === 'slot');
    const sent = http.request(url, { method: 'POST', agent: false });
    sent.on('error', () => {}).end('x');
    while (choice.upstream.running === 0) await sleep(5);
    sent.destroy();
    while (choice.upstream.running > 0) await sleep(5);
  });

  it('leaves nothing behind, whenever it is stopped', async () => {
    for (const moment of [0, 20, 60, 150, 300, 600]) {
      const endpoint = await start('serve-slow-ping');
      await sleep(moment);
      await endpoint.stop(AbortSignal.abort());
      assert.equal(endpoint.status, 'Deleting');
      assert.deepEqual(await testEngine().containers.list(testLabels), [], `after ${moment} ms`);
    }
  });

  it('fails with the last words of its container in the output', async () => {
    const endpoint = await start('serve-exits', {}, testEngine(), 1);
    assert.equal(await endpoint.launched, 'Failed');
    assert.match(endpoint.failure?.reason ?? '', /did not pass the ping health check/);
    assert.equal(lines, 'cannot load the model\n');
  });

  it('gives a container that ignores SIGTERM its grace and no more', async () => {
    const endpoint = await start('serve-ignores-sigterm', { 'stop-grace': 0.5 });
    await endpoint.launched;
    const began = performance.now();
    await endpoint.stop();
    assert.ok(performance.now() - began >= 500);
  });
});
