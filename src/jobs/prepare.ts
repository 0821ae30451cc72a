import { dirname } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { refusal } from '../contract/broken-rule.ts';
import { metricExtractor } from '../contract/metrics.ts';
import { trainingJobArn } from '../contract/names.ts';
import { isLocalLocation } from '../contract/rules.ts';
import { inputModeOf } from '../contract/training.ts';
import { refusedMembers } from '../contract/training-members.ts';
import { checkTrainingRules } from '../contract/training-rules.ts';
import { validateRequest } from '../contract/validation.ts';
import type { EngineDescription, Image, Labels } from '../engine/engine.ts';
import type { Proxies } from '../engine/proxies.ts';
import { fail } from '../errors.ts';
import { localPath } from '../store/location.ts';
import type { ObjectStore } from '../store/objects.ts';
import { checkWritable } from '../store/writable.ts';
import type { ChannelInput, InputMode } from './channels/input.ts';
import { readsStore, resolveChannel, type SourceOptions } from './channels/resolve.ts';
import { planTraining, type TrainingOptions, type TrainingPlan } from './plan.ts';
import { modelUri } from './record.ts';

/** Where the addresses of a request lead. */
export interface TrainingPlaces extends SourceOptions {
  readonly region: string;
  /** Where s3:// addresses lead; opened when there is one. */
  readonly objects: () => Promise<ObjectStore>;
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
  validateRequest('CreateTrainingJob', request);
  checkTrainingRules(request);
  metricExtractor(request.AlgorithmSpecification?.MetricDefinitions ?? []); // refuses an expression that is none, now and not in mid-job
  refuseUnsupported(request);
  await checkWritable(dirname(localPath(modelUri(request), 'OutputDataConfig.S3OutputPath')));
  const channels = request.InputDataConfig ?? [];
  const { region, fileSystems, manifestNames } = places;
  const sources = {
    region,
    roleArn: request.RoleArn ?? '',
    ...(fileSystems && { fileSystems }),
    ...(manifestNames && { manifestNames }),
    ...(channels.some(readsStore) && { objects: await places.objects() }),
  };
  return await Promise.all(channels.map((channel) => resolveChannel(channel, inputModeOf(request, channel) as InputMode, sources, signal)));
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
  proxies?: Proxies,
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
    shmSize: options.shmSize ?? Math.floor(engine.memory / 2),
    maxRuntime: options.maxRuntime ?? request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400,
    options,
    proxies,
  });
}

/** Never a silent fallback: what is not emulated and would change what the container sees is refused. */
function refuseUnsupported(request: CreateTrainingJobRequest): void {
  const refused = refusal(refusedMembers(request));
  if (refused) throw refused;
  if (request.OutputDataConfig?.CompressionType === 'NONE') throw unsupported('OutputDataConfig.CompressionType NONE', 'Leave it out.');
  const { S3OutputPath = '' } = request.OutputDataConfig ?? {};
  if (!isLocalLocation(S3OutputPath)) throw unsupported(`OutputDataConfig.S3OutputPath ${S3OutputPath}`, 'Name a directory with --output.');
  if (request.CheckpointConfig) throw unsupported('CheckpointConfig', 'Leave it out.');
}

const unsupported = (what: string, remedy: string): Error =>
  fail('InvalidRequest', { message: `${what} is not emulated by this version of sm-local.`, remedy });
