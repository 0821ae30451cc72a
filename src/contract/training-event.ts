import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';

/** An event as EventBridge hands it to its targets. */
export interface TrainingStateChange {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'SageMaker Training Job State Change';
  readonly source: 'aws.sagemaker';
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  /** DescribeTrainingJob's answer, times in milliseconds since 1970. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What is sent at each change of a job's status. Source: Amazon EventBridge events reference, "SageMaker Training Job State Change". */
export const trainingStateChange = (
  description: DescribeTrainingJobResponse,
  { id, time, region, account }: { readonly id: string; readonly time: Date; readonly region: string; readonly account: string },
): TrainingStateChange => ({
  version: '0',
  id,
  'detail-type': 'SageMaker Training Job State Change',
  source: 'aws.sagemaker',
  account,
  time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
  region,
  resources: [description.TrainingJobArn ?? ''],
  detail: withEpochs(description) as Record<string, unknown>,
});

function withEpochs(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(withEpochs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, withEpochs(content)]));
}
