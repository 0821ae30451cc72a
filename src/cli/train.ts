import { limitsOf, parseLimits } from '../contract/limits.ts';
import { contractDefaults, defaultName } from '../contract/names.ts';
import { parseDuration } from '../contract/quantities.ts';
import { openEmulator } from '../emulator.ts';
import { type ImageSource, imageSource } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { planTraining, train as runTraining } from '../train.ts';
import { buildArguments, emulatorOptions, gpus } from './common-flags.ts';
import type { Io } from './io.ts';
import { humanPrinter, jsonPrinter } from './job-printer.ts';
import { besides } from './orphans.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followTraining, StopNews } from './stop-news.ts';
import type { TrainValues } from './train-options.ts';
import { trainingRequest } from './train-request.ts';
import { planText, trainingSummary } from './train-summary.ts';

/** `sm-local train`: the flags as a request, run to its end. Returns the exit code. */
export async function train(image: string, values: TrainValues, io: Io): Promise<number> {
  const source = imageSource(image, io.cwd);
  const limits = trainingLimits(values);
  const request = await trainingRequest(values, {
    cwd: io.cwd,
    name: values.name ?? defaultName(image === '.' ? io.cwd : image, io.now()),
    image: source.kind === 'image' ? source.reference : source.tag,
    roleArn: contractDefaults.roleArn,
    maxRuntime: limits.run,
  });
  const options = {
    maxRuntime: limits.run,
    stopGrace: limits['stop-grace'],
    cloudModes: values['cloud-modes'],
    ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
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
    const spec = { request, image: source, buildArguments: buildArguments(values['build-arg'], io.env), options };
    const plan = await planTraining(emulator, spec, observer, interrupts.stop);
    if (values['dry-run']) {
      await io.out.write(planText(plan, values.json));
      return 0;
    }
    const others = await besides(emulator, (message) => printer.event({ event: 'warning', message }));
    const record = await runTraining(emulator, plan, observer, interrupts).finally(async () => {
      await others.leave();
      await printer.drained();
    });
    if (!values.json) await io.out.write(await trainingSummary(record, nameFor(source, image), io));
    return exitCodeOf(record, interrupts);
  });
}

function trainingLimits(values: TrainValues): { readonly run: number; readonly 'stop-grace': number } {
  const limits = limitsOf('training', parseLimits(values.limit));
  if (values['max-run'] === undefined) return limits;
  if (values.limit.some((text) => text.startsWith('run='))) {
    throw fail('WrongUsage', { message: '--max-run and --limit run=… say the same thing.', remedy: 'Give one of them.' });
  }
  return { ...limits, run: parseDuration(values['max-run'], '--max-run') };
}

/** What to type to use the same image again. */
const nameFor = (source: ImageSource, text: string): string => (source.kind === 'image' ? source.reference : text);

function exitCodeOf(record: TrainingRecord, interrupts: Interrupts): number {
  if (record.status === 'Completed') return 0;
  return record.secondaryStatus === 'Stopped' ? (interrupts.exitCode ?? 1) : 1;
}
