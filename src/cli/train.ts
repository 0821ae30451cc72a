import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { limitsOf, parseLimits } from '../contract/limits.ts';
import { defaultName } from '../contract/names.ts';
import { parseDuration } from '../contract/quantities.ts';
import { openEmulator } from '../emulator.ts';
import { type ImageSource, imageSource } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { checkHooks } from '../hooks/hooks.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { sourceCode } from '../options/code-flags.ts';
import { buildArguments, emulatorOptions, gpus } from '../options/common-flags.ts';
import { readTrainingRequest } from '../options/request-file.ts';
import { sourceOptions } from '../options/source-flags.ts';
import type { TrainValues } from '../options/train-options.ts';
import { filledIn, trainingRequest } from '../options/train-request.ts';
import { planTraining, train as runTraining } from '../training-jobs/train.ts';
import type { Io } from './io.ts';
import { humanPrinter, type JobPrinter, jsonPrinter } from './job-printer.ts';
import { besides } from './orphans.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followTraining, StopNews } from './stop-news.ts';
import { planText, trainingSummary } from './train-summary.ts';

/** `sm-local train`: the flags and a file as a request, run to its end. Returns the exit code. */
export async function train(image: string | undefined, values: TrainValues, io: Io): Promise<number> {
  const file = values.request === undefined ? undefined : await readTrainingRequest(values.request, io.cwd);
  const source = sourceOf(image, file, values, io);
  const reference = source.kind === 'image' ? source.reference : source.tag;
  const { run: maxRuntime, ...limits } = trainingLimits(values);
  const context = {
    cwd: io.cwd,
    name: values.name ?? file?.TrainingJobName ?? defaultName(image === '.' ? io.cwd : (image ?? reference), io.now()),
    ...(image !== undefined && { image: reference }),
    ...(maxRuntime !== undefined && { maxRuntime }),
  };
  const request = await trainingRequest(values, context, file);
  const shuffleSeed = seed(values['shuffle-hosts']);
  const options = {
    ...(maxRuntime !== undefined && { maxRuntime }),
    stopGrace: limits['stop-grace'],
    cloudModes: values['cloud-modes'],
    instanceLimits: values['instance-limits'],
    ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    ...(shuffleSeed !== undefined && { shuffleSeed }),
    ...sourceOptions(values, io.cwd),
    ...interruptions(values),
    ...(values.hook.length > 0 && { hooks: checkHooks(values.hook) }),
  };
  await using emulator = await openEmulator(emulatorOptions(values, io));
  using news = new StopNews(io, values.json);
  const printer = values.json ? jsonPrinter(io) : humanPrinter(io);
  const observer: JobObserver = {
    event: (event) => {
      printer.event(event);
      followTraining(news, event);
    },
    log: printer.log,
  };
  return await interrupted(emulator, news, async (interrupts) => {
    sayFilledIn(file, values, printer);
    const onWarning = (message: string): void => printer.event({ event: 'warning', message });
    const code = await sourceCode(values, { cwd: io.cwd, purpose: 'training', onWarning }, interrupts.stop);
    const spec = {
      request,
      image: source,
      ...(code && { source: code }),
      buildArguments: buildArguments(values['build-arg'], io.env),
      options,
    };
    const plan = await planTraining(emulator, spec, observer, interrupts.stop);
    if (values['dry-run']) {
      await io.out.write(planText(plan, emulator.credentialsChoice, values.json));
      return 0;
    }
    const others = await besides(emulator, onWarning);
    const record = await runTraining(emulator, plan, observer, interrupts).finally(async () => {
      await others.leave();
      await printer.drained();
    });
    if (!values.json) await io.out.write(await trainingSummary(record, nameFor(source, image ?? reference), plan.proxies, io));
    return exitCodeOf(record, interrupts);
  });
}

/** The image on the command line, else the one of the request. Errors: WrongUsage. */
function sourceOf(
  image: string | undefined,
  file: Partial<CreateTrainingJobRequest> | undefined,
  values: TrainValues,
  io: Io,
): ImageSource {
  if (image !== undefined) return imageSource(image, io.cwd);
  const reference = file?.AlgorithmSpecification?.TrainingImage;
  if (reference !== undefined) return { kind: 'image', reference };
  throw fail('WrongUsage', {
    message: file
      ? `There is no image: ${values.request} has no AlgorithmSpecification.TrainingImage, and none is on the command line.`
      : 'sm-local train needs an image, or a directory with a Dockerfile.',
    remedy: file
      ? 'Add it to the request, or write sm-local train <image> -f …'
      : 'Write sm-local train <image>, or give a request with -f FILE.',
  });
}

/** What runs here would be refused by AWS, so whoever takes the file there is told. */
function sayFilledIn(file: Partial<CreateTrainingJobRequest> | undefined, values: TrainValues, printer: JobPrinter): void {
  const members = file ? filledIn(file, values) : [];
  if (members.length === 0) return;
  const message = `AWS requires ${members.join(', ')}, which the request leaves out; sm-local has filled ${members.length === 1 ? 'it' : 'them'} in.`;
  printer.event({ event: 'warning', message });
}

/** `run` only where a flag says so: else the request's own, or the cloud's default. */
function trainingLimits(values: TrainValues): { readonly run?: number; readonly 'stop-grace': number } {
  const overrides = parseLimits(values.limit);
  const { 'stop-grace': stopGrace } = limitsOf('training', overrides);
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

/** What to type to use the same image again. */
const nameFor = (source: ImageSource, text: string): string => (source.kind === 'image' ? source.reference : text);

function exitCodeOf(record: TrainingRecord, interrupts: Interrupts): number {
  if (record.status === 'Completed') return 0;
  return record.secondaryStatus === 'Stopped' ? (interrupts.exitCode ?? 1) : 1;
}
