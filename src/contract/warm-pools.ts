import type { CreateTrainingJobRequest, WarmPoolStatus } from '@aws-sdk/client-sagemaker';

/** Seconds for which a chain of jobs may keep a pool: 28 days. Source: "SageMaker Managed Warm Pools" (an older guide says 7). */
export const longestChain = 28 * 86_400;

/** Seconds for which the instances are kept after the job; 0 for a job without a pool. */
export const keepAlive = ({ ResourceConfig }: CreateTrainingJobRequest): number => ResourceConfig?.KeepAlivePeriodInSeconds ?? 0;

/**
 * A text that is the same for two jobs of which the second may run on what the first has kept warm; undefined for a job that cannot.
 * Source: "SageMaker Managed Warm Pools", which names these members.
 */
export function poolKey(request: CreateTrainingJobRequest): string | undefined {
  const { InstanceCount, InstanceType, InstanceGroups, VolumeKmsKeyId, VolumeSizeInGB } = request.ResourceConfig ?? {};
  if (InstanceGroups?.length || request.EnableManagedSpotTraining) return undefined;
  const { SecurityGroupIds = [], Subnets = [] } = request.VpcConfig ?? {};
  return JSON.stringify([
    ...[request.RoleArn, InstanceCount, InstanceType, VolumeKmsKeyId, VolumeSizeInGB],
    ...[[...SecurityGroupIds].sort(), [...Subnets].sort()],
    ...[request.EnableInterContainerTrafficEncryption ?? false, request.EnableNetworkIsolation ?? false],
    request.SessionChainingConfig?.EnableSessionTagChaining ?? false,
  ]);
}

/** What a job has kept warm. Times are ISO 8601. */
export interface KeptPool {
  readonly since: string;
  readonly until: string;
  readonly reused?: { readonly by: string; readonly time: string };
}

/** Whether a job keeps its pool: after a fault of the platform it does not. */
export const isKept = (request: CreateTrainingJobRequest, failureReason: string | undefined): boolean =>
  keepAlive(request) > 0 && !/^(InternalServerError|CapacityError)/.test(failureReason ?? '');

/** The status of a job's pool: of one that is over, and has kept it or not; of one that runs on the pool of another. */
export function poolStatus(pool: KeptPool | undefined, now: Date): WarmPoolStatus {
  if (!pool) return { Status: 'Terminated' };
  const { since, until, reused } = pool;
  const retained = (end: string): number => Math.max(0, Math.round((Date.parse(end) - Date.parse(since)) / 1000));
  if (reused) return { Status: 'Reused', ResourceRetainedBillableTimeInSeconds: retained(reused.time), ReusedByJob: reused.by };
  if (now.toISOString() < until) return { Status: 'Available' };
  return { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: retained(until) };
}

/** A pool that a job has taken. */
export interface TakenPool {
  /** The job that kept it. */
  readonly job: string;
  readonly chain: string;
}
