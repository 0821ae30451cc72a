import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type http from 'node:http';
import { setTimeout as turn } from 'node:timers/promises';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import type { EndpointEvent } from '../../src/hosting/endpoint.ts';
import type { VariantPlan } from '../../src/hosting/fleet.ts';
import type { Ticker } from '../../src/hosting/ticker.ts';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { parsePrometheus } from '../support/prometheus-grammar.ts';
import { doors, type Hosted, host, request } from './doors.ts';

for (const door of doors) {
  describe(`the metrics of containers through the ${door}`, () => {
    let scope: Scope;
    let asked: http.IncomingMessage[];
    let events: EndpointEvent[];
    let intervals: number[];
    let ticks: Set<() => void>;
    beforeEach(() => {
      scope = new Scope();
      [asked, events, intervals, ticks] = [[], [], [], new Set()];
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await turn(1);
    };
    const ticker =
      (seconds: number): Ticker =>
      (tick) => {
        intervals.push(seconds);
        ticks.add(tick);
        return { [Symbol.dispose]: () => void ticks.delete(tick) };
      };
    const tick = (): void => {
      for (const each of ticks) each();
    };
    const model = (answer: (response: http.ServerResponse, count: number) => void) =>
      serving((each, response) => {
        if (each.url !== '/metrics') return void each.resume().on('end', () => response.end('said'));
        asked.push(each);
        answer(response, asked.length);
      });
    const start = (answer: (response: http.ServerResponse, count: number) => void, instances = 1): Promise<Hosted> =>
      host(scope, door, model(answer), {
        instances,
        plan: (variant) => ({ variants: [asking(variant)] }),
        options: { ticker, onEvent: (event) => events.push(event) },
      });
    const asking = (variant: VariantPlan): VariantPlan => ({
      ...variant,
      template: { ...variant.template, metrics: { path: '/metrics', interval: 30 } },
    });
    const families = async ({ url }: Hosted) => parsePrometheus((await request(`${url}/_sm-local/metrics`, { method: 'GET' })).body);
    const values = async (hosted: Hosted, name: string): Promise<readonly number[]> =>
      (await families(hosted)).get(name)?.samples.map(({ value }) => value) ?? [];
    const told = (): readonly string[] =>
      events.flatMap((event) => (event.event === 'instance' && event.what === 'trouble' ? [event.message] : []));

    it('are handed out behind those of sm-local, each with the labels of its instance', async () => {
      const hosted = await start((response) => response.end('# TYPE queue gauge\nqueue{instance="own"} 4\n'), 2);
      await until(async () => (await values(hosted, 'queue')).length === 2);
      const all = await families(hosted);
      assert.equal([...all.keys()].at(-1), 'queue');
      assert.deepEqual(
        all.get('queue')?.samples.map(({ labels }) => labels),
        ['i-1', 'i-2'].map((instance) => ({ endpoint: 'demo', variant: 'AllTraffic', instance, exported_instance: 'own' })),
      );
      assert.deepEqual([intervals, told()], [[30, 30], []]);
      assert.deepEqual(
        asked.map(({ method, headers }) => [method, headers['user-agent'], headers.accept]),
        [0, 1].map(() => ['GET', 'AHC/2.0', 'text/plain;version=0.0.4']),
      );
    });

    it('are asked for again at each tick', async () => {
      const hosted = await start((response, count) => response.end(`count ${count}\n`));
      await until(async () => (await values(hosted, 'count'))[0] === 1);
      tick();
      await until(async () => (await values(hosted, 'count'))[0] === 2);
      await hosted.endpoints[0]?.stop(AbortSignal.abort());
      assert.equal(ticks.size, 0);
    });

    it('are not waited for, by invocations or by anybody, and asked for once at a time', async () => {
      const silent = new EventEmitter();
      const hosted = await start((response) => silent.emit('asked', response));
      if (asked.length === 0) await once(silent, 'asked');
      tick();
      await hosted.client.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: 'x' }));
      assert.deepEqual([asked.length, await values(hosted, 'sm_local_invocations_total')], [1, [1]]);
    });

    it('that are refused are told of once, and missing', async () => {
      const hosted = await start((response, count) => (count === 2 ? response.end('up 1\n') : response.writeHead(404).end()));
      await until(() => told().length === 1);
      tick();
      await until(async () => (await values(hosted, 'up')).length === 1);
      tick();
      await until(async () => (await values(hosted, 'up')).length === 0);
      assert.deepEqual(told(), ['GET /metrics: status 404. Its metrics are missing as long as that goes on.']);
      assert.equal(hosted.endpoints[0]?.status, 'InService');
    });

    it('that are no Prometheus text are left out line by line, and told of once', async () => {
      const hosted = await start((response) => response.end('fine 1\n<html>\nfine 2\n'));
      await until(() => told().length === 1);
      await until(() => {
        tick();
        return asked.length === 3; // then the second answer has been taken
      });
      assert.deepEqual(await values(hosted, 'fine'), [1]);
      assert.deepEqual(told(), ['GET /metrics: line 2 is no sample: "<html>". What is no Prometheus text is left out, 2 lines.']);
    });

    it('that are more than anybody needs are not read to the end', async () => {
      await start((response) => response.end('x'.repeat(2 ** 20 + 1)));
      await until(() => told().length === 1);
      assert.match(told()[0] ?? '', /more than 1\.0 MB/);
    });
  });
}
