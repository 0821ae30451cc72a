// npm run bench: what sm-local costs, as ratios against a reference that runs in the same round.
//
//   npm run bench                    all rows
//   npm run bench -- --only help     one row, by its id
//   npm run bench -- --rounds 9      more rounds (default 7)
//   npm run bench -- --json          one JSON object a row
//
// Rows: help version job train pipe stage look pack (here); proxy throughput latency large stream (bench/invocations.mjs); deploy fleet update
// (bench/endpoints.mjs); up create read (bench/control-plane.mjs); route (bench/invocations.mjs); object small keys sdk multipart
// (bench/objects.mjs).
// Each figure is the median of the rounds' ratios; a bar that is missed makes the exit code 1. Load goes to containers that the run
// started itself; what it makes, it removes.

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { controlRows } from './bench/control-plane.mjs';
import { endpointRows } from './bench/endpoints.mjs';
import { invocationRows } from './bench/invocations.mjs';
import { alternately, Report, timed } from './bench/measure.mjs';
import { objectRows } from './bench/objects.mjs';
import { processTime } from './bench/processes.mjs';
import { call, findEngine } from './engine-api.mjs';
import { installDependencies, prepareEngine, run, say } from './setup.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);

installDependencies();
const baseImage = await prepareEngine();
run('npm', ['run', '--silent', 'build']);
const { engine } = await findEngine();
const home = await mkdtemp(join(tmpdir(), 'sm-local-bench-'));
const { openEmulator } = await import('../dist/src/emulator.js');
const { neverStopped } = await import('../dist/src/stop.js');
const { planTraining, train } = await import('../dist/src/training-jobs/train.js');
const { dockerEngine } = await import('../dist/src/engine/docker/engine.js');
const { findEngine: find } = await import('../dist/src/engine/find.js');
const observer = { event() {}, log() {} };
const report = new Report(values);
const images = new Map();
const noop = await image('train-noop');
const { isNative } = await dockerEngine(find()).describe();
const bench = { rounds, report, engine, isNative, home, image, emulator };

const rows = [
  {
    id: 'help',
    title: 'sm-local --help / node -e 0',
    bar: 3,
    pair: [() => processTime(['bin/sm-local.js', '--help']), () => processTime(['-e', '0'])],
  },
  {
    id: 'version',
    title: 'sm-local --version / node -e 0',
    bar: 1.5,
    pair: [() => processTime(['bin/sm-local.js', '--version']), () => processTime(['-e', '0'])],
  },
  { id: 'job', title: 'no-op job, warm process / raw engine API', bar: 1.3, pair: [warmJob, rawJob] },
  {
    id: 'train',
    title: 'sm-local train, whole process / docker run --rm',
    bar: 1.6,
    pair: [
      () => processTime(['bin/sm-local.js', 'train', noop, '--home', home, '--output', join(home, 'output')]),
      () => timed(() => execFileSync('docker', ['run', '--rm', noop, 'train'], { stdio: 'ignore' })),
    ],
  },
  { id: 'pipe', title: 'Pipe mode, 256 MB / cat into the same FIFO', bar: 0.9, pair: [() => ownPipe('None'), catPipe] },
  { id: 'pipe', title: 'the same as RecordIO, 64 records / cat', bar: 1.1, pair: [() => ownPipe('RecordIO'), catPipe] },
  { id: 'stage', title: 'staging of 10 000 files, without looking / cp -r', bar: 0.1, pair: [() => stagedMore('all'), copyOfMany] },
  { id: 'stage', title: 'the same as hard links, for half of them / cp -r', bar: 0.3, pair: [() => stagedMore('half'), copyOfMany] },
  { id: 'look', title: 'looking through 10 000 files / find -type f -ls', bar: 2, pair: [lookThrough, findMany] },
  { id: 'pack', title: 'model.tar.gz of 256 MB / tar | gzip -6', bar: 1, pair: [packed, tarGzip] },
];

try {
  for (const { run, ...row } of [...rows, ...invocationRows(bench), ...endpointRows(bench), ...controlRows(bench), ...objectRows(bench)]) {
    if (values.only && values.only !== row.id) continue;
    if (run) await run();
    else report.row(row, await alternately(rounds, ...row.pair));
  }
  if (!values.only) sizes();
} finally {
  await (await emulator.opened)?.[Symbol.asyncDispose]();
  for (const pipes of ownPipe.pipes?.values() ?? []) await pipes[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
  for (const tag of images.values()) await call(engine, { method: 'DELETE', path: `/images/${encodeURIComponent(await tag)}` });
}
process.exitCode = report.missed > 0 ? 1 : 0;

async function emulator() {
  emulator.opened ??= openEmulator({ home });
  return await emulator.opened;
}

async function warmJob() {
  const own = await emulator();
  const spec = await jobSpec();
  return await timed(async () => {
    const plan = await planTraining(own, spec, observer, neverStopped.stop);
    await train(own, plan, observer, neverStopped);
  });
}

async function jobSpec() {
  jobSpec.count = (jobSpec.count ?? 0) + 1;
  return {
    image: { kind: 'image', reference: noop },
    options: { stopGrace: 120 },
    request: {
      TrainingJobName: `bench-${jobSpec.count}`,
      AlgorithmSpecification: { TrainingImage: noop, TrainingInputMode: 'File' },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: `file://${home}/output` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    },
  };
}

/** The least a client of the engine can do for one container. */
async function rawJob() {
  return await timed(async () => {
    const body = JSON.stringify({ Image: noop, Cmd: ['train'] });
    const headers = { 'content-type': 'application/json' };
    const { Id } = JSON.parse((await call(engine, { method: 'POST', path: '/containers/create', headers, body })).text);
    const ended = call(engine, { method: 'POST', path: `/containers/${Id}/wait?condition=next-exit` });
    await call(engine, { method: 'POST', path: `/containers/${Id}/start` });
    await ended;
    await call(engine, { method: 'DELETE', path: `/containers/${Id}` });
  });
}

/** One epoch of a channel, from the start of its reader to its end. */
async function ownPipe(RecordWrapperType) {
  ownPipe.pipes ??= new Map();
  const place = { data: join(home, `pipe-${RecordWrapperType}`), spares: join(home, `spares-${RecordWrapperType}`) };
  if (!ownPipe.pipes.has(RecordWrapperType)) {
    const { resolveChannel, pipeChannel, openPipes } = await pipeModules();
    const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: await pipeData() };
    const channel = { ChannelName: 'train', DataSource: { S3DataSource }, RecordWrapperType };
    const input = await resolveChannel(channel, 'Pipe', { region: 'us-east-1', roleArn: '' });
    await mkdir(place.data);
    ownPipe.pipes.set(RecordWrapperType, await openPipes([pipeChannel({ input, channel })], place));
  }
  const name = readdirSync(place.data)[0];
  return await timed(() => readPipe(join(place.data, name)));
}

/** The same bytes by the plainest program there is. */
async function catPipe() {
  const fifo = join(home, 'fifo');
  if (!existsSync(fifo)) execFileSync('mkfifo', [fifo]);
  const data = await pipeData();
  return await timed(() => Promise.all([readPipe(fifo), ended(spawn('sh', ['-c', `exec cat "${data}"/* > "${fifo}"`]))]));
}

/** What a job takes longer whose channel has many files, when they have been looked through; of a half, each is a link. */
async function stagedMore(which) {
  const [many, none] = [await plannedJob(which), await plannedJob('none')];
  const own = await emulator();
  const withMany = await timed(() => train(own, many, observer, neverStopped));
  const without = await timed(() => train(own, none, observer, neverStopped));
  return Math.max(0.1, withMany - without);
}

async function plannedJob(which) {
  const own = await emulator();
  const spec = await jobSpec();
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: await manyFiles(), S3DataDistributionType: 'ShardedByS3Key' };
  spec.request.InputDataConfig = which === 'none' ? undefined : [{ ChannelName: 'train', DataSource: { S3DataSource } }];
  const plan = await planTraining(own, spec, observer, neverStopped.stop);
  if (which !== 'half') return plan;
  const [host] = plan.hosts;
  const [{ directory: _whole, objects, ...channel }] = host.channels;
  return { ...plan, hosts: [{ ...host, channels: [{ ...channel, objects: objects.filter((_, index) => index % 2 === 0) }] }] };
}

async function copyOfMany() {
  const from = await manyFiles();
  const into = join(home, 'copy');
  const time = await timed(() => ended(spawn('cp', ['-r', from, into])));
  await rm(into, { recursive: true });
  return time;
}

async function lookThrough() {
  const { resolveChannel } = await pipeModules();
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: await manyFiles() };
  const channel = { ChannelName: 'train', DataSource: { S3DataSource } };
  return await timed(() => resolveChannel(channel, 'File', { region: 'us-east-1', roleArn: '' }));
}

async function findMany() {
  const directory = await manyFiles();
  return await timed(() => ended(spawn('find', [directory, '-type', 'f', '-ls'], { stdio: 'ignore' })));
}

/** 10 000 files of 4 KB in 100 directories. */
async function manyFiles() {
  const directory = join(home, 'many');
  if (existsSync(directory)) return directory;
  const content = randomBytes(4096);
  for (let part = 0; part < 100; part += 1) {
    await mkdir(join(directory, `${part}`), { recursive: true });
    await Promise.all(Array.from({ length: 100 }, (_, number) => writeFile(join(directory, `${part}`, `${number}`), content)));
  }
  return directory;
}

async function packed() {
  const { packDirectories } = await import('../dist/src/store/pack.js');
  const path = join(home, 'model.tar.gz');
  const options = { onWarning() {}, seenAs: '/opt/ml/model', temporary: join(home, 'part') };
  const model = await modelData();
  return await timed(() => packDirectories([model], path, options));
}

async function tarGzip() {
  const model = await modelData();
  return await timed(() => ended(spawn('sh', ['-c', `tar -C "${model}" -cf - . | gzip -6 > "${home}/other.tar.gz"`])));
}

/** 256 MB of which a half is noise, as weights are. */
async function modelData() {
  const directory = join(home, 'model');
  if (existsSync(directory)) return directory;
  await mkdir(directory);
  const text = Buffer.from('epoch,loss,accuracy\n0.1,0.25,0.75\n'.repeat(1000));
  for (let number = 0; number < 16; number += 1) {
    const halves = [randomBytes(8 * 1024 * 1024), Buffer.alloc(8 * 1024 * 1024, text)];
    await writeFile(join(directory, `${number}.bin`), Buffer.concat(halves));
  }
  return directory;
}

function readPipe(path) {
  return ended(spawn('dd', [`if=${path}`, 'of=/dev/null', 'bs=1M'], { stdio: 'ignore' }));
}

function ended(child) {
  return new Promise((resolve) => child.once('close', resolve));
}

/** 64 files of 4 MB. */
async function pipeData() {
  const directory = join(home, 'pipe-data');
  if (existsSync(directory)) return directory;
  await mkdir(directory);
  for (let number = 10; number < 74; number += 1) await writeFile(join(directory, `${number}`), randomBytes(4 * 1024 * 1024));
  return directory;
}

async function pipeModules() {
  const { resolveChannel } = await import('../dist/src/jobs/channels/resolve.js');
  const { pipeChannel } = await import('../dist/src/jobs/pipe/channel.js');
  const { openPipes } = await import('../dist/src/jobs/pipe/pipes.js');
  return { resolveChannel, pipeChannel, openPipes };
}

function sizes() {
  const production =
    execFileSync('npm', ['--loglevel=error', 'ls', '--omit=dev', '--all', '--parseable'], { encoding: 'utf8' }).trim().split('\n').length -
    1;
  const direct =
    execFileSync('npm', ['--loglevel=error', 'ls', '--omit=dev', '--parseable', '--depth=0'], { encoding: 'utf8' }).trim().split('\n')
      .length - 1;
  const [{ size, unpackedSize }] = JSON.parse(
    execFileSync('npm', ['--loglevel=error', 'pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
  );
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} KB`;
  report.note(
    { id: 'size', title: 'runtime dependencies; package' },
    { direct, production, size, unpackedSize },
    `${direct} direct, ${production} in all; ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`,
  );
}

/** A fixture image of that name, built when it is first asked for. */
async function image(name) {
  if (!images.has(name)) images.set(name, buildImage(name));
  return await images.get(name);
}

async function buildImage(name) {
  const tag = `sm-local-bench/${name}:latest`;
  say(`Building ${tag} …`);
  await dockerEngine(find()).images.build({ directory: `fixtures/images/${name}`, tag, buildArguments: { BASE_IMAGE: baseImage } });
  return tag;
}
