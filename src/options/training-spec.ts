import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { limitsOf, parseLimits } from '../contract/limits.ts';
import { defaultName } from '../contract/names.ts';
import { parseDuration } from '../contract/quantities.ts';
import { type ImageSource, imageSource } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { checkHooks } from '../hooks/hooks.ts';
import type { TrainingSpec } from '../training-jobs/train.ts';
import { buildArguments, gpus, speedOf } from './common-flags.ts';
import { orInit } from './or-init.ts';
import { readTrainingRequest } from './request-file.ts';
import { sourceOptions } from './source-flags.ts';
import type { Surroundings } from './surroundings.ts';
import type { TrainValues } from './train-options.ts';
import { filledIn, trainingRequest } from './train-request.ts';

/** A job as its options say it, but for the source code that it may bring along. */
export interface AskedTraining {
  readonly spec: TrainingSpec;
  /** What to type to use the same image again. */
  readonly imageName: string;
  /** Members that AWS requires, that the request leaves out, and that were filled in. */
  readonly filledIn: readonly string[];
}

/**
 * What the options, and the request that they go on top of, ask for. `request`: it, where it is not in the file that the options name.
 * Errors: WrongUsage, InvalidRequest, and those of `readTrainingRequest`.
 */
export async function trainingSpec(
  image: string | undefined,
  values: TrainValues,
  { cwd, env, now }: Surroundings,
  request?: Partial<CreateTrainingJobRequest>,
): Promise<AskedTraining> {
  const file = request ?? (values.request === undefined ? undefined : await readTrainingRequest(values.request, cwd));
  const source = sourceOf(image, file, values, cwd);
  const reference = source.kind === 'image' ? source.reference : source.tag;
  const { run: maxRuntime, ...limits } = trainingLimits(values);
  const context = {
    cwd,
    name: values.name ?? file?.TrainingJobName ?? defaultName(image === '.' ? cwd : (image ?? reference), now()),
    ...(image !== undefined && { image: reference }),
    ...(maxRuntime !== undefined && { maxRuntime }),
  };
  const speed = speedOf(values.speed);
  const shuffleSeed = seed(values['shuffle-hosts']);
  const options = {
    ...(maxRuntime !== undefined && { maxRuntime }),
    ...(speed !== undefined && { speed }),
    stopGrace: limits['stop-grace'],
    cloudModes: values['cloud-modes'],
    instanceLimits: values['instance-limits'],
    ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    ...(shuffleSeed !== undefined && { shuffleSeed }),
    ...sourceOptions(values, cwd),
    ...interruptions(values),
    ...(values.hook.length > 0 && { hooks: checkHooks(values.hook) }),
  };
  return {
    spec: {
      request: await trainingRequest(values, context, file),
      image: source,
      buildArguments: buildArguments(values['build-arg'], env),
      options,
    },
    imageName: source.kind === 'image' ? source.reference : (image ?? reference),
    filledIn: file ? filledIn(file, values) : [],
  };
}

/** The image on the command line, else the one of the request. Errors: WrongUsage. */
function sourceOf(
  image: string | undefined,
  file: Partial<CreateTrainingJobRequest> | undefined,
  values: TrainValues,
  cwd: string,
): ImageSource {
  if (image !== undefined) return imageSource(image, cwd);
  const reference = file?.AlgorithmSpecification?.TrainingImage;
  if (reference !== undefined) return { kind: 'image', reference };
  throw fail('WrongUsage', {
    message: file
      ? `There is no image: ${values.request ?? 'the request'} has no AlgorithmSpecification.TrainingImage, and none is named besides.`
      : 'A training job needs an image, or a directory with a Dockerfile.',
    remedy: file
      ? 'Add it to the request, or name an image: sm-local train <image> -f …'
      : `Name one: sm-local train <image>, image in sm-local.yaml or in a program, or a request that has one. ${orInit}`,
  });
}

/** `run` only where a flag says so: else the request's own, or the cloud's default. */
function trainingLimits(values: TrainValues): { readonly run?: number; readonly 'stop-grace': number } {
  const overrides = parseLimits(values.limit);
  const { 'stop-grace': stopGrace } = limitsOf('training', overrides, { speed: speedOf(values.speed) });
  if (values['max-run'] === undefined) return { ...(overrides.run !== undefined && { run: overrides.run }), 'stop-grace': stopGrace };
  if (overrides.run !== undefined) {
    throw fail('WrongUsage', { message: '--max-run and --limit run=… say the same thing.', remedy: 'Give one of them.' });
  }
  return { run: parseDuration(values['max-run'], '--max-run'), 'stop-grace': stopGrace };
}

function seed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw fail('WrongUsage', {
    message: `--shuffle-hosts ${text}: that is not a seed.`,
    remedy: 'Use a whole number, such as --shuffle-hosts 7.',
  });
}

/** Errors: WrongUsage. */
function interruptions({ 'interrupt-after': texts }: TrainValues): { readonly interruptAfter?: readonly number[] } {
  return texts.length === 0 ? {} : { interruptAfter: texts.map((text) => parseDuration(text, '--interrupt-after')) };
}
