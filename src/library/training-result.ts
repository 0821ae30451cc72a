import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { JobFiles } from '../jobs/events.ts';

/** How a job came out. A job that failed is a result as well. */
export interface TrainingResult {
  readonly name: string;
  readonly arn: string;
  readonly status: 'Completed' | 'Failed' | 'Stopped';
  /** Also `MaxRuntimeExceeded`, `Interrupted`, … */
  readonly secondaryStatus: string;
  /** DescribeTrainingJob's, of a job that failed. */
  readonly failureReason: string | undefined;
  /** DescribeTrainingJob's answer. */
  readonly describe: DescribeTrainingJobResponse;
  /** Where the artifacts and the logs lie. */
  readonly files: JobFiles;
  /** Every data point that the metric definitions found in the logs, in the order of each host's log. */
  readonly metrics: readonly Metric[];
  /** What was warned of meanwhile. */
  readonly warnings: readonly string[];
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly host: string;
  readonly time: Date;
}
