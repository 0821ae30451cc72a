// Every figure there is: what it compares, and where it has to be.
//
// A goal: `id`; `word`, which names it too, and others like it; `title`, of the amounts of the run (workshop.mjs); `measure`, which finds what both
// sides had in each round (several goals may have one in common, which then is made once); `value`, which of its numbers is meant; `figure`, what
// is made of both sides, a ratio unless it says otherwise; `least`, when it has to be that much and not that little; `bar` and `stretch`, none for what is
// told for orientation; `gates: false` when a bar that is missed says nothing of the run; `unit` of the sides and `of` the figure itself; `long`
// when it is measured only when it is asked for by name.

import * as archives from './archives.mjs';
import * as controlPlane from './control-plane.mjs';
import * as jobs from './jobs.mjs';
import * as logs from './logs.mjs';
import { absolute, added, difference, inverse } from './measure.mjs';
import { UnknownName } from './names.mjs';
import * as objects from './objects.mjs';
import * as pipe from './pipe.mjs';
import * as proxy from './proxy.mjs';
import * as scale from './scale.mjs';
import * as scripts from './scripts.mjs';
import * as staging from './staging.mjs';
import * as startup from './startup.mjs';
import * as streaming from './streaming.mjs';
import { watchGoals } from './watch.mjs';

const milliseconds = { figure: absolute, of: ' ms' };
const more = { figure: difference, of: ' ms' };
const rate = { value: 'rate', least: true, unit: '/s' };

const jobGoals = [
  {
    id: 'P1',
    word: 'job',
    title: 'no-op job to its archive, warm process / raw engine API',
    measure: jobs.warm,
    value: 'visible',
    bar: 1.1,
    stretch: 1,
  },
  { id: 'P1', word: 'job', title: 'the same until all of it is removed', measure: jobs.warm, value: 'whole' },
  { id: 'P2', word: 'compose', title: 'no-op job / docker-compose up', measure: jobs.compose, bar: 0.45, stretch: 0.35 },
  { id: 'P3', word: 'train', title: 'sm-local train, whole process / docker run --rm', measure: jobs.command, bar: 1.5, stretch: 1.3 },
  {
    id: 'P4',
    word: 'hosts',
    title: (of) => `job of ${of.hosts} hosts, own network / raw, all at once, network there`,
    measure: jobs.hosts,
    value: 'visible',
    bar: 1.15,
    stretch: 1,
  },
  { id: 'P4', word: 'hosts', title: 'the same until all of it is removed', measure: jobs.hosts, value: 'whole' },
  { id: 'P5', word: 'end', title: 'the end of a container to a Completed job', measure: jobs.ending, ...milliseconds, bar: 20, stretch: 5 },
];

const startupGoals = [
  { id: 'P6', word: 'help', title: 'sm-local --help / node -e 0', measure: startup.help, bar: 1.9, stretch: 1.6 },
  { id: 'P7', word: 'version', title: 'sm-local --version / node -e 0', measure: startup.version, bar: 1.15, stretch: 1.08 },
  {
    id: 'P8',
    word: 'loaded',
    title: 'sm-local serve to its first word to the engine / node -e 0',
    measure: startup.loaded,
    bar: 2.5,
    stretch: 2,
  },
];

const proxyGoals = [
  { id: 'P9', word: 'throughput', title: 'requests/s, 1 KB x 16 / published port', measure: proxy.small, ...rate, bar: 0.4, stretch: 0.5 },
  { id: 'P9', word: 'throughput', title: 'the same in the first second', measure: proxy.small, ...rate, value: 'freshRate' },
  { id: 'P9', word: 'throughput', title: 'the same / node:http and undici alone', measure: proxy.small, ...rate, value: 'bareRate' },
  {
    id: 'P10',
    word: 'latency',
    title: 'p50, 1 KB x 1, added / published port',
    measure: proxy.small,
    value: 'p50',
    figure: added,
    bar: 1.2,
    stretch: 1,
  },
  { id: 'P10', word: 'latency', title: 'p50 / node:http and undici alone', measure: proxy.small, value: 'bareP50' },
  {
    id: 'P10',
    word: 'latency',
    title: 'p99, 1 KB x 1 / published port',
    measure: proxy.small,
    value: 'p99',
    bar: 1.7,
    stretch: 1.3,
    gates: false,
  },
  {
    id: 'P11',
    word: 'latency',
    title: 'p99, 1 KB x 16 / published port',
    measure: proxy.small,
    value: 'p99Many',
    bar: 1.5,
    stretch: 1,
    gates: false,
  },
  { id: 'P12', word: 'large', title: 'requests/s, 6 MB x 1 / published port', measure: proxy.large, ...rate, bar: 0.6, stretch: 0.7 },
  { id: 'P12', word: 'large', title: 'the same / node:http and undici alone', measure: proxy.large, ...rate, value: 'bare' },
  { id: 'P13', word: 'large', title: 'requests/s, 25 MB x 4 / published port', measure: proxy.largest, ...rate, bar: 0.32, stretch: 0.4 },
  {
    id: 'P13',
    word: 'large',
    title: 'memory at most of the same, over an idle process',
    measure: proxy.largest,
    value: 'memory',
    figure: absolute,
    unit: 'MB',
    of: ' MB',
    bar: 60,
    stretch: 40,
  },
  {
    id: 'P13',
    word: 'large',
    title: 'requests/s of the same / node:http and undici alone',
    measure: proxy.largest,
    ...rate,
    value: 'bare',
  },
  {
    id: 'P13',
    word: 'large',
    title: 'memory at most of node:http and undici alone, over idle',
    measure: proxy.largest,
    value: 'bareMemory',
    figure: absolute,
    unit: 'MB',
    of: ' MB',
  },
  {
    id: 'P14',
    word: 'stream',
    title: 'delay of a chunk of a stream, added p50',
    measure: streaming.delay,
    ...more,
    bar: 0.35,
    stretch: 0.2,
  },
  {
    id: 'P14',
    word: 'stream',
    title: 'chunks/s back to back / published port',
    measure: streaming.rate,
    least: true,
    unit: '/s',
    bar: 0.9,
    stretch: 1,
  },
  {
    id: 'P15',
    word: 'express',
    title: 'requests/s, 1 KB x 16, our Express app / bare Express',
    measure: proxy.throughExpress,
    least: true,
    unit: '/s',
    bar: 1,
  },
];

const peerGoals = [
  { id: 'nginx', title: 'requests/s, 1 KB x 16 / nginx in its place', measure: proxy.besideNginx, least: true, unit: '/s' },
];

const fileGoals = [
  {
    id: 'P16',
    word: 'pack',
    title: (of) => `model.tar.gz of ${of.packMegabytes} MB / tar + pigz -6`,
    measure: archives.pack,
    value: 'time',
    bar: 0.25,
    stretch: 0.17,
  },
  { id: 'P16', word: 'pack', title: 'size of the same', measure: archives.pack, value: 'size', unit: 'MB', bar: 1.02, stretch: 1.015 },
  {
    id: 'P17',
    word: 'unpack',
    title: (of) => `unpacking ${of.unpackMegabytes} MB / tar xzf`,
    measure: archives.unpack,
    bar: 0.55,
    stretch: 0.45,
  },
  {
    id: 'P18',
    word: 'stage',
    title: (of) => `one file of ${of.bigMegabytes} MB staged, read-only / cp -r`,
    measure: staging.large,
    value: 'bound',
    bar: 0.02,
    stretch: 0.005,
  },
  {
    id: 'P19',
    word: 'stage',
    title: (of) => `${of.files} files of 1 KB staged, read-only / cp -r`,
    measure: staging.many,
    value: 'bound',
    bar: 0.01,
    stretch: 0.002,
  },
  {
    id: 'P19',
    word: 'stage',
    title: 'the same as a selection, by links',
    measure: staging.many,
    value: 'linked',
    bar: 0.04,
    stretch: 0.02,
  },
  { id: 'P19', word: 'stage', title: 'the same / cp -rl', measure: staging.many, value: 'hardLinked' },
  {
    id: 'overlay',
    word: 'stage',
    title: (of) => `one file of ${of.bigMegabytes} MB staged, writable / cp -r`,
    measure: staging.large,
    value: 'overlaid',
  },
  {
    id: 'overlay',
    word: 'stage',
    title: (of) => `${of.files} files of 1 KB staged, writable / cp -r`,
    measure: staging.many,
    value: 'overlaid',
  },
  { id: 'look', title: (of) => `looking through ${of.files} files / find -ls`, measure: staging.look, bar: 2 },
  {
    id: 'P20',
    word: 'pipe',
    title: (of) => `Pipe mode, ${of.pipeMegabytes} MB / cat into a FIFO`,
    measure: pipe.plain,
    bar: 0.9,
    stretch: 0.65,
  },
  { id: 'P20', word: 'pipe', title: 'the same as RecordIO', measure: pipe.records, bar: 1.1, stretch: 0.9 },
];

const logGoals = [
  {
    id: 'P24',
    word: 'logs',
    title: (of) => `job of ${of.logMegabytes} MB of metric lines / nobody listening`,
    measure: logs.metricLines,
    bar: 1.05,
    stretch: 1,
  },
  {
    id: 'P25',
    word: 'stalled',
    title: (of) => `lines lost of ${of.stalledMegabytes} MB while the console stands still`,
    measure: logs.stalledConsole,
    value: 'lost',
    figure: absolute,
    unit: '',
    bar: 0,
    stretch: 0,
  },
  {
    id: 'P25',
    word: 'stalled',
    title: 'jobs of these whose container waited for it',
    measure: logs.stalledConsole,
    value: 'blocked',
    figure: absolute,
    unit: '',
    bar: 0,
    stretch: 0,
  },
  {
    id: 'P25',
    word: 'stalled',
    title: 'time of the same, with the command / nobody listening',
    measure: logs.stalledConsole,
    value: 'time',
  },
];

const scaleGoals = [
  {
    id: 'P26',
    word: 'scale',
    title: (of) => `jobs/s of ${of.jobs} no-op jobs at once / raw engine API`,
    measure: scale.jobs,
    value: 'rate',
    least: true,
    unit: '/s',
    bar: 0.95,
    stretch: 1,
  },
  {
    id: 'P26',
    word: 'scale',
    title: 'the same until all of it is removed',
    measure: scale.jobs,
    value: 'whole',
    least: true,
    unit: '/s',
  },
  {
    id: 'P27',
    word: 'endpoints',
    title: (of) => `${of.endpoints} endpoints to InService / create, start, ping`,
    measure: scale.endpoints,
    bar: 1.1,
    stretch: 1,
  },
  { id: 'fleet', title: (of) => `one endpoint of ${of.endpoints} instances / create, start, ping`, measure: scale.fleet, bar: 1.1 },
  { id: 'deploy', title: 'serve() to the first answer, over create, start, ping', measure: scale.deployed, ...more, bar: 300 },
  { id: 'deploy', title: 'the sm-local serve command, the same', measure: scale.served, value: 'time', ...more, bar: 300 },
  { id: 'deploy', title: 'what the command takes longer / node -e 0', measure: scale.served, value: 'over' },
  { id: 'update', title: 'requests failed during updates', measure: scale.update, value: 'failed', figure: absolute, unit: '', bar: 0 },
  { id: 'update', title: 'requests/s during an update / before', measure: scale.update, value: 'rate', unit: '/s' },
];

const scriptGoals = [
  { id: 'script', title: 'sm-local train / a train_local.sh around docker run', measure: jobs.script },
  { id: 'script', title: 'sm-local serve to the first answer / a serve_local.sh', measure: scripts.serving },
  { id: 'script', title: 'a prediction by curl / straight to the container', measure: scripts.prediction },
];

const [startEmpty, startFull] = [controlPlane.start(0), controlPlane.start(1000)];
const oftenCreated = ['CreateTrainingJob', 'CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'];
const upGoals = [
  { id: 'up', title: 'sm-local up to its ready line, empty home', measure: startEmpty, value: 'ready', ...milliseconds, bar: 1000 },
  { id: 'up', title: 'the same / node -e 0', measure: startEmpty, value: 'ready', bar: 6 },
  { id: 'up', title: 'to its first answer / node -e 0', measure: startEmpty, value: 'healthy', bar: 8 },
  { id: 'up', title: 'sm-local up to its ready line, 1 000 jobs', measure: startFull, value: 'ready', ...milliseconds, bar: 1000 },
  { id: 'up', title: 'the same / node -e 0', measure: startFull, value: 'ready', bar: 6 },
  { id: 'up', title: 'to its first answer / node -e 0', measure: startFull, value: 'healthy', bar: 8 },
  ...oftenCreated.flatMap((value) => [
    {
      id: 'create',
      title: (of) => `${value}, median, ${of.plantedJobs} jobs`,
      measure: controlPlane.creation,
      value,
      ...milliseconds,
      bar: 20,
    },
    { id: 'create', title: `${value}, median / a file written through`, measure: controlPlane.creation, value },
  ]),
  ...Object.entries({ DescribeTrainingJob: 20, ListTrainingJobs: 50 }).flatMap(([value, bar]) => [
    { id: 'read', title: (of) => `${value}, median, ${of.plantedJobs} jobs`, measure: controlPlane.reading, value, ...milliseconds, bar },
    { id: 'read', title: `${value}, median / an empty handler`, measure: controlPlane.reading, value },
  ]),
  { id: 'route', title: 'CPU of a request of 1 KB, up / serve', measure: proxy.route, value: 'cpu', unit: 'µs', bar: 1.05 },
  { id: 'route', title: 'requests/s, 1 KB x 16, up / serve', measure: proxy.route, ...rate },
  { id: 'route', title: 'p50, 1 KB x 1, up / serve', measure: proxy.route, value: 'p50' },
];

const gigabyte = (of) => (of.objectMegabytes === 1000 ? '1 GB' : `${of.objectMegabytes} MB`);
const objectGoals = [
  // A put of ours makes two files, one of them for what is kept of the object.
  {
    id: 'small',
    title: 'S3, 1 KB objects put/s x 16 / plain server that puts files whole or not at all',
    measure: objects.small,
    value: 'whole',
    least: true,
    unit: '/s',
    bar: 0.3,
    turn: 1,
  },
  // No reader may meet half an object, so nothing can be written over where it is: how far one can come without that is told beside it.
  {
    id: 'small',
    title: 'the same / plain server that writes over its files',
    measure: objects.small,
    value: 'put',
    least: true,
    unit: '/s',
    bar: 0.2,
    gates: false,
    turn: 1,
  },
  {
    id: 'small',
    title: 'limit: plain server, files whole or not at all / written over',
    measure: objects.small,
    value: 'limit',
    least: true,
    unit: '/s',
    turn: 1,
  },
  {
    id: 'small',
    title: 'S3, 1 KB objects got/s x 16 / plain server',
    measure: objects.small,
    value: 'get',
    least: true,
    unit: '/s',
    bar: 0.4,
    turn: 1,
  },
  {
    id: 'object',
    title: (of) => `S3, ${gigabyte(of)} put by curl, rate / cp beside md5sum`,
    measure: objects.large,
    value: 'put',
    figure: inverse,
    least: true,
    bar: 0.4,
  },
  {
    id: 'object',
    title: 'S3, the same got, rate / plain server',
    measure: objects.large,
    value: 'get',
    figure: inverse,
    least: true,
    bar: 0.7,
  },
  {
    id: 'object',
    title: 'memory at most of both, over before',
    measure: objects.large,
    value: 'memory',
    figure: absolute,
    unit: 'MB',
    of: ' MB',
    bar: 100,
  },
  { id: 'object', title: 'GetObject while that is put, added median', measure: objects.busy, value: 'GetObject', ...more, bar: 20 },
  {
    id: 'object',
    title: 'ListTrainingJobs while that is put, added median',
    measure: objects.busy,
    value: 'ListTrainingJobs',
    ...more,
    bar: 20,
  },
  { id: 'keys', title: (of) => `S3, listing of ${of.files} keys in pages / find -ls`, measure: objects.keys, bar: 20 },
  { id: 'sdk', title: 'S3, put by the SDK, as a stream / plain server', measure: objects.sdk, value: 'put', bar: 2.5, long: true },
  { id: 'sdk', title: 'S3, got by the SDK, as a stream / plain server', measure: objects.sdk, value: 'get', bar: 1.5, long: true },
  { id: 'multipart', title: 'aws s3 cp, in parts / plain server', measure: objects.multipart, bar: 3, long: true },
];

/** In the order of the table. Those whose id is a P and a number are the goals of the project; the others are told after them. */
export const goals = [
  ...[...jobGoals, ...startupGoals, ...proxyGoals, ...ofDisk(fileGoals), ...logGoals, ...scaleGoals].sort(byNumber),
  ...peerGoals,
  ...scriptGoals,
  ...upGoals,
  ...ofDisk(objectGoals),
  ...watchGoals,
];

/**
 * They make and remove gigabytes, and files by ten thousands. The disk is busy for a while after that, and for minutes ext4 passes over the place of
 * each file that has gone when a file or a directory is made: a job makes 27, and took up to 10 ms longer. So they have the last turn; what only makes
 * some thousands has the one before.
 */
function ofDisk(some) {
  return some.map((goal) => ({ turn: 2, ...goal }));
}

function byNumber(a, b) {
  return numberOf(a) - numberOf(b);
}

function numberOf({ id }) {
  return /^P\d+$/.test(id) ? Number(id.slice(1)) : Number.MAX_VALUE;
}

/** The goals that are asked for by ids or words, or without any those that are measured always. Errors: a name that there is not. */
export function chosen(names) {
  if (names.length === 0) return goals.filter(({ long }) => !long);
  const isMeant = ({ id, word }, name) => [id.toLowerCase(), word].includes(name.toLowerCase());
  const unknown = names.filter((name) => !goals.some((goal) => isMeant(goal, name)));
  const known = goals.flatMap(({ id, word }) => (word ? [id, word] : [id]));
  if (unknown.length > 0) throw new UnknownName('row', unknown, known);
  return goals.filter((goal) => names.some((name) => isMeant(goal, name)));
}

export const isProjectGoal = (goal) => numberOf(goal) < Number.MAX_VALUE;
