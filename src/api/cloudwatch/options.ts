import type { MetricAlarm } from '../../contract/metric-alarm.ts';
import type { Account } from '../../contract/names.ts';
import type { MetricAlarms } from '../../hosting/metric-alarms.ts';
import type { CustomMetrics } from './custom-metrics.ts';
import type { MetricSource } from './metric-source.ts';

export interface CloudWatchOptions {
  /** What there are metrics of, beside those that people put. */
  readonly sources: readonly MetricSource[];
  /** The alarms of an account in a region, which deployments there may name. */
  readonly alarms: (caller: Account) => MetricAlarms;
  /** Keeps the definition of an alarm beyond this process, or forgets it. */
  readonly keepAlarm?: (caller: Account, name: string, definition: MetricAlarm | undefined) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of what is taken and has no effect here. */
  readonly onWarning?: (message: string) => void;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** What an operation has. */
export interface CloudWatchContext extends Required<Omit<CloudWatchOptions, 'onFailure'>> {
  /** Also among `sources`. */
  readonly custom: CustomMetrics;
}
