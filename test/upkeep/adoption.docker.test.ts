import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { type Home, openHome } from '../../src/store/home.ts';
import { readLog } from '../../src/store/log-file.ts';
import { metricFile } from '../../src/store/log-names.ts';
import { readMetrics } from '../../src/store/metric-log.ts';
import { Records } from '../../src/store/records.ts';
import { Random } from '../store/random.ts';
import { type Command, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Where in its life a process is killed: so long after a line of its output, or after its start. */
interface Moment {
  readonly after: RegExp | undefined;
  readonly milliseconds: number;
}

const seed = Number(process.env.SM_LOCAL_TEST_SEED ?? 20_261_124);

/** So many that each event in a life is met once, and as many moments between them; more in `npm run test:all`. */
const kills = process.env.SM_LOCAL_TEST_ALL === undefined ? { jobs: 12, endpoints: 8 } : { jobs: 20, endpoints: 12 };

describe(`a process that is killed at any moment (seed ${seed})`, function () {
  this.timeout(180_000);
  withLeftoverCheck();
  let place: TemporaryDirectory;
  before(() => fixtureImage('counts'));
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const at = (): { home: string; cwd: string } => ({ home: join(place.path, 'home'), cwd: place.path });

  async function killAt(command: Command, { after, milliseconds }: Moment): Promise<void> {
    if (after) await command.until(after).catch(() => {}); // it ended before it printed that: then there is nobody to kill
    await sleep(milliseconds);
    command.signal('SIGKILL');
    await command.ended;
  }

  /** Every case on its own would take its time; so many at once keep two cores busy. */
  async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
    const queue = items.entries();
    const worker = async (): Promise<void> => {
      for (const [index, item] of queue) await work(item, index);
    };
    await Promise.all(Array.from({ length: 5 }, worker));
  }

  /** A half of them spread over the whole life, the other half close to what happens in it. */
  const moments = (count: number, life: number, events: readonly RegExp[], random: Random): readonly Moment[] =>
    Array.from({ length: count }, (_, index) =>
      index % 2 === 0
        ? { after: undefined, milliseconds: random.below(life) }
        : { after: events[(index >> 1) % events.length], milliseconds: random.below(30) },
    );

  it('leaves jobs that end as they would have: status, every line once, archives, nothing left', async () => {
    const random = new Random(seed);
    const events = [/"secondaryStatus":"Starting"/, /"Downloading"/, /"secondaryStatus":"Training"/, /out 20/, /count=40/, /"Uploading"/];
    const cases = moments(kills.jobs, 2500, events, random);
    const told: string[] = [];
    const clean = async (): Promise<void> => {
      const { code, out, err } = await runCommand(['clean'], at());
      assert.equal(code, 0, out + err);
      told.push(...err.split('\n'));
    };
    await inParallel(cases, async (moment, index) => {
      const metrics = ['--metric', 'line=^out ([0-9]+)', '--metric', 'count=count=([0-9]+);'];
      const args = ['train', fixtureTag('counts'), '--name', `job-${index}`, ...metrics, '--json'];
      await killAt(startCommand([...args, '--workspace', index % 3 === 0 ? 'archive' : 'bind'], at()), moment);
      await clean();
    });
    await clean();

    const home = await openHome(at().home);
    const { records, broken } = await new Records<TrainingRecord>(home, 'training-job').list();
    assert.deepEqual(broken, []);
    assert.ok(records.length >= cases.length / 2, `only ${records.length} of ${cases.length} jobs came to be`);
    for (const { name, value } of records) {
      const fate = told.filter((line) => line.split(/[ :]/).includes(name)).join('\n');
      const said = `${name}, killed ${JSON.stringify({ ...cases[Number(name.slice(4))] })}: ${value.failureReason ?? ''}\n${fate}`;
      assert.equal(value.status, 'Completed', said);
      assert.deepEqual(await linesOf(value.files.logs['algo-1'] ?? ''), expectedLines, said);
      assert.deepEqual(
        value.metrics.map((metric) => `${metric.name}=${metric.value}`),
        ['line=39', 'count=40'],
        said,
      );
      assert.deepEqual(await metricsOf(home, name), [...Array.from({ length: 40 }, (_, index) => `line=${index}`), 'count=40'], said);
      assert.equal(firstFile(value.files.model), '40\n', said);
      assert.equal(firstFile(value.files.output), '40\n', said);
    }
    await assertNothingLeft();
  });

  it('leaves endpoints that are ended as by Ctrl-C: SIGTERM, every line once, nothing left', async () => {
    const random = new Random(seed + 1);
    const events = [/"status":"Creating"/, /"what":"started"/, /"status":"InService"/, /out 10/];
    const cases = moments(kills.endpoints, 2500, events, random);
    await inParallel(cases, async (moment, index) => {
      const args = ['serve', fixtureTag('counts'), '--name', `endpoint-${index}`, '--port', '0', '--limit', 'stop-grace=3s', '--json'];
      await killAt(startCommand(args, at()), moment);
      const cleaned = await runCommand(['clean', '--json'], at());
      assert.equal(cleaned.code, 0, cleaned.out + cleaned.err);
    });
    await runCommand(['clean'], at());

    const home = await openHome(at().home);
    assert.deepEqual(await new Records(home, 'endpoint').list(), { records: [], broken: [] });
    let ended = 0;
    for (const path of await logsBelow(join(home.logs, 'endpoints'))) {
      const lines = (await linesOf(path)).stdout;
      if (lines.length === 0) continue; // killed before its container ran
      // Process 1 of a container does not hear a SIGTERM that comes before it listens for one; then SIGKILL ends it without a "bye".
      const counted = lines.at(-1) === 'bye' ? lines.slice(0, -1) : lines;
      assert.deepEqual(
        counted,
        counted.map((_, index) => `out ${index}`),
        path,
      );
      if (lines.at(-1) === 'bye') ended += 1;
    }
    assert.ok(ended >= cases.length / 4, `only ${ended} of ${cases.length} heard SIGTERM`);
    await assertNothingLeft();
  });

  it('leaves jobs to other commands too, beside their own work', async () => {
    const killed = startCommand(['train', fixtureTag('counts'), '--name', 'first', '--json'], at());
    await killAt(killed, { after: /out 5/, milliseconds: 0 });
    const next = await runCommand(['train', fixtureTag('counts'), '--name', 'second'], at());
    assert.equal(next.code, 0, next.err);
    assert.match(next.err, /training-job first has lost its process; this one goes on with it/);
    assert.match(next.err, /training-job first is Completed/);
    const described = await runCommand(['describe', 'first'], at());
    assert.equal(JSON.parse(described.out).TrainingJobStatus, 'Completed');
    await assertNothingLeft();
  });

  it('leaves to the next command what a job that is over had in the engine', async () => {
    const image = fixtureTag('counts');
    const killed = startCommand(['train', image, '--name', 'first', '--instance-count', '2', '--json'], at());
    await killed.until(/out 5/);
    const labels = labelsOf(at().home);
    await killed.until(/"secondaryStatus":"Completed"/);
    const records = new Records<TrainingRecord>(await openHome(at().home), 'training-job');
    while ((await records.list()).records.some(({ value }) => value.status !== 'Completed')) await sleep(2); // its network takes longer to be removed
    await killAt(killed, { after: undefined, milliseconds: 0 });
    // What it had may just have gone; one more of it has not.
    execFileSync('docker', ['create', ...Object.entries(labels).flatMap((label) => ['--label', label.join('=')]), image]);
    const next = await runCommand(['train', image, '--name', 'second'], at());
    assert.equal(next.code, 0, next.err);
    await assertNothingLeft();
  });

  it('is followed by one heir when many look at once', async () => {
    const killed = startCommand(['train', fixtureTag('counts'), '--name', 'job', '--json'], at());
    await killAt(killed, { after: /out 5/, milliseconds: 0 });
    const cleaned = await Promise.all(Array.from({ length: 6 }, () => runCommand(['clean', '--json'], at())));
    const finished = cleaned.flatMap(({ out }) => JSON.parse(out.trim().split('\n').at(-1) ?? '').finished);
    assert.deepEqual(finished, [{ kind: 'training-job', name: 'job', status: 'Completed' }]);
    await assertNothingLeft();
  });

  async function assertNothingLeft(): Promise<void> {
    assert.deepEqual(await leftOf(at().home), []);
    assert.deepEqual(await readdir(join(at().home, 'tmp')), []);
  }
});

const expectedLines = {
  stdout: [...Array.from({ length: 40 }, (_, index) => `out ${index}`), 'count=40;', 'last'],
  stderr: Array.from({ length: 40 }, (_, index) => `err ${index}`),
};

async function linesOf(path: string): Promise<{ stdout: string[]; stderr: string[] }> {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  for await (const { stream, message } of readLog(path)) lines[stream].push(message);
  return lines;
}

/** Every data point, in order. */
async function metricsOf({ logs }: Home, job: string): Promise<string[]> {
  const points: string[] = [];
  for await (const some of readMetrics(metricFile(logs, 'training-jobs', job)))
    points.push(...some.map(({ name, value }) => `${name}=${value}`));
  return points;
}

/** The content of the only file in an archive, as tar reads it. */
/** Of a container of the home. */
function labelsOf(home: string): Record<string, string> {
  const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();
  const [id = ''] = docker(
    'ps',
    '--quiet',
    '--filter',
    `label=sm-local.home=${home}`,
    '--filter',
    'label=sm-local.kind=training-job',
  ).split('\n');
  return JSON.parse(docker('inspect', '--format', '{{json .Config.Labels}}', id));
}

const firstFile = (archive: string | undefined): string => execFileSync('tar', ['xzOf', archive ?? '', 'count'], { encoding: 'utf8' });

async function logsBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
