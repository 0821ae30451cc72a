// npm run bench: what sm-local costs, as ratios against a reference that runs in the same round.
//
//   npm run bench                    all rows
//   npm run bench -- --only help     one row, by its id
//   npm run bench -- --rounds 9      more rounds (default 7)
//   npm run bench -- --json          one JSON object a row
//
// Each figure is the median of the rounds' ratios; a bar that is missed makes the exit code 1. Load goes to containers that the run
// started itself; what it makes, it removes.

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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
const { openEmulator, planTraining, train, serve, neverStopped } = await import('../dist/src/index.js');
const observer = { event() {}, log() {} };
const noop = await buildImage('train-noop');
const echo = await buildImage('serve-echo');

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

let missed = 0;
try {
  for (const row of rows) {
    if (values.only && values.only !== row.id) continue;
    report(row, await ratios(row.pair));
  }
  if (!values.only || values.only === 'proxy') await proxyRow();
  if (!values.only) sizes();
} finally {
  await warmJob.emulator?.[Symbol.asyncDispose]();
  for (const pipes of ownPipe.pipes?.values() ?? []) await pipes[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
  for (const image of [noop, echo]) await call(engine, { method: 'DELETE', path: `/images/${encodeURIComponent(image)}` });
}
process.exitCode = missed > 0 ? 1 : 0;

/** Both sides in turn, the order changing from round to round; the first round warms up and is not counted. */
async function ratios([ours, reference]) {
  const found = [];
  for (let round = 0; round <= rounds; round += 1) {
    const first = round % 2 === 0 ? ours : reference;
    const second = round % 2 === 0 ? reference : ours;
    const [a, b] = [await first(), await second()];
    const [our, their] = round % 2 === 0 ? [a, b] : [b, a];
    if (round > 0) found.push({ ratio: our / their, our, their });
  }
  return found;
}

function report({ id, title, bar }, found) {
  const of = (key) => median(found.map((round) => round[key]));
  const all = found.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const ratio = of('ratio');
  const met = ratio <= bar;
  if (!met) missed += 1;
  if (values.json) process.stdout.write(`${JSON.stringify({ id, title, ratio, min: all[0], max: all.at(-1), bar, met })}\n`);
  else {
    const figures = `${ratio.toFixed(2)}  (${all[0].toFixed(2)} to ${all.at(-1).toFixed(2)}; ${of('our').toFixed(0)} ms / ${of('their').toFixed(0)} ms)`;
    process.stdout.write(`${title.padEnd(52)} ${figures.padEnd(46)} bar ${bar}  ${met ? 'met' : 'SHORT'}\n`);
  }
}

async function warmJob() {
  warmJob.emulator ??= await openEmulator({ home });
  const spec = await jobSpec();
  return await timed(async () => {
    const plan = await planTraining(warmJob.emulator, spec, observer, neverStopped.stop);
    await train(warmJob.emulator, plan, observer, neverStopped);
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
  const withMany = await timed(() => train(warmJob.emulator, many, observer, neverStopped));
  const without = await timed(() => train(warmJob.emulator, none, observer, neverStopped));
  return Math.max(0.1, withMany - without);
}

async function plannedJob(which) {
  warmJob.emulator ??= await openEmulator({ home });
  const spec = await jobSpec();
  const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: await manyFiles(), S3DataDistributionType: 'ShardedByS3Key' };
  spec.request.InputDataConfig = which === 'none' ? undefined : [{ ChannelName: 'train', DataSource: { S3DataSource } }];
  const plan = await planTraining(warmJob.emulator, spec, observer, neverStopped.stop);
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

/** Milliseconds that one small prediction takes longer through the endpoint than straight from its container. */
async function proxyRow() {
  const emulator = await openEmulator({ home });
  const image = { kind: 'image', reference: echo };
  const limits = { 'stop-grace': 1 };
  const spec = { image, name: 'bench', port: 0, cwd: home, environment: {}, limits, startAttempts: 1, isRaw: false };
  const endpoint = await serve(emulator, spec, observer, neverStopped);
  const direct = endpoint.containerUrl;
  const body = Buffer.alloc(1024, 'x');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const found = [];
  for (let round = 0; round <= rounds; round += 1) {
    const through = await medianLatency(`${endpoint.url}/endpoints/bench/invocations`, body, agent);
    const straight = await medianLatency(`${direct}/invocations`, body, agent);
    if (round > 0) found.push({ added: through - straight, through, straight });
  }
  agent.destroy();
  await endpoint.stop();
  await emulator[Symbol.asyncDispose]();
  const added = median(found.map((round) => round.added));
  const met = added < 1;
  if (!met) missed += 1;
  const title = 'prediction of 1 KB through the proxy, added median';
  if (values.json) process.stdout.write(`${JSON.stringify({ id: 'proxy', title, addedMs: added, bar: 1, met })}\n`);
  else {
    const figures = `${added.toFixed(2)} ms  (${median(found.map((r) => r.through)).toFixed(2)} ms against ${median(found.map((r) => r.straight)).toFixed(2)} ms)`;
    process.stdout.write(`${title.padEnd(52)} ${figures.padEnd(46)} bar 1 ms  ${met ? 'met' : 'SHORT'}\n`);
  }
}

async function medianLatency(url, body, agent) {
  const times = [];
  for (let count = 0; count < 250; count += 1) times.push(await timed(() => post(url, body, agent)));
  return median(times.slice(50));
}

function post(url, body, agent) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers: { 'content-length': body.length } }, (response) => {
      response.resume();
      response.once('end', resolve);
    });
    request.once('error', reject);
    request.end(body);
  });
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
  if (values.json) process.stdout.write(`${JSON.stringify({ id: 'size', direct, production, size, unpackedSize })}\n`);
  else
    process.stdout.write(
      `${'runtime dependencies; package'.padEnd(52)} ${direct} direct, ${production} in all; ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked\n`,
    );
}

/** Milliseconds from the start of a Node process to its end. */
function processTime(args) {
  return timed(
    () =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, args, { stdio: 'ignore' });
        child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`))));
      }),
  );
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function buildImage(name) {
  const { dockerEngine } = await import('../dist/src/engine/docker/engine.js');
  const { findEngine: find } = await import('../dist/src/engine/find.js');
  const tag = `sm-local-bench/${name}:latest`;
  say(`Building ${tag} …`);
  await dockerEngine(find()).images.build({ directory: `fixtures/images/${name}`, tag, buildArguments: { BASE_IMAGE: baseImage } });
  return tag;
}
