import type { DescribeTrainingJobResponse, SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import type { CredentialsNews } from '../credentials/kept.ts';
import type { BuildEvent, ProgressEvent } from '../progress.ts';
import type { LogFile } from '../store/log-file.ts';

/** What a running job tells whoever watches it; the `--json` output is these objects with a time. */
export type JobEvent =
  | {
      readonly event: 'plan';
      readonly name: string;
      readonly arn: string;
      readonly image: string;
      readonly hosts: readonly string[];
      readonly credentials?: CredentialsNews;
    }
  | BuildEvent
  | {
      readonly event: 'status';
      readonly status: TrainingJobStatus;
      readonly secondaryStatus: SecondaryStatus;
      readonly message: string;
      /** Set while a stop runs: seconds until SIGKILL. */
      readonly grace?: number;
    }
  | ProgressEvent
  | { readonly event: 'note' | 'warning'; readonly message: string }
  | { readonly event: 'metric'; readonly name: string; readonly value: number; readonly host: string }
  | { readonly event: 'result'; readonly describe: DescribeTrainingJobResponse; readonly files: JobFiles };

/** Paths on the user's disk. */
export interface JobFiles {
  /** Absent when /opt/ml/model was empty. */
  readonly model?: string;
  /** Absent when /opt/ml/output/data was empty. */
  readonly output?: string;
  /** Addresses of what lies in an S3 elsewhere and not on this disk: an archive, or with `/` at its end what its files begin with. */
  readonly stored?: Readonly<Partial<Record<'model' | 'output', string>>>;
  /** What its containers left, where that could not be archived: a directory with `model` and `output`, or with one a host that holds them. */
  readonly collected?: string;
  /** Host -> its log. */
  readonly logs: Readonly<Record<string, string>>;
}

/**
 * Two ways to be told things: events, small and few, are pushed; log lines, possibly many, are handed over as a file that each watcher
 * follows at its own pace, so that a stalled one never blocks the container.
 */
export interface JobObserver {
  event(event: JobEvent): void;
  /** `from`: the position of its first line that was not handed over before; of an attempt that follows another. */
  log(host: string, log: LogFile, from: number): void;
  /** The job has another status, primary or secondary; also told of the one it has when a process begins with it. */
  changed?(description: DescribeTrainingJobResponse): void;
}
