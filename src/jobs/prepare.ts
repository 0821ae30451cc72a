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
import { checkWritable } from '../store/writable.ts';
import { type ChannelSource, localPath, resolveInput } from './inputs.ts';
import { planTraining, type TrainingOptions, type TrainingPlan } from './plan.ts';
import { modelUri } from './record.ts';

/**
 * Refuses what AWS would refuse, in its words, and what cannot be run here, in ours; looks through the inputs and at where the archives will
 * go. Nothing is created. Errors: InvalidRequest, InputNotFound, InputUnreadable, SourceNotSupported, DiskTrouble.
 */
export async function checkTraining(request: CreateTrainingJobRequest): Promise<readonly ChannelSource[]> {
  validateRequest('CreateTrainingJob', request);
  checkTrainingRules(request);
  metricExtractor(request.AlgorithmSpecification?.MetricDefinitions ?? []); // refuses an expression that is none, now and not in mid-job
  refuseUnsupported(request);
  await checkWritable(dirname(localPath(modelUri(request), 'OutputDataConfig.S3OutputPath')));
  const roleArn = request.RoleArn ?? '';
  return await Promise.all(
    (request.InputDataConfig ?? []).map((channel) => {
      const uri = channel.DataSource?.S3DataSource?.S3Uri;
      if (uri === undefined) throw unsupported('InputDataConfig.DataSource.FileSystemDataSource', 'Name a local directory instead.');
      return resolveInput(channel.ChannelName ?? '', uri, roleArn);
    }),
  );
}

/** The plan of a checked request. Errors: NoGpu. */
export function prepareTraining(
  request: CreateTrainingJobRequest,
  channels: readonly ChannelSource[],
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
  for (const channel of request.InputDataConfig ?? []) {
    const mode = inputModeOf(request, channel);
    if (mode !== 'File') throw unsupported(`Input mode ${mode} of channel "${channel.ChannelName}"`, 'Use File.');
    const source = channel.DataSource?.S3DataSource;
    if (source && source.S3DataType !== 'S3Prefix') throw unsupported(`S3DataType ${source.S3DataType}`, 'Use S3Prefix.');
    if (channel.ShuffleConfig) throw unsupported('ShuffleConfig', 'Leave it out.');
  }
  if (request.OutputDataConfig?.CompressionType === 'NONE') throw unsupported('OutputDataConfig.CompressionType NONE', 'Leave it out.');
  const { S3OutputPath = '' } = request.OutputDataConfig ?? {};
  if (!isLocalLocation(S3OutputPath)) throw unsupported(`OutputDataConfig.S3OutputPath ${S3OutputPath}`, 'Name a directory with --output.');
  if (request.CheckpointConfig) throw unsupported('CheckpointConfig', 'Leave it out.');
}

const unsupported = (what: string, remedy: string): Error =>
  fail('InvalidRequest', { message: `${what} is not emulated by this version of sm-local.`, remedy });
