import { posix } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { refusal } from '../contract/broken-rule.ts';
import { metricExtractor } from '../contract/metrics.ts';
import { trainingJobArn } from '../contract/names.ts';
import { checkTags } from '../contract/tags.ts';
import { inputModeOf } from '../contract/training.ts';
import { refusedMembers } from '../contract/training-members.ts';
import { checkTrainingRules } from '../contract/training-rules.ts';
import { syncedDirectories, syncMembers } from '../contract/training-syncs.ts';
import { type ValidationOptions, validateRequest } from '../contract/validation.ts';
import type { EngineDescription, Image, Labels } from '../engine/engine.ts';
import { fail } from '../errors.ts';
import type { ObjectStore } from '../store/objects.ts';
import { placeOf } from '../store/places.ts';
import type { ChannelInput, InputMode } from './channels/input.ts';
import { readsStore, resolveChannel, type SourceOptions } from './channels/resolve.ts';
import { maxRuntimeOf, type PlanContext, planTraining, type TrainingOptions, type TrainingPlan } from './plan.ts';
import { outputPlace } from './upload.ts';

/** Where the addresses of a request lead. */
export interface TrainingPlaces extends SourceOptions {
  readonly region: string;
  /** Where s3:// addresses lead; opened when there is one. */
  readonly objects: () => Promise<ObjectStore>;
  /** Channels whose data will be there when the job begins. */
  readonly promised?: readonly ChannelInput[];
}

/**
 * Refuses what AWS would refuse, in its words, and what cannot be run here, in ours; looks through the inputs and at where the archives will
 * go. Nothing is created. Errors: InvalidRequest, DiskTrouble, those of `resolveChannel`, and the signal's reason.
 */
export async function checkTraining(
  request: CreateTrainingJobRequest,
  places: TrainingPlaces,
  signal: AbortSignal,
): Promise<readonly ChannelInput[]> {
  checkTrainingRequest(request);
  await checkPlaces(request, places);
  return await findChannels(request, places, signal);
}

/** What can be said of a request without looking at anything else. Errors: InvalidRequest. */
export function checkTrainingRequest(request: CreateTrainingJobRequest, options?: ValidationOptions): void {
  validateRequest('CreateTrainingJob', request, options);
  checkTrainingRules(request);
  checkTags(request.Tags ?? []);
  metricExtractor(request.AlgorithmSpecification?.MetricDefinitions ?? []); // refuses an expression that is none, now and not in mid-job
  refuseUnsupported(request);
  for (const { kind, path } of syncedDirectories(request)) {
    const message = reserved(path);
    if (message === undefined) continue;
    throw fail('InvalidRequest', {
      message: `The local path ${path} of ${kind} ${message}.`,
      remedy: 'Choose one like /opt/ml/checkpoints.',
    });
  }
}

/** The inputs of a checked request. Errors: those of `resolveChannel`, and the signal's reason. */
export async function findChannels(
  request: CreateTrainingJobRequest,
  places: TrainingPlaces,
  signal: AbortSignal,
): Promise<readonly ChannelInput[]> {
  const channels = request.InputDataConfig ?? [];
  const { region, fileSystems, manifestNames, promised = [] } = places;
  const sources = {
    region,
    roleArn: request.RoleArn ?? '',
    ...(fileSystems && { fileSystems }),
    ...(manifestNames && { manifestNames }),
    ...(channels.some(readsStore) && { objects: await places.objects() }),
  };
  return await Promise.all(
    channels.map(
      (channel) =>
        promised.find((input) => input.channel === channel.ChannelName) ??
        resolveChannel(channel, inputModeOf(request, channel) as InputMode, sources, signal),
    ),
  );
}

/** Where results and what is synced will go. Nothing is created there yet. Errors: InvalidRequest, SourceNotSupported, NoSuchBucket, DiskTrouble. */
export async function checkPlaces(request: CreateTrainingJobRequest, { objects }: TrainingPlaces): Promise<void> {
  const output = await outputPlace({ request, name: request.TrainingJobName ?? '' }, objects);
  await output.check();
  for (const { kind, uri } of syncedDirectories(request)) {
    const place = await placeOf(uri, objects, syncMembers[kind]);
    await place.check();
  }
}

/** Why nothing can be synced from there. */
function reserved(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is not absolute';
  if (posix.normalize(path) !== path) return 'is not written in its shortest form';
  if (['/', '/opt', '/opt/ml'].includes(path)) return 'holds what the platform puts there';
  return path === '/opt/ml/input' || path.startsWith('/opt/ml/input/') ? 'is for the input of the job' : undefined;
}

/** The plan of a checked request. Errors: NoGpu. */
export function prepareTraining(
  request: CreateTrainingJobRequest,
  channels: readonly ChannelInput[],
  image: Image,
  engine: EngineDescription,
  account: { readonly region: string; readonly account: string },
  labels: Labels,
  options: TrainingOptions,
  surroundings: Pick<PlanContext, 'proxies' | 'callback'> = {},
): TrainingPlan {
  if (options.gpus !== undefined && !engine.hasGpuRuntime) {
    throw fail('NoGpu', { wanted: `--gpus ${options.gpus}`, why: 'no NVIDIA runtime is registered with it.' });
  }
  const name = request.TrainingJobName ?? '';
  return planTraining(request, {
    ...account,
    arn: trainingJobArn(account.region, account.account, name),
    image,
    channels,
    labels: { ...labels, 'sm-local.kind': 'training-job', 'sm-local.name': name },
    machine: engine,
    maxRuntime: maxRuntimeOf(request, options),
    options,
    ...surroundings,
  });
}

/** Never a silent fallback: what is not emulated and would change what the container sees is refused. */
function refuseUnsupported(request: CreateTrainingJobRequest): void {
  const refused = refusal(refusedMembers(request));
  if (refused) throw refused;
}
