import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../errors.ts';
import { LogFile } from '../store/log-file.ts';
import { jobLogFile } from '../store/log-names.ts';
import { endOfLines } from '../store/log-search.ts';
import { JobMetrics } from './metrics.ts';
import type { RunningJob } from './running-job.ts';
import type { TrainingDeps } from './training-deps.ts';

/**
 * A log a host, and the metrics in them. Disposing them ends them: what the disk did not take whole is told of, and is no reason to lose
 * what the job has done.
 */
export interface JobLogs extends AsyncDisposable {
  of(host: string): LogFile;
}

export async function openLogs(hosts: readonly string[], job: RunningJob, deps: TrainingDeps): Promise<JobLogs> {
  const metrics = await JobMetrics.open(job, deps.logs);
  const logs = new Map<string, LogFile>();
  for (const host of hosts) {
    const log = await openLog(host, job, deps);
    logs.set(host, log);
    metrics.follow(host, log);
  }
  const told = (what: string, closing: Promise<void>): Promise<void> =>
    closing.catch((error: unknown) => job.warn(`${what} not whole: ${reasonOf(error)}`));
  return {
    of: (host) => logs.get(host) as LogFile,
    async [Symbol.asyncDispose]() {
      for (const log of logs.values()) await told('The log is', log.close());
      await told('The metrics are', metrics.close());
      await metrics[Symbol.asyncDispose]();
    },
  };
}

/** The host's log, new or as another process left it. */
async function openLog(host: string, job: RunningJob, deps: TrainingDeps): Promise<LogFile> {
  const { name, creationTime, files } = job.record;
  const path = files.logs[host] ?? jobLogFile(deps.logs, 'training-jobs', name, host, new Date(creationTime));
  mkdirSync(dirname(path), { recursive: true });
  const log = await LogFile.create(path);
  job.keepLog(host, path);
  job.observer.log(host, log, job.isFollowed(host) ? await endOfLines(path) : 0);
  return log;
}
