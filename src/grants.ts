import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Callback } from './contract/callback.ts';
import { credentialsVariables } from './contract/container-credentials.ts';
import { accountOfArn } from './contract/names.ts';
import type { Grant } from './credentials/credentials.ts';
import type { CredentialsChoice, KeptCredentials } from './credentials/kept.ts';
import type { Emulator } from './emulator.ts';
import { reasonOf } from './errors.ts';
import { type TrainingPlan, withCredentials } from './jobs/plan.ts';
import type { TrainingRecord } from './jobs/record.ts';
import type { StopSignals } from './stop.ts';

interface Observer {
  event(event: { readonly event: 'warning'; readonly message: string }): void;
}

/** Credentials for the containers of a job; those that it was given before, with `kept`. Errors: as `Credentials.grant`. */
export async function grantTraining(
  emulator: Emulator,
  { arn, request, imageId }: Pick<TrainingRecord, 'arn' | 'request' | 'imageId'>,
  observer: Observer,
  signal: AbortSignal,
  kept?: KeptCredentials,
): Promise<Grant> {
  const name = request.TrainingJobName ?? '';
  const wanted = {
    name,
    isolated: isIsolated(request),
    roleArn: request.RoleArn ?? '',
    account: accountOfArn(arn),
    metadata: { Name: name, Image: request.AlgorithmSpecification?.TrainingImage ?? '', ImageID: imageId ?? '' },
    choice: kept?.choice ?? emulator.credentialsChoice,
    ...(kept?.issued && { issued: kept.issued }),
    warn: warner(observer),
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
  observer: Observer,
  { leave }: StopSignals,
): Promise<Grant | Error> {
  const kept = record.run.credentials;
  const lose = (why: string): void => warner(observer)(`The containers of ${record.name} have lost their credentials: ${why}`);
  try {
    const grant = await grantTraining(emulator, record, observer, leave ?? new AbortController().signal, kept);
    if (kept?.source === 'network' && grant.kept.why !== undefined) lose(grant.kept.why);
    return grant;
  } catch (error) {
    if (leave?.aborted !== true) lose(reasonOf(error));
    return error as Error;
  }
}

/** Credentials for the containers of an endpoint; those that they were given before, with `kept`. Errors: as `Credentials.grant`. */
export async function grantEndpoint(
  emulator: Emulator,
  { name, image, imageId, roleArn }: { readonly name: string; readonly image: string; readonly imageId: string; readonly roleArn: string },
  observer: Observer,
  signal: AbortSignal,
  kept?: KeptCredentials,
): Promise<Grant> {
  const wanted = {
    name,
    isolated: false,
    roleArn,
    account: emulator.account,
    metadata: { Name: name, Image: image, ImageID: imageId },
    choice: kept?.choice ?? emulator.credentialsChoice,
    ...(kept?.issued && { issued: kept.issued }),
    warn: warner(observer),
  };
  return await (await emulator.credentials).grant(wanted, signal);
}

/**
 * Where containers with these credentials reach an API of this process. Not those of a real role: with its keys, code inside means AWS.
 * Errors: trouble of the engine.
 */
export const callbackFor = async (
  emulator: Emulator,
  choice: CredentialsChoice = emulator.credentialsChoice,
): Promise<Callback | undefined> => (choice.role ? undefined : await emulator.callback());

const warner =
  (observer: Observer) =>
  (message: string): void =>
    observer.event({ event: 'warning', message });

const isIsolated = (request: CreateTrainingJobRequest): boolean => request.EnableNetworkIsolation ?? false;
