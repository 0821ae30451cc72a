import assert from 'node:assert/strict';
import { mkdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { metricExtractor } from '../../src/contract/metrics.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { JobMetrics } from '../../src/jobs/metrics.ts';
import { newRecord } from '../../src/jobs/record.ts';
import { RunningJob } from '../../src/jobs/running-job.ts';
import { LogFile, readLog } from '../../src/store/log-file.ts';
import { metricFile } from '../../src/store/log-names.ts';
import type { DataPoint } from '../../src/store/metric-entries.ts';
import { readMetrics } from '../../src/store/metric-log.ts';
import { Random } from '../store/random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('metrics of a job', () => {
  let logs: string;
  let scope: AsyncDisposable;
  const definitions = [
    { Name: 'loss', Regex: 'loss=([0-9.e-]+)' },
    { Name: 'größe', Regex: 'größe=([0-9]+)' },
  ];

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    logs = directory.path;
    await mkdir(join(logs, 'training-jobs/job'), { recursive: true });
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const pathOf = (host: string): string => join(logs, 'training-jobs/job', `${host}.log`);
  /** A job as another process has left it. */
  function jobOf(hosts: readonly string[], metrics = definitions): { job: RunningJob; events: JobEvent[] } {
    const request: CreateTrainingJobRequest = {
      TrainingJobName: 'job',
      RoleArn: 'role',
      OutputDataConfig: { S3OutputPath: '/' },
      AlgorithmSpecification: { TrainingInputMode: 'File', TrainingImage: 'image', MetricDefinitions: metrics },
    } as CreateTrainingJobRequest;
    const run = { label: 'owner', options: { stopGrace: 1 } };
    const init = { name: 'job', arn: 'arn', request, imageId: 'image', owner: 'owner', run, now: new Date() };
    const files = { logs: Object.fromEntries(hosts.map((host) => [host, pathOf(host)])) };
    const events: JobEvent[] = [];
    const observer = { event: (event: JobEvent) => void events.push(event), log: () => undefined };
    const job = new RunningJob(
      { ...newRecord(init), files },
      { put: () => undefined, flush: async () => undefined },
      () => new Date(),
      observer,
    );
    return { job, events };
  }
  const kept = async (): Promise<DataPoint[]> => {
    const all: DataPoint[] = [];
    for await (const points of readMetrics(metricFile(logs, 'training-jobs', 'job'))) all.push(...points);
    return all;
  };
  /** What the logs say. */
  async function expected(host: string): Promise<DataPoint[]> {
    const extract = metricExtractor(definitions);
    const all: DataPoint[] = [];
    for await (const { position, time, message } of readLog(pathOf(host))) {
      extract(message, (name, value) => all.push({ name, value, host, time, position }));
    }
    return all;
  }

  it('are taken while the job runs, told, and kept to the last line', async () => {
    const { job, events } = jobOf([]);
    await using metrics = await JobMetrics.open(job, logs);
    const log = await LogFile.create(pathOf('algo-1'));
    metrics.follow('algo-1', log);
    log.append('stdout', Buffer.from('loss=0.5 größe=3\nnothing\nloss=0.25, loss=1e-3\nloss=0.'));
    log.append('stdout', Buffer.from('125'));
    await log.close();
    await metrics.close();
    assert.deepEqual(
      events.map((event) => (event.event === 'metric' ? [event.name, event.value, event.host] : [])),
      [
        ['loss', 0.5, 'algo-1'],
        ['größe', 3, 'algo-1'],
        ['loss', 0.25, 'algo-1'],
        ['loss', 0.001, 'algo-1'],
        ['loss', 0.125, 'algo-1'],
      ],
    );
    assert.deepEqual(await kept(), await expected('algo-1'));
  });

  it('cost nothing where none are defined', async () => {
    const { job } = jobOf([], []);
    await using metrics = await JobMetrics.open(job, logs);
    const log = await LogFile.create(pathOf('algo-1'));
    metrics.follow('algo-1', log);
    log.append('stdout', Buffer.from('loss=0.5\n'));
    await log.close();
    await metrics.close();
    await assert.rejects(stat(metricFile(logs, 'training-jobs', 'job')), { code: 'ENOENT' });
  });

  it('are what the logs say, whenever their writers are killed', async function () {
    this.timeout(30_000);
    const hosts = ['algo-1', 'algo-2'];
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = new Random(seed);
      for (const host of hosts) await truncate(pathOf(host)).catch(() => undefined);
      await truncate(metricFile(logs, 'training-jobs', 'job')).catch(() => undefined);
      for (let life = 0; life < 5; life += 1) {
        const { job } = jobOf(hosts);
        const metrics = await JobMetrics.open(job, logs);
        const open = await Promise.all(hosts.map((host) => LogFile.create(pathOf(host))));
        for (const [index, log] of open.entries()) {
          metrics.follow(hosts[index] ?? '', log);
          await log.resume('container');
        }
        for (let line = random.integer(300); line > 0; line -= 1) {
          random.pick(open).append('stdout', Buffer.from(random.pick(['loss=0.5 loss=2 größe=7\n', 'epoch\n', `größe=${line}\n`, 'cut'])));
        }
        for (const log of open) await log.close();
        await metrics.close();
        // As if it had been killed a little earlier: of either file the end is missing.
        for (const path of [...hosts.map(pathOf), metricFile(logs, 'training-jobs', 'job')]) {
          const { size } = await stat(path);
          if (random.below(2) < 1) await truncate(path, Math.max(0, size - random.integer(200)));
        }
      }
      const { job } = jobOf(hosts);
      const metrics = await JobMetrics.open(job, logs);
      for (const host of hosts) {
        const log = await LogFile.create(pathOf(host));
        await log.resume('container');
        await log.close();
        metrics.read(host, pathOf(host));
      }
      await metrics.close();
      const all = await kept();
      for (const host of hosts) {
        assert.deepEqual(
          all.filter((point) => point.host === host),
          await expected(host),
          `seed ${seed}`,
        );
      }
    }
  });
});
