import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { credentialsVariables } from './contract/container-credentials.ts';
import type { Grant } from './credentials/credentials.ts';
import type { KeptCredentials } from './credentials/kept.ts';
import type { Emulator } from './emulator.ts';
import { reasonOf } from './errors.ts';
import type { JobObserver } from './jobs/events.ts';
import { type TrainingPlan, withCredentials } from './jobs/plan.ts';
import type { TrainingRecord } from './jobs/record.ts';
import type { StopSignals } from './jobs/stop.ts';

/** What the credentials of a training job are worked out from. */
type Job = Pick<TrainingRecord, 'request' | 'imageId'>;

/** Credentials for the containers of a job; those that it was given before, with `kept`. Errors: as `Credentials.grant`. */
export async function grantTraining(
  emulator: Emulator,
  { request, imageId }: Job,
  observer: JobObserver,
  signal: AbortSignal,
  kept?: KeptCredentials,
): Promise<Grant> {
  const name = request.TrainingJobName ?? '';
  const wanted = {
    name,
    isolated: isIsolated(request),
    roleArn: request.RoleArn ?? '',
    metadata: { Name: name, Image: request.AlgorithmSpecification?.TrainingImage ?? '', ImageID: imageId },
    choice: kept?.choice ?? emulator.credentialsChoice,
    ...(kept?.issued && { issued: kept.issued }),
    warn: (message: string) => observer.event({ event: 'warning', message }),
  };
  return await (await emulator.credentials).grant(wanted, signal);
}

/** The plan with what leads its containers to their credentials. */
export function planWithCredentials(plan: TrainingPlan, { place }: Grant): TrainingPlan {
  const { request } = plan;
  const reader = { kind: 'training-job', isolated: isIsolated(request), environment: request.Environment ?? {} } as const;
  return withCredentials(plan, credentialsVariables(place, reader));
}

/**
 * For a job of another process. Its containers may run already, and then it is told what they cannot have any more, and the job goes on; one
 * that begins again needs the error.
 */
export async function grantAgain(
  emulator: Emulator,
  record: TrainingRecord,
  observer: JobObserver,
  { leave }: StopSignals,
): Promise<Grant | Error> {
  const kept = record.run.credentials;
  const lose = (why: string): void =>
    observer.event({ event: 'warning', message: `The containers of ${record.name} have lost their credentials: ${why}` });
  try {
    const grant = await grantTraining(emulator, record, observer, leave ?? new AbortController().signal, kept);
    if (kept?.source === 'network' && grant.kept.why !== undefined) lose(grant.kept.why);
    return grant;
  } catch (error) {
    if (leave?.aborted !== true) lose(reasonOf(error));
    return error as Error;
  }
}

const isIsolated = (request: CreateTrainingJobRequest): boolean => request.EnableNetworkIsolation ?? false;
