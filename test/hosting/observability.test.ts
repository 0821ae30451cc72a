import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { startServer } from '../../src/api/server.ts';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { parsePrometheus } from '../support/prometheus-grammar.ts';
import { doors, type Hosted, host, request } from './doors.ts';

for (const door of doors) {
  describe(`/_sm-local/metrics through the ${door}`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    /** Answers with the status that the request says. */
    const model = serving((asked, response) => {
      if (asked.url === '/ping') return void response.end();
      asked.on('data', (chunk: Buffer) => response.writeHead(Number(chunk)).end('said'));
    });
    const invoke = ({ client }: Hosted, status: number, name = 'demo') =>
      client.send(new InvokeEndpointCommand({ EndpointName: name, Body: String(status) })).catch(() => {});

    async function metrics({ url }: Hosted): Promise<(name: string, labels?: Record<string, string>) => number | undefined> {
      const { status, headers, body } = await request(`${url}/_sm-local/metrics`, { method: 'GET' });
      assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
      const samples = [...parsePrometheus(body).values()].flatMap((family) => family.samples);
      return (name, labels = {}) =>
        samples.find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
          ?.value;
    }

    it('tells what was invoked, of which endpoint, and how it went', async () => {
      const hosted = await host(scope, door, model, { names: ['demo', 'other'] });
      for (const status of [200, 200, 404, 500]) await invoke(hosted, status);
      await invoke(hosted, 200, 'other');
      await invoke(hosted, 200, 'unknown');
      const value = await metrics(hosted);
      const demo = { endpoint: 'demo', variant: 'AllTraffic' };
      assert.deepEqual(
        [
          value('sm_local_invocations_total', demo),
          value('sm_local_invocation_4xx_errors_total', demo),
          value('sm_local_invocation_5xx_errors_total', demo),
          value('sm_local_invocation_model_errors_total', demo),
          value('sm_local_model_latency_seconds_count', demo),
          value('sm_local_overhead_latency_seconds_count', demo),
          value('sm_local_invocations_total', { endpoint: 'other' }),
          value('sm_local_refused_requests_total', { status: '400' }),
        ],
        [4, 1, 1, 2, 4, 4, 1, 1],
      );
      assert.ok((value('sm_local_model_latency_seconds_sum', demo) ?? 0) > 0);
    });

    it('tells which instances there are, and what each takes of the machine', async () => {
      const hosted = await host(scope, door, model, { instances: 2 });
      const value = await metrics(hosted);
      assert.deepEqual([value('sm_local_instances_in_rotation'), value('sm_local_instances_desired')], [2, 2]);
      for (const instance of ['i-1', 'i-2']) {
        assert.equal(value('sm_local_instance_memory_bytes', { instance }), 1e6);
        assert.equal(value('sm_local_instance_memory_limit_bytes', { instance }), 4e6);
        assert.ok((value('sm_local_instance_cpu_utilization_percent', { instance }) ?? -1) >= 0);
      }
    });

    it('tells of requests that are not answered yet', async () => {
      const asked = new EventEmitter();
      const slow = serving((each, response) => (each.url === '/ping' ? void response.end() : asked.emit('asked', response)));
      const hosted = await host(scope, door, slow);
      const arrived = once(asked, 'asked');
      const answered = invoke(hosted, 200);
      const [response] = (await arrived) as [http.ServerResponse];
      assert.equal((await metrics(hosted))('sm_local_outstanding_requests'), 1);
      response.end('late');
      await answered;
      assert.equal((await metrics(hosted))('sm_local_outstanding_requests'), 0);
    });

    it('tells the path of each request to whoever keeps a log of them', async () => {
      const hosted = await host(scope, door, model);
      await invoke(hosted, 200);
      await request(`${hosted.url}/invocations?a=b`, { body: '200' });
      await request(`${hosted.url}/endpoints/unknown/invocations`, { body: '200' });
      assert.deepEqual(
        hosted.overs.map(({ path, instance, answered }) => [path, instance, answered]),
        [
          ['/endpoints/demo/invocations', 'i-1', 200],
          ['/invocations?a=b', 'i-1', 200],
          ['/endpoints/unknown/invocations', '', 400],
        ],
      );
    });
  });
}

it('/_sm-local/metrics is not there where nothing is measured', async () => {
  await using server = await startServer({ port: 0, invocations: () => false, endpoints: () => [] });
  const [response] = (await once(http.get(`${server.url}/_sm-local/metrics`, { agent: false }), 'response')) as [http.IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 404);
});
