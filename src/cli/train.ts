import { openEmulator } from '../emulator.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { sourceCode } from '../options/code-flags.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { TrainValues } from '../options/train-options.ts';
import { trainingSpec } from '../options/training-spec.ts';
import { planTraining, train as runTraining } from '../training-jobs/train.ts';
import { debugging, refuseIsolated } from './debugging.ts';
import { filledInWarnings } from './filled-in.ts';
import type { Io } from './io.ts';
import { humanPrinter, jsonPrinter } from './job-printer.ts';
import { jsonLine } from './json-lines.ts';
import { besides } from './orphans.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followTraining, StopNews } from './stop-news.ts';
import { planEvent, planText, trainingSummary } from './train-summary.ts';

/** `sm-local train`: the flags and a file as a request, run to its end. Returns the exit code. */
export async function train(image: string | undefined, values: TrainValues, io: Io): Promise<number> {
  if (values.watch) return await (await import('./train-watch.ts')).watchTrain(image, values, io);
  const asked = await trainingSpec(image, values, io);
  await using debug = await debugging(values, io);
  if (debug.isOn) refuseIsolated(asked.spec.request);
  await using emulator = await debug.open(emulatorOptions(values, io), openEmulator);
  using news = new StopNews(io, values.json);
  const printer = values.json ? jsonPrinter(io) : humanPrinter(io);
  const observer: JobObserver = {
    event: (event) => {
      printer.event(event);
      followTraining(news, event);
    },
    log: printer.log,
  };
  const run = async (interrupts: Interrupts): Promise<number> => {
    const onWarning = (message: string): void => printer.event({ event: 'warning', message });
    for (const message of filledInWarnings(asked.filledIn)) onWarning(message);
    const code = await sourceCode(values, { cwd: io.cwd, purpose: 'training', onWarning }, interrupts.stop);
    const spec = { ...asked.spec, ...(code && { source: code }) };
    const plan = await planTraining(emulator, spec, observer, interrupts.stop);
    if (values['dry-run']) {
      if (values.json) await jsonLine(io, planEvent(plan, emulator.credentialsChoice));
      else await io.out.write(planText(plan, emulator.credentialsChoice));
      return 0;
    }
    const others = await besides(emulator, onWarning);
    const record = await runTraining(emulator, plan, observer, interrupts).finally(async () => {
      await others.leave();
      await printer.drained();
    });
    if (!values.json) await io.out.write(await trainingSummary(record, asked.imageName, plan.proxies, io));
    return exitCodeOf(record, interrupts);
  };
  return await interrupted(emulator, news, debug.guard(run));
}

function exitCodeOf(record: TrainingRecord, interrupts: Interrupts): number {
  if (record.status === 'Completed') return 0;
  return record.secondaryStatus === 'Stopped' ? (interrupts.exitCode ?? 1) : 1;
}
