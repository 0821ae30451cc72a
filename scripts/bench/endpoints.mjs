// Rows about how soon endpoints are there, against the engine's own API, and about what an update costs those who invoke them.

import { answer, startServer, untilHealthy } from './containers.mjs';
import { serveHere, serveUpdatable } from './library.mjs';
import { alternately, difference } from './measure.mjs';
import { client, servingProcess, using } from './processes.mjs';

/** `bench`: `{ rounds, report, engine, isNative, home, image(name), emulator() }`. */
export const endpointRows = (bench) => [
  { id: 'deploy', run: () => deploy(bench) },
  { id: 'fleet', run: () => fleet(bench) },
  { id: 'update', run: () => update(bench) },
];

async function deploy(bench) {
  const image = await bench.image('serve-fast');
  const added = { id: 'deploy', bar: 300, figure: difference, of: ' ms' };
  const warm = await alternately(
    bench.rounds,
    () => timeOf(async () => await invoked(await serveHere(bench, image))),
    () => timeOf(async () => await pinged(bench, image)),
  );
  bench.report.row({ ...added, title: 'serve() to the first 200, added to create, start and ping' }, warm);
  const whole = await alternately(
    bench.rounds,
    () => timeOf(async () => await invoked(await servingProcess(image, bench.home))),
    () => timeOf(async () => await pinged(bench, image)),
  );
  bench.report.row({ ...added, title: 'the same of the sm-local serve command, whole process' }, whole);
}

async function fleet(bench) {
  const image = await bench.image('serve-fast');
  const size = 20;
  const found = await alternately(
    Math.min(bench.rounds, 5), // each takes a quarter of a minute
    () => timeOf(async () => await serveHere(bench, image, { instanceCount: size })),
    () => timeOf(async () => await allOf(Array.from({ length: size }, () => pinged(bench, image)))),
  );
  bench.report.row({ id: 'fleet', title: `${size} instances to InService / create, start and ping of ${size}`, bar: 1.1 }, found);
}

/** How long it takes to get something, which is then given back. */
async function timeOf(get) {
  const startedAt = performance.now();
  return await using(await get(), () => performance.now() - startedAt);
}

async function invoked(served) {
  const status = await answer(served.url, { method: 'POST' }, 'x');
  if (status !== 200) throw new Error(`the first invocation was answered with ${status}`);
  return served;
}

async function pinged({ engine, isNative }, image) {
  const container = await startServer(engine, image, { isPublished: !isNative });
  await untilHealthy(container.url);
  return container;
}

const allOf = async (promises) => {
  const all = await Promise.all(promises);
  return { end: () => Promise.all(all.map((each) => each.end())) };
};

async function update(bench) {
  const connections = 8;
  const count = 5000;
  await using(await serveUpdatable(bench, await bench.image('serve-fast')), async (served) => {
    await using(client('./load.mjs'), async (load) => {
      const job = { url: served.url, size: 1024, connections, count };
      await load.ask({ ...job, seconds: 0 }); // warms up
      const found = [];
      let [requests, failed] = [0, 0];
      for (let round = 0; round < bench.rounds; round += 1) {
        const before = await load.ask({ ...job, seconds: 0 });
        const under = load.ask({ ...job, seconds: 600 });
        await served.update();
        load.tell('stop');
        const during = await under;
        requests += during.requests;
        failed += during.failed + before.failed;
        found.push({ our: during.requests / during.seconds, their: before.requests / before.seconds });
      }
      const title = `of ${count} requests and more over each update, others than 200`;
      bench.report.fact({ id: 'update', title }, failed === 0, `${failed} of ${requests} in ${bench.rounds} updates`);
      bench.report.row({ id: 'update', title: 'requests/s during an update / before', unit: '/s' }, found);
    });
  });
}
