// Many jobs, many endpoints, and endpoints that change, against the engine's own API with so many containers.

import { alternately, timed } from './measure.mjs';
import { openEndpoints, serveHere, serveUpdatable } from './own-endpoints.mjs';
import { allRemoved, runJob } from './own-jobs.mjs';
import { client, processTime, servingProcess, using } from './processes.mjs';
import { statusOf } from './raw-engine.mjs';

/** Jobs a second, all of them begun at once: nobody makes them wait for one another. Twenty jobs run before, so that V8 has compiled what they take. */
export async function jobs(workshop) {
  const { raw, amounts } = workshop;
  const image = await workshop.image('bench');
  return await alternately(
    { rounds: workshop.rounds.crowd, signal: workshop.signal },
    () => ownPerSecond(workshop),
    async () => {
      const rate = await perSecond(amounts.jobs, () => raw.run(image));
      return { rate, whole: rate };
    },
  );
}

/** `{ rate, whole }`: until the last job has been returned, and until what they had on the disk has gone too. */
async function ownPerSecond(workshop) {
  const { jobs: count } = workshop.amounts;
  const startedAt = performance.now();
  await all(count, () => runJob(workshop));
  const returned = performance.now();
  await allRemoved(workshop);
  return { rate: (count / (returned - startedAt)) * 1000, whole: (count / (performance.now() - startedAt)) * 1000 };
}

const all = (count, make) => Promise.all(Array.from({ length: count }, (_, number) => make(number)));

const perSecond = async (count, run) => (count / (await timed(() => all(count, run)))) * 1000;

/** So many endpoints of an instance each, until all are InService, against so many containers until each has answered a ping. */
export async function endpoints(workshop) {
  const { amounts } = workshop;
  const image = await workshop.image('bench');
  const own = await openEndpoints(await workshop.emulator(), image);
  return await using(own, async () => {
    await own.configure('bench');
    return await alternately(
      roundsOf(workshop),
      () => timeOf(() => created(own, amounts.endpoints)),
      () => timeOf(() => allOf(all(amounts.endpoints, () => pinged(workshop, image)))),
    );
  });
}

export async function created(own, count) {
  const names = Array.from({ length: count }, (_, number) => `bench-${number}`);
  await Promise.all(names.map((name) => own.create(name, 'bench')));
  const gone = async (EndpointName) => {
    const { over } = await own.operations.deleteEndpoint({ EndpointName });
    await over;
  };
  return { end: () => Promise.all(names.map(gone)) };
}

/** One endpoint of so many instances. */
export async function fleet(workshop) {
  const image = await workshop.image('bench');
  const instanceCount = workshop.amounts.endpoints;
  return await alternately(
    { ...roundsOf(workshop), rounds: workshop.rounds.crowd }, // a single one may be a tenth off, on either side
    () => timeOf(() => serveHere(workshop, image, { instanceCount })),
    () => timeOf(() => allOf(all(instanceCount, () => pinged(workshop, image)))),
  );
}

/** From nothing to the first answer: by the library. */
export async function deployed(workshop) {
  const image = await workshop.image('bench');
  return await alternately(
    { rounds: workshop.rounds.jobs, signal: workshop.signal },
    () => timeOf(async () => await invoked(await serveHere(workshop, image))),
    () => timeOf(() => pinged(workshop, image)),
  );
}

/** The same by the command, whole process: `{ time, over }`, the latter what it takes longer, beside a Node that does nothing. */
export async function served(workshop) {
  const image = await workshop.image('bench');
  const found = await alternately(
    { rounds: workshop.rounds.jobs, signal: workshop.signal },
    () => timeOf(async () => await invoked(await servingProcess(image, workshop.home))),
    async () => ({ time: await timeOf(() => pinged(workshop, image)), nothing: await processTime(['-e', '0']) }),
  );
  return found.map(({ our, their }) => ({
    our: { time: our, over: our - their.time },
    their: { time: their.time, over: their.nothing },
  }));
}

/** How long it takes to get something, which is then given back. */
async function timeOf(get) {
  const startedAt = performance.now();
  return await using(get(), () => performance.now() - startedAt);
}

async function invoked(own) {
  const status = await statusOf(own.url, { method: 'POST' }, 'x');
  if (status !== 200) throw new Error(`the first invocation was answered with ${status}`);
  return own;
}

const pinged = ({ raw, isNative }, image) => raw.healthy(image, { isPublished: !isNative });

const allOf = async (promises) => {
  const made = await promises;
  return { end: () => Promise.all(made.map((each) => each.end())) };
};

/** Requests on eight connections while one configuration takes the place of another, and before: `{ rate, failed }`. */
export async function update(workshop) {
  const image = await workshop.image('bench');
  return await using(serveUpdatable(workshop, image), (own) =>
    using(client('./load.mjs'), async (load) => {
      const job = { url: own.url, size: 1024, connections: 8, count: workshop.isQuick ? 500 : 5000 };
      const found = [];
      await load.ask({ ...job, seconds: 0 }); // warms up
      for (let round = 0; round < workshop.rounds.jobs; round += 1) {
        workshop.signal.throwIfAborted();
        const before = await load.ask({ ...job, seconds: 0 });
        const under = load.ask({ ...job, seconds: 600 });
        await own.update();
        load.tell('stop');
        const during = await under;
        const rate = ({ requests, seconds }) => requests / seconds;
        found.push({ our: { rate: rate(during), failed: during.failed }, their: { rate: rate(before), failed: before.failed } });
      }
      return found;
    }),
  );
}

/** Many at once in each round: those before have warmed up enough. */
const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.many, signal, cold: true });
