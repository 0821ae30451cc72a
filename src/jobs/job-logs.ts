import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { metricExtractor } from '../contract/metrics.ts';
import { reasonOf } from '../errors.ts';
import { LogFile } from '../store/log-file.ts';
import type { RunningJob } from './running-job.ts';
import type { TrainingDeps } from './training.ts';

/** A log a host. Disposing them ends them: one that the disk did not take whole is told of, and is no reason to lose what the job has done. */
export interface JobLogs extends AsyncDisposable {
  of(host: string): LogFile;
}

export async function openLogs(hosts: readonly string[], job: RunningJob, deps: TrainingDeps): Promise<JobLogs> {
  const logs = new Map<string, LogFile>();
  for (const host of hosts) logs.set(host, await openLog(host, job, deps));
  return {
    of: (host) => logs.get(host) as LogFile,
    async [Symbol.asyncDispose]() {
      for (const log of logs.values()) await log.close().catch((error: unknown) => job.warn(`The log is not whole: ${reasonOf(error)}`));
    },
  };
}

/** The host's log, new or as another process left it, with the metrics in it. */
async function openLog(host: string, job: RunningJob, deps: TrainingDeps): Promise<LogFile> {
  const path = job.record.files.logs[host] ?? join(deps.logs, 'training-jobs', job.record.name, `${host}.log`);
  await mkdir(dirname(path), { recursive: true });
  const log = await LogFile.create(path);
  const extract = metricExtractor(job.record.request.AlgorithmSpecification?.MetricDefinitions ?? []);
  log.onLine(({ time, message }) => {
    for (const { name, value } of extract(message)) {
      job.metric(name, value, new Date(time));
      job.observer.event({ event: 'metric', name, value, host });
    }
  });
  job.keepLog(host, path);
  job.observer.log(host, log);
  return log;
}
