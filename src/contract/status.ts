import type { EndpointStatus, SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';

/** The states of training jobs and endpoints. What is not in a table is refused. Source: API Reference, DescribeTrainingJob. */

/** A training job's two statuses in one word. */
export type TrainingPhase = `${TrainingJobStatus}/${SecondaryStatus}`;

const interruptions = ['Stopping/Stopping', 'Failed/Failed'] as const;
const limits = ['Stopped/MaxRuntimeExceeded', 'Stopped/MaxWaitTimeExceeded'] as const;

/**
 * The order of phases: API Reference; failed and stopped jobs pass through `Uploading` too (sagemaker-python-sdk issues 658 and
 * 3062). A job that ends before its container runs has nothing to upload. `Interrupted` (spot) and `Restarting` (a RetryStrategy, after
 * a fault of the platform) begin the whole sequence again.
 */
const nextPhases: Readonly<Partial<Record<TrainingPhase, readonly TrainingPhase[]>>> = {
  'InProgress/Starting': [
    'InProgress/Pending',
    'InProgress/Downloading',
    'InProgress/Training',
    'InProgress/Restarting',
    ...interruptions,
    'Stopped/MaxWaitTimeExceeded',
  ],
  'InProgress/Pending': ['InProgress/Starting', 'InProgress/Downloading', ...interruptions, 'Stopped/MaxWaitTimeExceeded'],
  'InProgress/Downloading': ['InProgress/Training', 'InProgress/Interrupted', 'InProgress/Restarting', ...interruptions, ...limits],
  'InProgress/Training': [
    'InProgress/Uploading',
    'InProgress/Updating',
    'InProgress/Interrupted',
    'InProgress/Restarting',
    ...interruptions,
  ],
  'InProgress/Updating': ['InProgress/Training', 'InProgress/Uploading', ...interruptions],
  'InProgress/Interrupted': ['InProgress/Starting', ...interruptions, ...limits],
  'InProgress/Restarting': ['InProgress/Starting', ...interruptions, ...limits],
  'InProgress/Uploading': ['Completed/Completed', 'InProgress/Interrupted', 'InProgress/Restarting', ...interruptions, ...limits],
  'Stopping/Stopping': ['Stopping/Uploading', 'Stopped/Stopped', ...limits, 'Failed/Failed'],
  'Stopping/Uploading': ['Stopped/Stopped', ...limits, 'Failed/Failed'],
};

/** The job in its next secondary status, and in the primary one that goes with it. Errors: InvalidTransition. */
export function advanceTraining<J extends { readonly status: TrainingJobStatus; readonly secondaryStatus: SecondaryStatus }>(
  job: J,
  to: SecondaryStatus,
): J {
  const status = primaryOf(to, job.status);
  const from: TrainingPhase = `${job.status}/${job.secondaryStatus}`;
  const phase: TrainingPhase = `${status}/${to}`;
  if (!nextPhases[from]?.includes(phase)) throw fail('InvalidTransition', { what: 'The training job', from, to: phase });
  return { ...job, status, secondaryStatus: to };
}

/** The primary status a secondary one belongs to. A stopping job uploads as a running one does. */
export function primaryOf(secondary: SecondaryStatus, current: TrainingJobStatus = 'InProgress'): TrainingJobStatus {
  switch (secondary) {
    case 'Completed':
    case 'Failed':
    case 'Stopping':
    case 'Stopped':
      return secondary;
    case 'MaxRuntimeExceeded':
    case 'MaxWaitTimeExceeded':
      return 'Stopped';
    case 'Uploading':
      return current;
    default:
      return 'InProgress';
  }
}

export const isTrainingOver = (status: TrainingJobStatus): boolean => status === 'Completed' || status === 'Failed' || status === 'Stopped';

/**
 * The `StatusMessage` of a secondary status; the first of several, which follow in this order while the status lasts. Sources: API
 * Reference, SecondaryStatusTransition, and published Describe responses up to 2026. `Interrupted` and the two limits: our words.
 */
export const secondaryStatusMessages: Readonly<Record<SecondaryStatus, readonly [string, ...string[]]>> = {
  Starting: ['Starting the training job', 'Preparing the instances for training'],
  Pending: ['Waiting for capacity'],
  Downloading: ['Downloading input data', 'Downloading the training image'],
  Training: ['Training image download completed. Training in progress.'],
  Updating: ['Updating the training job'],
  Uploading: ['Uploading generated training model'],
  Interrupted: ['Training job interrupted'],
  Restarting: ['Restarting the training job'],
  Stopping: ['Stopping the training job'],
  Stopped: ['Training job stopped'],
  MaxRuntimeExceeded: ['Training job runtime exceeded MaxRuntimeInSeconds provided'],
  MaxWaitTimeExceeded: ['Training job runtime exceeded MaxWaitTimeInSeconds provided'],
  Completed: ['Training job completed'],
  Failed: ['Training job failed'],
  // No longer produced, says the API Reference; a client may still know them.
  LaunchingMLInstances: ['Launching requested ML instances'],
  PreparingTrainingStack: ['Preparing the instances for training'],
  DownloadingTrainingImage: ['Downloading the training image'],
};

export const secondaryStatusMessage = (status: SecondaryStatus): string => secondaryStatusMessages[status][0];

/** The messages that still come after `current` while the status lasts; all but the first after one that is none of them. */
export const messagesAfter = (status: SecondaryStatus, current: string): readonly string[] =>
  secondaryStatusMessages[status].slice(Math.max(0, secondaryStatusMessages[status].indexOf(current)) + 1);

/** `StopTrainingJob` on a job that is over. Source: comic/grand-challenge.org, which matches the service's text. */
export const stopRefused = (status: TrainingJobStatus): string =>
  `The request was rejected because the training job is in status ${status}.`;

// --- endpoints ------------------------------------------------------------------------------------

/**
 * Source: API Reference, DescribeEndpoint. The cloud refuses to delete an endpoint that is `Creating` or updating; here it can go, because
 * a person who interrupts `sm-local serve` wants it gone.
 */
const nextEndpointStatus: Readonly<Record<EndpointStatus, readonly EndpointStatus[]>> = {
  Creating: ['InService', 'Failed', 'Deleting'],
  InService: ['Updating', 'SystemUpdating', 'OutOfService', 'Deleting'],
  Updating: ['InService', 'RollingBack', 'Failed', 'Deleting'],
  SystemUpdating: ['InService', 'Failed', 'Deleting'],
  RollingBack: ['InService', 'UpdateRollbackFailed', 'Deleting'],
  UpdateRollbackFailed: ['Updating', 'Deleting'],
  OutOfService: ['Updating', 'Deleting'],
  Failed: ['Deleting'],
  Deleting: [],
};

/** The endpoint in its next status. Errors: InvalidTransition. */
export function advanceEndpoint<E extends { readonly status: EndpointStatus }>(endpoint: E, to: EndpointStatus): E {
  if (!nextEndpointStatus[endpoint.status].includes(to)) {
    throw fail('InvalidTransition', { what: 'The endpoint', from: endpoint.status, to });
  }
  return { ...endpoint, status: to };
}

/** Whether invocations are answered; in `Creating` and `Failed` the runtime says there is no such endpoint (inferred). */
export const isServing = (status: EndpointStatus): boolean =>
  ['InService', 'Updating', 'SystemUpdating', 'RollingBack', 'UpdateRollbackFailed'].includes(status);
