// Rows about the way of an invocation, against the container's port as the engine publishes it. Clients, sm-local and the container have
// processes of their own; load goes to 127.0.0.1 and to containers that the run itself started.

import { setTimeout as sleep } from 'node:timers/promises';
import { sagemaker, signed } from './aws.mjs';
import { startServer, untilHealthy } from './containers.mjs';
import { serveHere } from './library.mjs';
import { alternately, difference, valuesOf, whole } from './measure.mjs';
import { client, servingProcess, temporaryHome, upProcess, using } from './processes.mjs';

/** `bench`: `{ rounds, report, engine, home, image(name), emulator() }`. */
export const invocationRows = (bench) => [
  { id: 'proxy', run: () => proxy(bench) },
  { id: 'throughput', run: () => throughput(bench) },
  { id: 'latency', run: () => latency(bench) },
  { id: 'large', run: () => large(bench) },
  { id: 'stream', run: () => stream(bench) },
  { id: 'route', run: () => route(bench) },
];

async function throughput(bench) {
  await throughBoth(bench, 'serve-fast', './load.mjs', async ({ load, through, direct }) => {
    const rate = (url) => load({ url, size: 1024, connections: 16, seconds: 2 }).then(requestsPerSecond);
    const found = await alternately(
      bench.rounds,
      () => rate(through),
      () => rate(direct),
    );
    const title = 'requests/s of 1 KB on 16 connections / published port';
    bench.report.row({ id: 'throughput', title, bar: 0.4, least: true, unit: '/s' }, found);
  });
}

async function latency(bench) {
  await throughBoth(bench, 'serve-fast', './load.mjs', async ({ load, through, direct }) => {
    const one = await alternately(
      bench.rounds,
      () => load({ url: through, size: 1024, connections: 1, seconds: 1 }),
      () => load({ url: direct, size: 1024, connections: 1, seconds: 1 }),
    );
    const added = (our, their) => (our - their) / their;
    const p50 = 'p50 of 1 KB on 1 connection, added / published port';
    bench.report.row({ id: 'latency', title: p50, bar: 1.2, figure: added }, valuesOf(one, 'p50'));
    // Without a bar: one request in a hundred meets whatever else the machine does, and each process on its way may.
    bench.report.row({ id: 'latency', title: 'p99 of the same / published port' }, valuesOf(one, 'p99'));
    const many = await alternately(
      bench.rounds,
      () => load({ url: through, size: 1024, connections: 16, seconds: 2 }),
      () => load({ url: direct, size: 1024, connections: 16, seconds: 2 }),
    );
    bench.report.row({ id: 'latency', title: 'p99 of 1 KB on 16 connections / published port', bar: 1.5 }, valuesOf(many, 'p99'));
  });
}

async function large(bench) {
  await throughBoth(bench, 'serve-fast', './load.mjs', async ({ load, through, direct, served }) => {
    const idlePeak = served.peakMemory();
    const rate = (url, size, connections) => load({ url, size, connections, seconds: 2 }).then(requestsPerSecond);
    const measured = (size, connections) =>
      alternately(
        bench.rounds,
        () => rate(through, size, connections),
        () => rate(direct, size, connections),
      );
    const row = { id: 'large', least: true, unit: '/s' };
    bench.report.row({ ...row, title: 'requests/s of 6 MB both ways, 1 connection / published port', bar: 0.6 }, await measured(6e6, 1));
    bench.report.row({ ...row, title: 'requests/s of 25 MB both ways, 4 connections / the same', bar: 0.32 }, await measured(25e6, 4));
    if (idlePeak === undefined) return;
    const memory = [{ our: served.peakMemory() / 1e6, their: idlePeak / 1e6 }];
    bench.report.row(
      { id: 'large', title: 'memory at most after both / before', bar: 60, figure: difference, unit: 'MB', of: ' MB' },
      memory,
    );
  });
}

async function stream(bench) {
  await throughBoth(bench, 'serve-stamps', './stamps.mjs', async ({ load: read, through, direct }) => {
    const streamed = `${through}-response-stream`;
    const slow = await alternately(
      bench.rounds,
      () => read({ url: streamed, chunks: 200, pause: 0.005 }),
      () => read({ url: direct, chunks: 200, pause: 0.005 }),
    );
    const added = { id: 'stream', title: 'delay of a chunk of a response stream, added p50', bar: 0.35, figure: difference, of: ' ms' };
    bench.report.row(added, valuesOf(slow, 'p50'));
    const rate = ({ chunks, seconds }) => chunks / seconds;
    const fast = await alternately(
      bench.rounds,
      () => read({ url: streamed, chunks: 50_000, pause: 0 }).then(rate),
      () => read({ url: direct, chunks: 50_000, pause: 0 }).then(rate),
    );
    const title = 'chunks/s of a response stream, back to back / published port';
    bench.report.row({ id: 'stream', title, bar: 0.9, least: true, unit: '/s' }, fast);
  });
}

/** Milliseconds that one small prediction takes longer through the endpoint than straight from its container. */
async function proxy(bench) {
  await using(await serveHere(bench, await bench.image('serve-echo')), async (served) => {
    await using(client('./load.mjs'), async (load) => {
      const p50 = (url) => load.ask({ url, size: 1024, connections: 1, seconds: 1 }).then((found) => whole(found).p50);
      const found = await alternately(
        bench.rounds,
        () => p50(served.url),
        () => p50(served.containerUrl),
      );
      const title = 'prediction of 1 KB through the proxy, added median';
      bench.report.row({ id: 'proxy', title, bar: 1, figure: difference, of: ' ms' }, found);
    });
  });
}

/** What it costs that the one port has to find out whom a request is for. */
async function route(bench) {
  const headers = signed('sagemaker', 'Content-Type', 'application/octet-stream');
  await throughBoth(bench, 'serve-fast', './load.mjs', async ({ load, image, through, direct, served }) => {
    await using(await upServing(image), async (up) => {
      const asked = async (url, program, connections) => {
        const before = program?.cpuTime();
        const found = await load({ url, headers, size: 1024, connections, seconds: 0.5 });
        return { ...found, rate: requestsPerSecond(found), cpu: ((program?.cpuTime() - before) * 1000) / found.requests };
      };
      const measured = (connections) =>
        alternately(
          bench.rounds * 3, // the difference is small, so many short looks at it
          () => asked(up.url, up, connections),
          () => asked(through, served, connections),
        );
      const many = await measured(16);
      const cpu = { id: 'route', title: 'CPU of a request of 1 KB, up / serve', bar: 1.05, unit: 'µs' };
      if (up.cpuTime() !== undefined) bench.report.row(cpu, valuesOf(many, 'cpu'));
      const rate = { id: 'route', title: 'requests/s of 1 KB on 16 connections, up / serve', least: true, unit: '/s' };
      bench.report.row(rate, valuesOf(many, 'rate'));
      bench.report.row({ id: 'route', title: 'p50 of 1 KB on 1 connection, up / serve' }, valuesOf(await measured(1), 'p50'));
      const found = await alternately(
        bench.rounds,
        () => asked(up.url, up, 1),
        () => asked(direct, undefined, 1),
      );
      bench.report.row({ id: 'route', title: 'the same, up / published port', bar: 2.2 }, valuesOf(found, 'p50'));
    });
  });
}

/** `sm-local up` in a home of its own, with one endpoint that is InService. */
async function upServing(image) {
  const home = await temporaryHome();
  const up = await upProcess(home.path);
  const end = async () => {
    await up.end();
    await home.end();
  };
  try {
    const [ExecutionRoleArn, EndpointName] = ['arn:aws:iam::000000000000:role/sm-local', 'bench'];
    await sagemaker(up.url, 'CreateModel', { ModelName: 'bench', PrimaryContainer: { Image: image }, ExecutionRoleArn });
    const variant = { VariantName: 'AllTraffic', ModelName: 'bench', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
    await sagemaker(up.url, 'CreateEndpointConfig', { EndpointConfigName: 'bench', ProductionVariants: [variant] });
    await sagemaker(up.url, 'CreateEndpoint', { EndpointName, EndpointConfigName: 'bench' });
    let status = 'Creating';
    for (; status === 'Creating'; await sleep(50))
      ({ EndpointStatus: status } = await sagemaker(up.url, 'DescribeEndpoint', { EndpointName }));
    if (status !== 'InService') throw new Error(`the endpoint is ${status}`);
    return { ...up, url: `${up.url}/endpoints/bench/invocations`, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** `sm-local serve` in a process of its own, and a container of the same image whose port is published. */
async function throughBoth(bench, fixture, clientFile, measure) {
  const image = await bench.image(fixture);
  await using(client(clientFile), async (own) => {
    await using(await startServer(bench.engine, image, { isPublished: true }), async (container) => {
      await untilHealthy(container.url);
      await using(await servingProcess(image, bench.home), async (served) => {
        const load = (job) => own.ask(job).then(whole);
        await measure({ load, image, through: served.url, direct: `${container.url}/invocations`, served });
      });
    });
  });
}

const requestsPerSecond = ({ requests, seconds }) => requests / seconds;
