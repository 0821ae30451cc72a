import {
  type Metric,
  type MetricDatum,
  plainDatum,
  type StatisticsQuery,
  type StatisticsRow,
  statisticsOf,
} from '../../contract/metric-data.ts';
import type { Account } from '../../contract/names.ts';
import { jobsIn, readMachinePoints } from '../../store/job-metrics.ts';
import { metricFile } from '../../store/log-names.ts';
import { lastMetrics, readMetrics } from '../../store/metric-log.ts';
import type { MetricFilter, MetricSource } from './metric-source.ts';

const Namespace = '/aws/sagemaker/TrainingJobs';

/**
 * The metrics of training jobs: what their algorithms have logged, by TrainingJobName, and what their hosts took of the machine, by Host. Sources:
 * "Monitor Amazon SageMaker AI with Amazon CloudWatch"; `TrainingJobAnalytics` of the SageMaker Python SDK.
 */
export class JobMetricSource implements MetricSource {
  readonly #logs: (caller: Account) => string;

  /** `logs`: the directory of all logs of an account in a region. */
  constructor(logs: (caller: Account) => string) {
    this.#logs = logs;
  }

  /** Errors: DiskTrouble. */
  async list(caller: Account, filter: MetricFilter): Promise<readonly Metric[]> {
    if (filter.Namespace !== undefined && filter.Namespace !== Namespace) return [];
    const logs = this.#logs(caller);
    const wanted = filter.Dimensions?.flatMap(({ Name, Value }) => (Value === undefined ? [] : jobOf({ Name, Value }))) ?? [];
    const jobs = (await jobsIn(logs)).filter((job) => wanted.every((each) => each === job));
    const found: Metric[] = [];
    for (const job of jobs) {
      const names = [...(await lastMetrics(metricFile(logs, 'training-jobs', job))).keys()];
      found.push(...names.map((name) => metricOf(name, 'TrainingJobName', job)));
      const measured = new Map<string, Metric>();
      for await (const { host, values } of readMachinePoints(logs, job))
        for (const name of Object.keys(values)) measured.set(`${host} ${name}`, metricOf(name, 'Host', host));
      found.push(...measured.values());
    }
    return found;
  }

  /** Errors: DiskTrouble. */
  async read(caller: Account, metric: Metric, query: StatisticsQuery): Promise<readonly StatisticsRow[]> {
    const [dimension, ...others] = metric.Dimensions;
    if (metric.Namespace !== Namespace || !dimension || others.length > 0) return [];
    const logs = this.#logs(caller);
    const [job] = jobOf(dimension);
    if (job === undefined || !(await jobsIn(logs)).includes(job)) return [];
    const data: MetricDatum[] = [];
    if (dimension.Name === 'TrainingJobName') {
      for await (const points of readMetrics(metricFile(logs, 'training-jobs', job)))
        for (const { name, time, value } of points) if (name === metric.MetricName) data.push(plainDatum(time, value));
    } else {
      for await (const { host, time, values } of readMachinePoints(logs, job)) {
        const value = Object.hasOwn(values, metric.MetricName) ? values[metric.MetricName] : undefined;
        if (host === dimension.Value && value !== undefined) data.push(plainDatum(time, value));
      }
    }
    return statisticsOf(data, query);
  }
}

const metricOf = (MetricName: string, Name: string, Value: string): Metric => ({ Namespace, MetricName, Dimensions: [{ Name, Value }] });

/** Which job a dimension is about, if it is about one. */
function jobOf({ Name, Value }: { readonly Name: string; readonly Value: string }): readonly string[] {
  if (Name === 'TrainingJobName') return [Value];
  return Name === 'Host' ? Value.split('/').slice(0, 1) : [];
}
