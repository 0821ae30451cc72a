import type {
  CreateTrainingJobRequest,
  DescribeTrainingJobResponse,
  MetricData,
  SecondaryStatus,
  SecondaryStatusTransition,
  TrainingJobStatus,
} from '@aws-sdk/client-sagemaker';
import { advanceTraining, isTrainingOver, secondaryStatusMessage } from '../contract/status.ts';
import type { KeptCredentials } from '../credentials/kept.ts';
import type { Labels } from '../engine/engine.ts';
import type { JobFiles } from './events.ts';
import type { HostOutcome } from './host.ts';
import type { TrainingOptions } from './plan.ts';
import type { Cut } from './stop.ts';
import type { WorkspaceStrategy } from './workspace.ts';

/** What is kept of a training job: enough to describe it, to serve its model, and to finish it from another process. */
export interface TrainingRecord {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTrainingJobRequest;
  /** Image id. */
  readonly imageId: string;
  /** Id of the process that runs it. */
  readonly owner: string;
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly transitions: readonly Transition[];
  /** ISO 8601, as all times here. */
  readonly creationTime: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly failureReason?: string;
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly time: string }[];
  readonly files: JobFiles;
  readonly run: TrainingRun;
}

/** How this machine runs the job: what another process needs to go on with it. */
export interface TrainingRun {
  /** The `sm-local.owner` label of all it has in the engine: the process that made it, which need not be its owner any more. */
  readonly label: string;
  readonly options: TrainingOptions;
  readonly workspace?: WorkspaceStrategy;
  /** Its directory on the user's disk, removed when the job is over. */
  readonly scratch?: string;
  /** What its containers find; absent in records of older versions. */
  readonly credentials?: KeptCredentials;
  /** Why SIGTERM was sent, and when. */
  readonly cut?: { readonly cause: Cut; readonly time: string };
  /** Host -> how it ended; set when its results are in `scratch`. */
  readonly outcomes?: Readonly<Record<string, HostOutcome>>;
}

export interface Transition {
  readonly status: SecondaryStatus;
  readonly startTime: string;
  readonly endTime?: string;
  readonly message: string;
}

export const newRecord = (
  init: Pick<TrainingRecord, 'name' | 'arn' | 'request' | 'imageId' | 'owner' | 'run'> & { readonly now: Date },
): TrainingRecord => {
  const { now, ...rest } = init;
  const time = now.toISOString();
  return {
    ...rest,
    status: 'InProgress',
    secondaryStatus: 'Starting',
    transitions: [{ status: 'Starting', startTime: time, message: secondaryStatusMessage('Starting') }],
    creationTime: time,
    metrics: [],
    files: { logs: {} },
  };
};

/** The record in its next state. Errors: InvalidTransition. */
export function enter(record: TrainingRecord, secondaryStatus: SecondaryStatus, now: Date): TrainingRecord {
  const time = now.toISOString();
  const next = advanceTraining(record, secondaryStatus);
  const closed = record.transitions.map((transition, index) =>
    index === record.transitions.length - 1 && transition.endTime === undefined ? { ...transition, endTime: time } : transition,
  );
  const isFinal = isTrainingOver(next.status);
  const entry: Transition = { status: secondaryStatus, startTime: time, message: secondaryStatusMessage(secondaryStatus) };
  return {
    ...next,
    transitions: [...closed, isFinal ? { ...entry, endTime: time } : entry],
    // The start on the instances is the start of the download. Source: contract §2.7.
    ...(secondaryStatus === 'Downloading' && { startTime: time }),
    ...(isFinal && { endTime: record.endTime ?? time }),
  };
}

/** DescribeTrainingJob's answer. Source: contract §2.7 for the fields that are derived. */
export function describeTraining(record: TrainingRecord): DescribeTrainingJobResponse {
  const { request, startTime, endTime } = record;
  const seconds = startTime && endTime ? Math.max(1, Math.round((Date.parse(endTime) - Date.parse(startTime)) / 1000)) : undefined;
  return {
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    ModelArtifacts: { S3ModelArtifacts: modelUri(request) },
    TrainingJobStatus: record.status,
    SecondaryStatus: record.secondaryStatus,
    ...(record.failureReason !== undefined && { FailureReason: record.failureReason }),
    HyperParameters: request.HyperParameters,
    AlgorithmSpecification: request.AlgorithmSpecification,
    RoleArn: request.RoleArn,
    InputDataConfig: request.InputDataConfig,
    OutputDataConfig: request.OutputDataConfig,
    ResourceConfig: request.ResourceConfig,
    StoppingCondition: request.StoppingCondition,
    ...(request.Environment && { Environment: request.Environment }),
    CreationTime: new Date(record.creationTime),
    ...(startTime && { TrainingStartTime: new Date(startTime) }),
    ...(endTime && { TrainingEndTime: new Date(endTime) }),
    LastModifiedTime: new Date(record.transitions.at(-1)?.startTime ?? record.creationTime),
    SecondaryStatusTransitions: record.transitions.map(toTransition),
    ...(record.metrics.length > 0 && { FinalMetricDataList: record.metrics.map(toMetric) }),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ...(seconds !== undefined && { TrainingTimeInSeconds: seconds, BillableTimeInSeconds: seconds }),
  };
}

/** Promised from the first Describe on, even when there will be no object. */
export const modelUri = (request: CreateTrainingJobRequest): string =>
  `${(request.OutputDataConfig?.S3OutputPath ?? '').replace(/\/$/, '')}/${request.TrainingJobName}/output/model.tar.gz`;

const toTransition = ({ status, startTime, endTime, message }: Transition): SecondaryStatusTransition => ({
  Status: status,
  StartTime: new Date(startTime),
  ...(endTime && { EndTime: new Date(endTime) }),
  StatusMessage: message,
});

/** The service keeps values in single precision, so 0.1 reads 0.10000000149011612. */
const toMetric = ({ name, value, time }: TrainingRecord['metrics'][number]): MetricData => ({
  MetricName: name,
  Value: Math.fround(value),
  Timestamp: new Date(time),
});

/** The labels of what the job has in the engine. */
export const labelsOf = ({ name, run }: TrainingRecord): Labels => ({
  'sm-local.kind': 'training-job',
  'sm-local.name': name,
  'sm-local.owner': run.label,
});
