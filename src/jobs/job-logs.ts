import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LogFile } from '../store/log-file.ts';
import { jobLogFile } from '../store/log-names.ts';
import { JobMetrics } from './metrics.ts';
import type { RunningJob } from './running-job.ts';
import type { TrainingDeps } from './training.ts';

/** A log a host, and the metrics in them. */
export interface JobLogs extends AsyncDisposable {
  of(host: string): LogFile;
  /** Settles when all metrics have been read. Errors: DiskTrouble, when one of the logs, or the metrics, are not whole. */
  close(): Promise<void>;
}

export async function openLogs(hosts: readonly string[], job: RunningJob, deps: TrainingDeps): Promise<JobLogs> {
  const metrics = await JobMetrics.open(job, deps.logs);
  const logs = new Map<string, LogFile>();
  for (const host of hosts) {
    const log = await openLog(host, job, deps);
    logs.set(host, log);
    metrics.follow(host, log);
  }
  const closeLogs = async (): Promise<void> => {
    for (const log of logs.values()) await log.close();
  };
  return {
    of: (host) => logs.get(host) as LogFile,
    async close() {
      await closeLogs();
      await metrics.close();
    },
    async [Symbol.asyncDispose]() {
      await closeLogs();
      await metrics[Symbol.asyncDispose]();
    },
  };
}

/** The host's log, new or as another process left it. */
async function openLog(host: string, job: RunningJob, deps: TrainingDeps): Promise<LogFile> {
  const { name, creationTime, files } = job.record;
  const path = files.logs[host] ?? jobLogFile(deps.logs, 'training-jobs', name, host, new Date(creationTime));
  await mkdir(dirname(path), { recursive: true });
  const log = await LogFile.create(path);
  job.keepLog(host, path);
  job.observer.log(host, log);
  return log;
}
