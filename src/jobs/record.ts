import type {
  CreateTrainingJobRequest,
  DescribeTrainingJobResponse,
  SecondaryStatus,
  SecondaryStatusTransition,
  TrainingJobStatus,
  TrainingJobSummary,
} from '@aws-sdk/client-sagemaker';
import { advanceTraining, isTrainingOver, secondaryStatusMessage } from '../contract/status.ts';
import { type DescribedTraining, trainingDescription } from '../contract/training-description.ts';
import { type KeptPool, keepAlive, poolStatus, type TakenPool } from '../contract/warm-pools.ts';
import type { KeptCredentials } from '../credentials/kept.ts';
import type { Labels } from '../engine/engine.ts';
import type { Cut } from './cut.ts';
import type { JobFiles } from './events.ts';
import type { HostOutcome } from './host.ts';
import type { TrainingOptions } from './plan.ts';
import type { WorkspaceStrategy } from './workspace.ts';

export { modelUri } from '../contract/training-description.ts';

/** What is kept of a training job: enough to describe it, to serve its model, and to finish it from another process. */
export interface TrainingRecord {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTrainingJobRequest;
  /** Absent as long as the image was not found: until then there is nothing of the job but its record. */
  readonly imageId?: string;
  /** Id of the process that runs it. */
  readonly owner: string;
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly transitions: readonly Transition[];
  /** ISO 8601, as all times here. */
  readonly creationTime: string;
  readonly startTime?: string;
  /** When it was over, whatever its outcome. */
  readonly endTime?: string;
  /** When something last changed that Describe shows. */
  readonly modifiedTime?: string;
  readonly failureReason?: string;
  /** When the failure was noticed, where that was before the end: what there was is still uploaded. */
  readonly failureTime?: string;
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly time: string }[];
  readonly files: JobFiles;
  /** What its program could tell from the cloud; sentences. */
  readonly deviations?: readonly string[];
  /** What it has kept warm for the next job. */
  readonly warmPool?: KeptPool;
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
  /** The S3 elsewhere that its s3:// addresses lead to; the objects of the home when absent. */
  readonly s3Endpoint?: string;
  /** What its containers find; absent in records of older versions. */
  readonly credentials?: KeptCredentials;
  /** How often the job was interrupted, and how often it was tried again after a fault of the platform. */
  readonly interruptions?: number;
  readonly retries?: number;
  /** The job whose pool it runs on. */
  readonly warmFrom?: TakenPool;
  /** Why SIGTERM was sent in this attempt, and when. */
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
    modifiedTime: time,
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
    modifiedTime: time,
    // The start on the instances is the start of the download, of the first one where there are several. Source: contract §2.7.
    ...(secondaryStatus === 'Downloading' && { startTime: record.startTime ?? time }),
    ...(isFinal && { endTime: record.endTime ?? time }),
  };
}

/** The record with another message for the status it is in. */
export function say(record: TrainingRecord, message: string, now: Date): TrainingRecord {
  const { transitions } = record;
  const last = transitions.at(-1);
  if (!last) return record;
  return { ...record, transitions: [...transitions.slice(0, -1), { ...last, message }], modifiedTime: now.toISOString() };
}

/** DescribeTrainingJob's answer. */
export function describeTraining(record: TrainingRecord, now = new Date()): DescribeTrainingJobResponse {
  const { arn, request, status, secondaryStatus, failureReason, startTime } = record;
  const endTime = record.failureTime ?? record.endTime;
  const isOver = isTrainingOver(status);
  return trainingDescription({
    arn,
    request,
    status,
    secondaryStatus,
    transitions: record.transitions.map(toTransition),
    creationTime: new Date(record.creationTime),
    ...(startTime !== undefined && { startTime: new Date(startTime) }),
    ...(isOver && endTime !== undefined && { endTime: new Date(endTime) }),
    modifiedTime: modifiedTimeOf(record),
    ...(failureReason !== undefined && { failureReason }),
    metrics: record.metrics.map(({ time, ...metric }) => ({ ...metric, time: new Date(time) })),
    ...warmPoolOf(record, isOver, now),
  });
}

/** What ListTrainingJobs says of a job. */
export function summarizeTraining(record: TrainingRecord, now = new Date()): TrainingJobSummary {
  const { startTime, failureTime, status } = record;
  const endTime = startTime === undefined ? undefined : (failureTime ?? record.endTime);
  const isOver = isTrainingOver(status);
  const { warmPool } = warmPoolOf(record, isOver, now);
  return {
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    CreationTime: new Date(record.creationTime),
    ...(isOver && endTime !== undefined && { TrainingEndTime: new Date(endTime) }),
    LastModifiedTime: modifiedTimeOf(record),
    TrainingJobStatus: status,
    SecondaryStatus: record.secondaryStatus,
    ...(warmPool && { WarmPoolStatus: warmPool }),
  };
}

/** When something last changed that Describe shows. */
export const modifiedTimeOf = ({ modifiedTime, transitions, creationTime }: TrainingRecord): Date =>
  new Date(modifiedTime ?? transitions.at(-1)?.startTime ?? creationTime);

/** Of a job that keeps a pool, or runs on one. */
function warmPoolOf({ request, run, warmPool }: TrainingRecord, isOver: boolean, now: Date): Pick<DescribedTraining, 'warmPool'> {
  if (isOver) return warmPool || keepAlive(request) > 0 ? { warmPool: poolStatus(warmPool, now) } : {};
  return run?.warmFrom ? { warmPool: { Status: 'InUse' } } : {};
}

const toTransition = ({ status, startTime, endTime, message }: Transition): SecondaryStatusTransition => ({
  Status: status,
  StartTime: new Date(startTime),
  ...(endTime && { EndTime: new Date(endTime) }),
  StatusMessage: message,
});

/** The labels of what the job has in the engine. */
export const labelsOf = ({ name, run }: TrainingRecord): Labels => ({
  'sm-local.kind': 'training-job',
  'sm-local.name': name,
  'sm-local.owner': run.label,
});
