import { artifactUploadFailed, dataDownloadFailed, imageNotPulled, noCapacity, roleNotAssumed } from '../contract/failure.ts';
import type { Grant } from '../credentials/credentials.ts';
import type { Emulator } from '../emulator.ts';
import type { FileSharing } from '../engine/file-sharing.ts';
import { orAborted } from '../engine/steady.ts';
import { type ErrorCode, fail, isError, reasonOf, type SmLocalError } from '../errors.ts';
import { callbackFor, grantTraining, planWithCredentials } from '../grants.ts';
import { findOrBuildImage } from '../image.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { FreshStart } from '../jobs/fresh-start.ts';
import { shortOfInstances } from '../jobs/instance-limits.ts';
import { checkPlaces, findChannels, prepareTraining } from '../jobs/prepare.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { beginTraining } from '../jobs/training.ts';
import type { TrainingDeps } from '../jobs/training-deps.ts';
import { relay, type StopSignals } from '../stop.ts';
import { jobWorkspace, refuseUnshared, sharingOf } from '../workspace-choice.ts';
import { depsOf, type Hold, placesOf, reusePool, telling, whileRunning } from './work.ts';

export interface BeginOptions {
  readonly onJob?: TrainingDeps['onJob'];
  /** The process that wrote the record is gone: what keeps this one from beginning, such as an engine that is away, then leaves it to the next. */
  readonly isAdopted?: boolean;
}

/**
 * Runs a job of which there is its record and nothing else, as CreateTrainingJob leaves it: looks for the image and the data, plans, and sees
 * it to its end. What is wrong with them is an outcome, as in the cloud. Errors: as `train`.
 */
export async function beginRecorded(
  emulator: Emulator,
  record: TrainingRecord,
  observer: JobObserver,
  stops: StopSignals,
  { onJob, isAdopted = false }: BeginOptions = {},
): Promise<TrainingRecord> {
  const { name, run } = record;
  return await telling(emulator, run.options, observer, stops, (told) =>
    whileRunning(emulator, name, stops, async (watched, hold) => {
      const known = isAdopted ? await sharingOf(emulator, { signal: watched.stop }) : undefined;
      const begin = () => prepare(emulator, record, known, told, watched, hold);
      return await beginTraining(
        record,
        begin,
        emulator.trainingJobs.writer(name),
        { ...depsOf(emulator, record.run.s3Endpoint), onJob },
        told,
        watched,
      );
    }),
  );
}

/** Errors: PreparationFailed with the cloud's reason; the signals' reasons; trouble of the engine and the host. */
async function prepare(
  emulator: Emulator,
  record: TrainingRecord,
  known: FileSharing | undefined,
  observer: JobObserver,
  { stop, leave }: StopSignals,
  hold: Hold,
): Promise<FreshStart> {
  const givenUp = new AbortController();
  const links = [relay(stop, givenUp), ...(leave ? [relay(leave, givenUp)] : [])];
  const { signal } = givenUp;
  try {
    return await prepareUntil(signal, emulator, record, known, observer, hold);
  } catch (error) {
    givenUp.abort(); // what else is under way is not wanted any more
    throw error;
  } finally {
    for (const unlink of links) unlink();
  }
}

async function prepareUntil(
  signal: AbortSignal,
  emulator: Emulator,
  record: TrainingRecord,
  known: FileSharing | undefined,
  observer: JobObserver,
  hold: Hold,
): Promise<FreshStart> {
  const { engine } = emulator;
  const { name, request, run } = record;
  const { options } = run;
  const warn = (message: string): void => observer.event({ event: 'warning', message });
  const places = placesOf(emulator, options, run.s3Endpoint);
  const reference = request.AlgorithmSpecification?.TrainingImage ?? '';
  const found = Promise.all([
    findChannels(request, places, signal).catch(as((error) => dataDownloadFailed(error.message), isCallers)),
    findOrBuildImage(emulator, { image: { kind: 'image', reference } }, observer, signal).catch(as(imageNotPulled, isOfImage)),
    engine.describe(),
    emulator.labels(),
    callbackFor(emulator),
    checkPlaces(request, places).catch(as((error) => artifactUploadFailed(error.message), isCallers)),
  ]);
  // An engine that does not answer must not keep a job from being stopped.
  const [channels, image, description, labels, callback] = await orAborted(found, signal);
  if (options.instanceLimits) for (const message of shortOfInstances(request, description, options.gpus !== undefined)) warn(message);
  if (options.networks && request.EnableNetworkIsolation)
    warn(`${name} asks for network isolation, so it does not join the networks that jobs join here.`);
  const { proxies } = engine.settings();
  const plan = await attempt(() =>
    prepareTraining(request, channels, image, description, emulator, labels, options, { proxies, callback }),
  ).catch(as(noCapacity, (error) => error.code === 'NoGpu'));
  const sharing = known ?? (await sharingOf(emulator, { image: image.id, signal }));
  refuseUnshared(plan, sharing);
  const workspace = jobWorkspace(emulator, sharing, warn);
  const grant: Grant = await grantTraining(emulator, { arn: record.arn, request, imageId: image.id }, observer, signal).catch(
    as(
      () => roleNotAssumed(emulator.credentialsChoice.role?.arn ?? ''),
      (error) => error.code === 'RoleNotAssumed',
    ),
  );
  hold(grant);
  const scratch = await emulator.temporaryDirectory(name);
  const warmFrom = await reusePool(emulator, record, scratch.path).catch((error: unknown) => {
    warn(`No warm pool can be used: ${reasonOf(error)}`); // the job can be run without
    return undefined;
  });
  return {
    plan: planWithCredentials(plan, grant),
    run: {
      label: (await emulator.owner).id,
      workspace,
      scratch: scratch.path,
      credentials: grant.kept,
      ...(warmFrom && { warmFrom }),
    },
    sharing,
  };
}

/** Turns what the cloud has a reason for into that; everything else stays what it is, and is an internal error there. */
const as =
  (reason: (error: SmLocalError) => string, isMeant: (error: SmLocalError) => boolean) =>
  (error: unknown): never => {
    if (!isError(error) || !isMeant(error)) throw error;
    if (error.code === 'DataDownloadFailed') throw error; // has the reason already
    const message = reason(error);
    // What the cloud's own words leave out is told before the way out of it.
    const remedy = message.includes(error.message) ? error.remedy : `${error.message.replace(/\.$/, '')}. ${error.remedy}`;
    throw fail('PreparationFailed', { message, remedy }, error);
  };

const isCallers = ({ blame }: SmLocalError): boolean => blame === 'caller';

/** Also what the engine's machine, its network or the registry keeps from it: for the job it comes to the same. */
const ofImages: ReadonlySet<ErrorCode> = new Set([
  ...(['ImageNotFound', 'RegistryDenied', 'RegistryLimit', 'RegistryUnreachable', 'RegistryUntrusted'] as const),
  ...(['PullFailed', 'WrongPlatform'] as const),
]);

const isOfImage = ({ code }: SmLocalError): boolean => ofImages.has(code);

const attempt = async <T>(work: () => T): Promise<T> => work();
