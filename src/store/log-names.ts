import { dirname, join } from 'node:path';

/**
 * Where the lines of a log stream are. Streams are named as CloudWatch Logs names them; the files below home's `logs` have the same names,
 * with the kind of thing instead of the group's beginning. Source: "Log groups and streams that Amazon SageMaker AI sends to Amazon
 * CloudWatch Logs", and observed jobs (contract training §9).
 */

/** The group that holds the streams of all jobs of a kind -> their directory. */
const jobGroups: Readonly<Record<string, string>> = {
  '/aws/sagemaker/TrainingJobs': 'training-jobs',
  '/aws/sagemaker/ProcessingJobs': 'processing-jobs',
  '/aws/sagemaker/TransformJobs': 'transform-jobs',
};

/** Each endpoint has a group of its own. */
const endpointGroup = '/aws/sagemaker/Endpoints/';
const endpoints = 'endpoints';

const suffix = '.log';

/** The log of one host: stream `<job>/<host>-<epoch seconds>`, with the same second for all hosts of a job. */
export const jobLogFile = (logs: string, kind: 'training-jobs', job: string, host: string, begun: Date): string =>
  join(logs, kind, job, `${host}-${Math.floor(begun.getTime() / 1000)}${suffix}`);

/** The log of one instance: stream `<variant>/<instance>`. */
export const instanceLogFile = (logs: string, endpoint: string, variant: string, instance: string): string =>
  join(logs, endpoints, endpoint, variant, `${instance}${suffix}`);

/** The data points of a job; they go with its logs. */
export const metricFile = (logs: string, kind: 'training-jobs', job: string): string => join(logs, kind, job, metricsName);

/** Each job has a directory of its own in it. */
export const jobsDirectory = (logs: string, kind: 'training-jobs'): string => join(logs, kind);

/** What the machine of a job's hosts was asked each minute. */
export const instanceMetricsBeside = (log: string): string => join(dirname(log), machineMetricsName);

/** What the machine of a job's hosts was asked, where the job is known by its name. */
export const machineMetricsFile = (logs: string, kind: 'training-jobs', job: string): string => join(logs, kind, job, machineMetricsName);

const machineMetricsName = 'instance-metrics.jsonl';

/** Where those of a job are, one of whose logs this is. */
export const metricsBeside = (log: string): string => join(dirname(log), metricsName);

const metricsName = 'metrics.points';

/** The directory of a group's streams, relative to `logs`: a directory for each job or variant, and in it a file for each stream. */
export function groupDirectory(group: string): string | undefined {
  if (Object.hasOwn(jobGroups, group)) return jobGroups[group];
  const endpoint = group.startsWith(endpointGroup) ? group.slice(endpointGroup.length) : '';
  return isName(endpoint) ? join(endpoints, endpoint) : undefined;
}

/** The group whose streams are there. `directory`: as `groupDirectory` returns it, with `/`. */
export function groupOf(directory: string): string | undefined {
  const [kind, endpoint, ...rest] = directory.split('/');
  if (kind === endpoints && endpoint !== undefined && rest.length === 0 && isName(endpoint)) return endpointGroup + endpoint;
  return endpoint === undefined ? Object.keys(jobGroups).find((group) => jobGroups[group] === kind) : undefined;
}

/** The end of a stream's name, in a file name. Undefined for a file that is no stream. */
export const streamEnd = (file: string): string | undefined =>
  file.endsWith(suffix) && isName(file) ? file.slice(0, -suffix.length) : undefined;

/** Logs that were begun before home had format 3 lack the second, which is known by their first line. */
export const isWithoutSecond = (group: string, end: string): boolean => Object.hasOwn(jobGroups, group) && !/-\d{9,}$/.test(end);

/** Whether it can be a part of the name of a group or a stream, and so leads nowhere else as a path. */
export const isName = (part: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(part);
