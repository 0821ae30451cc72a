import type { CreateTrainingJobRequest, UpdateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { isTrainingOver, stopRefused } from '../contract/status.ts';
import { poolStatus } from '../contract/warm-pools.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { keepPoolUntil } from '../jobs/warm-pools.ts';

/**
 * What UpdateTrainingJob changes. A running job is changed by the process that runs it, which has to be this one: `job`. When the service refuses
 * is from the API Reference, in words of ours. Errors: InvalidRequest, DiskTrouble.
 */
export async function updateTraining(
  emulator: Emulator,
  record: TrainingRecord,
  request: UpdateTrainingJobRequest,
  job: RunningJob | undefined,
): Promise<void> {
  const { status, secondaryStatus, name } = record;
  if (isTrainingOver(status)) return await updatePool(emulator, record, request);
  if (request.RemoteDebugConfig && secondaryStatus !== 'Downloading' && secondaryStatus !== 'Training') {
    const message = `RemoteDebugConfig cannot be updated because the secondary status of the training job is ${secondaryStatus}.`;
    throw fail('InvalidRequest', { message, remedy: 'It can while that is Downloading or Training.' });
  }
  if (!job) {
    const message = `The training job ${name} is run by another process, such as sm-local train, and cannot be updated from here.`;
    throw fail('InvalidRequest', { message, remedy: 'Update jobs that were created through this API.' });
  }
  job.changeRequest(updated(job.record.request, request));
  await job.safe();
}

/** Of a job that is over only its warm pool is left. Source: API Reference, UpdateTrainingJob; "SageMaker Managed Warm Pools". */
async function updatePool({ home, trainingJobs, now }: Emulator, record: TrainingRecord, request: UpdateTrainingJobRequest): Promise<void> {
  const { warmPool, status, name } = record;
  const { ResourceConfig, TrainingJobName: _name, ...others } = request;
  const isAvailable = warmPool && poolStatus(warmPool, now()).Status === 'Available';
  if (!ResourceConfig || !isAvailable || Object.keys(others).length > 0) {
    throw fail('InvalidRequest', {
      message: stopRefused(status),
      remedy: 'Of a job that is over only a warm pool that is Available can be changed.',
    });
  }
  const { KeepAlivePeriodInSeconds = 0 } = ResourceConfig;
  const until = new Date(Date.parse(warmPool.since) + KeepAlivePeriodInSeconds * 1000).toISOString();
  const changed = { ...record, request: updated(record.request, request), modifiedTime: now().toISOString() };
  await trainingJobs.update(name, { ...changed, warmPool: { ...warmPool, until } });
  await keepPoolUntil(home.pools, name, until);
}

const updated = (before: CreateTrainingJobRequest, { ProfilerConfig, ...changes }: UpdateTrainingJobRequest): CreateTrainingJobRequest => ({
  ...before,
  ...(ProfilerConfig && { ProfilerConfig: { ...before.ProfilerConfig, ...ProfilerConfig } }),
  ...(changes.ProfilerRuleConfigurations && { ProfilerRuleConfigurations: changes.ProfilerRuleConfigurations }),
  ...(changes.RemoteDebugConfig && { RemoteDebugConfig: { ...before.RemoteDebugConfig, ...changes.RemoteDebugConfig } }),
  ...(changes.ResourceConfig && {
    ResourceConfig: { ...before.ResourceConfig, ...changes.ResourceConfig } as CreateTrainingJobRequest['ResourceConfig'],
  }),
});
