import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { type Command, type Place, startCommand } from '../support/command.ts';
import { parsePrometheus } from '../support/prometheus-grammar.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('what sm-local serve tells of its endpoint', function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  async function serve(...args: string[]): Promise<{ readonly command: Command; readonly url: string }> {
    await fixtureImage('serve-errors');
    const command = startCommand(['serve', fixtureTag('serve-errors'), '--name', 'demo', '--port', '0', ...args], place);
    await command.until(/InService.*http:\/\/[\d.]+:\d+/);
    return { command, url: /http:\/\/[\d.:]+/.exec(command.output())?.[0] ?? '' };
  }
  const invoke = async (url: string, status: number): Promise<void> => {
    const body = JSON.stringify({ status, body: 'said' });
    await (await fetch(`${url}/endpoints/demo/invocations`, { method: 'POST', body })).arrayBuffer();
  };

  it('are metrics for Prometheus, metric events, and a line for each request in the access log', async () => {
    const { command, url } = await serve('--json', '--access-log', 'access.log');
    for (const status of [200, 200, 404, 500]) await invoke(url, status);
    const families = parsePrometheus(await (await fetch(`${url}/_sm-local/metrics`)).text());
    const value = (name: string) => families.get(name)?.samples[0]?.value ?? 0;
    assert.equal(value('sm_local_invocations_total'), 4);
    assert.ok(value('sm_local_instance_memory_bytes') > 1e6);
    assert.ok(value('sm_local_instance_cpu_utilization_percent') > 0);
    command.signal('SIGINT');
    const { code, out } = await command.ended;
    assert.equal(code, 0);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; name: string; value: number });
    const told = (name: string): number =>
      events.filter((event) => event.event === 'metric' && event.name === name).reduce((sum, event) => sum + event.value, 0);
    assert.deepEqual(['Invocations', 'Invocation4XXErrors', 'Invocation5XXErrors', 'InvocationModelErrors'].map(told), [4, 1, 1, 2]);
    assert.ok(told('ModelLatency') > 0);
    const access = (await readFile(join(place.cwd, 'access.log'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      access.map((line) => JSON.parse(line) as Record<string, unknown>).map((line) => [line.path, line.status, line.containerStatus]),
      [200, 200, 404, 500].map((status) => ['/endpoints/demo/invocations', status === 200 ? 200 : 424, status]),
    );
  });

  it('are those of the containers too, where the configuration asks for them', async () => {
    await fixtureImage('serve-metrics');
    const variant = { VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount: 2 };
    const requests = {
      CreateModel: {
        ModelName: 'm',
        PrimaryContainer: {
          Image: fixtureTag('serve-metrics'),
          ContainerMetricsConfig: { MetricsEndpoints: [{ MetricsEndpointPath: '/server/metrics', MetricPublishFrequencyInSeconds: 10 }] },
        },
      },
      CreateEndpointConfig: {
        EndpointConfigName: 'demo',
        ProductionVariants: [variant],
        MetricsConfig: { EnableDetailedObservability: true },
      },
    };
    await writeFile(join(place.cwd, 'endpoint.json'), JSON.stringify(requests));
    const command = startCommand(['serve', '-f', 'endpoint.json', '--port', '0'], place);
    await command.until(/InService.*http:\/\/[\d.]+:\d+/);
    const [url = ''] = /http:\/\/[\d.:]+/.exec(command.output()) ?? [];
    const families = async () => parsePrometheus(await (await fetch(`${url}/_sm-local/metrics`)).text());
    const scrapes = async () => (await families()).get('model_scrapes_total')?.samples.map(({ value }) => value) ?? [];
    while ((await scrapes()).length < 2) await turn(50);
    const queue = (await families()).get('model_queue_size');
    assert.deepEqual([queue?.type, queue?.help], ['gauge', 'Requests that wait.']);
    assert.deepEqual(
      queue?.samples.map(({ labels: { endpoint, variant: of, exported_instance }, value }) => [endpoint, of, exported_instance, value]),
      [0, 1].map(() => ['demo', 'v', 'own', 3]),
    );
    assert.equal(new Set(queue?.samples.map(({ labels: { instance } }) => instance)).size, 2);
    command.signal('SIGINT');
    const { code, err } = await command.ended;
    assert.equal(code, 0);
    assert.doesNotMatch(err, /Stored, but without effect/);
  });

  it('is a summary at the end, and no live line where there is no terminal', async () => {
    const { command, url } = await serve();
    for (const status of [200, 404]) await invoke(url, status);
    command.signal('SIGINT');
    const { err } = await command.ended;
    assert.match(err, /^demo\/AllTraffic: 2 invocations, 1 error \(4xx 1, 5xx 0\), model latency p50 [\d.]+ ms, p99 [\d.]+ ms$/m);
    assert.doesNotMatch(err, /\/s {2}/);
  });
});
