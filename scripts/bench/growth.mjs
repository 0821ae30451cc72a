// How cost grows with the number of things: jobs, endpoints, hosts, bytes of a request, files of a channel, records of a home, megabytes of logs.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../setup.mjs';
import { operation } from './aws.mjs';
import { served } from './control-plane.mjs';
import { manyFiles } from './data.mjs';
import { growthTable, pointText } from './growth-text.mjs';
import { onNetwork } from './jobs.mjs';
import { plantJobs } from './jobs-of-old.mjs';
import { loud } from './logs.mjs';
import { alternately, median, perSecond, timed } from './measure.mjs';
import { named } from './names.mjs';
import { openEndpoints } from './own-endpoints.mjs';
import { allRemoved, runJob } from './own-jobs.mjs';
import { processTime, programTime, using, wrk } from './processes.mjs';
import { throughBoth } from './proxy.mjs';
import { orGivenUp } from './run-goals.mjs';
import { created } from './scale.mjs';
import { lookedThrough, staged } from './staging.mjs';

/** `measure` finds what both sides had in each round at a size; no other side where nothing is to be compared. */
const axes = [
  { id: 'jobs', title: 'no-op jobs at once, ms until all are over / raw engine API', sizes: [1, 10, 100], quick: [1, 4], measure: jobs },
  {
    id: 'endpoints',
    title: 'endpoints, ms until all are InService / create, start, ping',
    sizes: [1, 20, 50],
    quick: [1, 4],
    measure: endpoints,
  },
  {
    id: 'hosts',
    title: 'hosts of a job, ms to its archive / raw, all at once, network there',
    sizes: [1, 2, 4, 8, 16],
    quick: [1, 2],
    measure: hosts,
  },
  {
    id: 'payload',
    title: 'bytes of a request and its answer, requests/s on one connection / published port',
    sizes: [1024, 100 * 1024, 1e6, 6e6, 25e6],
    quick: [1024, 1e6],
    measure: payload,
    unit: '/s',
  },
  {
    id: 'look',
    title: 'input files, ms to look through them / find -ls',
    sizes: [10, 1000, 10_000, 100_000],
    quick: [10, 1000],
    measure: look,
  },
  {
    id: 'stage',
    title: 'input files, ms until they are staged, writable',
    sizes: [10, 1000, 10_000, 100_000],
    quick: [10, 1000],
    measure: overlay,
  },
  {
    id: 'link',
    title: 'input files, ms until a selection is staged, by links',
    sizes: [10, 1000, 10_000],
    quick: [10, 1000],
    measure: links,
  },
  {
    id: 'ls',
    title: 'jobs in the home, ms of sm-local ls, whole process / node -e 0',
    sizes: [10, 1000, 10_000],
    quick: [10, 100],
    measure: ls,
  },
  {
    id: 'describe',
    title: 'jobs in the home, ms of sm-local describe, whole process / node -e 0',
    sizes: [10, 1000, 10_000],
    quick: [10, 100],
    measure: describe,
  },
  {
    id: 'list',
    title: 'jobs in the home, ms of ListTrainingJobs (100) / an empty handler',
    sizes: [10, 1000, 10_000],
    quick: [10, 100],
    measure: list,
  },
  { id: 'logs', title: 'megabytes of log, ms of the job / nobody listening', sizes: [1, 10, 100], quick: [1, 4], measure: logs },
  {
    id: 'read',
    title: 'megabytes of log, ms of sm-local logs, whole process / cat of the same',
    sizes: [1, 10, 100],
    quick: [1, 4],
    measure: readLogs,
  },
];

/** A table of growth is for its shape, and the largest of everything takes long. */
const rounds = 3;
const fewerFrom = new Map([
  [jobs, 100],
  [endpoints, 50],
  [hosts, 16],
  [logs, 100],
  [readLogs, 100],
]);

/** What has not begun by then is not measured. */
const longestMinutes = 25;

/** Those of these names, or all. Errors: UnknownName. */
export const axesOf = (names) => named('axis', axes, names);

/** `names`: of some of them. `{ found, text, isPassed }`. */
export async function growth(workshop, names) {
  const wanted = axesOf(names);
  const rows = [];
  const until = performance.now() + longestMinutes * 60_000;
  for (const { id, title, sizes, quick, measure, unit = 'ms' } of wanted) {
    for (const size of workshop.isQuick ? quick : sizes) {
      if (workshop.signal.aborted) break;
      const isLate = performance.now() > until;
      const point = isLate ? { why: 'not measured, the time is over' } : await pointOf(workshop, measure, size);
      rows.push({ id, title, size, unit, ...point });
      say(`${id} ${size}: ${pointText({ unit, ...point })}`);
    }
  }
  return { found: { growth: rows }, text: growthTable(rows), isPassed: rows.every(({ why }) => why === undefined) };
}

async function pointOf(workshop, measure, size) {
  const isOnce = workshop.isQuick || size >= fewerFrom.get(measure);
  const few = { rounds: isOnce ? 1 : rounds, signal: workshop.signal, cold: isOnce };
  try {
    const found = await orGivenUp(measure(workshop, size, few), workshop.signal);
    const our = median(found.map((round) => round.our));
    if (found[0].their === undefined) return { our };
    return { our, their: median(found.map((round) => round.their)), ratio: median(found.map((round) => round.our / round.their)) };
  } catch (error) {
    return { why: error.message.split('\n')[0] };
  }
}

async function jobs(workshop, size, few) {
  const image = await workshop.image('bench');
  const all = (run) => timed(() => Promise.all(Array.from({ length: size }, run)));
  return await alternately(
    few,
    async () => {
      const time = await all(() => runJob(workshop));
      await allRemoved(workshop); // not in the time of the other side
      return time;
    },
    () => all(() => workshop.raw.run(image)),
  );
}

async function endpoints(workshop, size, few) {
  const image = await workshop.image('bench');
  return await using(openEndpoints(await workshop.emulator(), image), async (own) => {
    await own.configure('bench');
    return await alternately(
      few,
      () => gotten(() => created(own, size)),
      () =>
        gotten(async () => {
          const isPublished = !workshop.isNative;
          const servers = await Promise.all(Array.from({ length: size }, () => workshop.raw.healthy(image, { isPublished })));
          return { end: () => Promise.all(servers.map((server) => server.end())) };
        }),
    );
  });
}

/** How long it takes to get something, which is then given back. */
async function gotten(get) {
  const startedAt = performance.now();
  return await using(get(), () => performance.now() - startedAt);
}

async function hosts(workshop, size, few) {
  const image = await workshop.image('bench');
  return await onNetwork(workshop, (network) =>
    alternately(
      few,
      async () => {
        const startedAt = performance.now();
        const { marks } = await runJob(workshop, { hosts: size });
        return marks.Completed - startedAt;
      },
      () => timed(() => Promise.all(Array.from({ length: size }, () => workshop.raw.run(image, { network })))),
    ),
  );
}

function payload(workshop, size, few) {
  return throughBoth(workshop, ({ through, direct }) =>
    alternately(
      few,
      async () => perSecond(await wrk(through, { size, connections: 1, seconds: 2 })),
      async () => perSecond(await wrk(direct, { size, connections: 1, seconds: 2 })),
    ),
  );
}

async function look(workshop, size, few) {
  const directory = await manyFiles(workshop, size);
  return await alternately(
    few,
    () => lookedThrough(directory),
    () => programTime('find', [directory, '-type', 'f', '-ls']),
  );
}

function overlay(workshop, size, few) {
  return stagedAs(workshop, size, few, { mode: 'File' });
}

function links(workshop, size, few) {
  return stagedAs(workshop, size, few, { mode: 'FastFile', isPart: true });
}

async function stagedAs(workshop, size, few, how) {
  const directory = await manyFiles(workshop, size);
  return await alternately(few, () => staged(workshop, { directory, ...how }), nothing);
}

const nothing = () => undefined;

function ls(workshop, size, few) {
  return command(workshop, size, few, ['ls']);
}

function describe(workshop, size, few) {
  return command(workshop, size, few, ['describe', 'training-job', 'planted-1']);
}

async function command(workshop, size, few, args) {
  const home = await oldHome(workshop, size);
  return await alternately(
    few,
    () => processTime(['bin/sm-local.js', ...args, '--home', home]),
    () => processTime(['-e', '0']),
  );
}

async function list(workshop, size, few) {
  return await served(workshop, await oldHome(workshop, size), ({ load, url, plain }) => {
    const asked = { connections: 1, count: 20 };
    const p50 = async (address, name) => (await load({ url: address, ...operation(name, { MaxResults: 100 }), ...asked })).p50;
    return alternately(
      few,
      () => p50(`${url}/`, 'ListTrainingJobs'),
      () => p50(`${plain}/`, 'Read'),
    );
  });
}

/** A home with so many jobs that are over. */
async function oldHome({ path }, size) {
  const home = join(path, `old-${size}`);
  if (!existsSync(home)) await plantJobs(home, size);
  return home;
}

async function logs(workshop, size, few) {
  const image = await workshop.image('bench');
  const environment = [`BENCH_LOG_BYTES=${size * 1e6}`];
  return await alternately(
    few,
    async () => {
      const { marks, startedAt } = await runJob(workshop, loud(size * 1e6));
      return marks.Completed - startedAt;
    },
    () => timed(() => workshop.raw.run(image, { environment })),
  );
}

async function readLogs(workshop, size, few) {
  const { record } = await runJob(workshop, loud(size * 1e6));
  const args = ['bin/sm-local.js', 'logs', record.name, '--home', workshop.home];
  const log = join(workshop.path, 'log.txt');
  await programTime('sh', ['-c', `"${process.execPath}" ${args.join(' ')} > "${log}"`]);
  const found = await alternately(
    few,
    () => processTime(args),
    () => programTime('sh', ['-c', `cat "${log}" > /dev/null`]),
  );
  await rm(log);
  return found;
}
