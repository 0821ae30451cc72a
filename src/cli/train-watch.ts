import { joined, type TrainingWish, watchTraining } from '../dev/watched-training.ts';
import { Wishes } from '../dev/wishes.ts';
import { openEmulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { sourceCode } from '../options/code-flags.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { TrainValues } from '../options/train-options.ts';
import { trainingSpec } from '../options/training-spec.ts';
import type { TrainingSpec } from '../training-jobs/train.ts';
import { debugging, refuseIsolated } from './debugging.ts';
import { filledInWarnings } from './filled-in.ts';
import { type Io, style } from './io.ts';
import { jsonTeller } from './json-lines.ts';
import { hasKeys, keysLine, listenToKeys } from './keys.ts';
import { openWatch } from './open-watch.ts';
import { besides } from './orphans.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { StopNews } from './stop-news.ts';
import { humanTrainingNews, jsonTrainingNews } from './train-news.ts';
import { WatchKeys } from './watch-keys.ts';

/** `sm-local train --watch`: the job again and again, until Ctrl-C or q. Returns the exit code: 0 after q, else that of the signal. */
export async function watchTrain(image: string | undefined, values: TrainValues, io: Io): Promise<number> {
  if (values['dry-run']) {
    throw fail('WrongUsage', {
      message: '--dry-run runs nothing, so there is nothing to watch.',
      remedy: 'Leave out --dry-run or --watch.',
    });
  }
  const first = await trainingSpec(image, values, io);
  await using debug = await debugging(values, io);
  if (debug.isOn) refuseIsolated(first.spec.request);
  await using emulator = await debug.open(emulatorOptions(values, io), openEmulator);
  using stopNews = new StopNews(io, values.json);
  const wishes = new Wishes<TrainingWish>(joined);
  const keys = new WatchKeys(io);
  const run = async (interrupts: Interrupts): Promise<number> => {
    const say = (text: string): void => void io.err.write(`${text}\n`);
    const warn = (message: string): void => {
      if (values.json) void jsonTeller(io)({ event: 'warning', message });
      else say(style(io.color).yellow(`Warning: ${message}`));
    };
    for (const message of filledInWarnings(first.filledIn)) warn(message);
    await using watch = await openWatch(emulator, first.spec, values, io);
    const others = await besides(emulator, warn);
    const rebuild = (): void => wishes.put({ why: 'rebuild', update: watch.updates.rebuild() });
    const shown = keys.with([
      ...(first.spec.image.kind === 'directory' ? [{ key: 'r', does: 'rebuild and run', press: rebuild }] : []),
      { key: 'i', does: 'run again', press: () => wishes.put({ why: 'again' }) },
    ]);
    using _keys = values.json ? undefined : listenToKeys(shown, io);
    const waiting = style(io.color).dim(`Waiting for a change in ${watch.places}.`);
    const hint = hasKeys(io) ? `${waiting} ${keysLine(shown, io.color)}` : waiting;
    const human = { stopNews, imageName: first.imageName, showsLogs: () => keys.showsLogs, hint };
    try {
      return await watchTraining(
        {
          emulator,
          spec: (stop) => specOf(image, values, io, warn, stop),
          changes: watch.changes,
          updates: watch.updates,
          wishes,
          debugged: debug.anew,
          news: values.json ? jsonTrainingNews(io, stopNews) : humanTrainingNews(io, human),
        },
        interrupts,
      );
    } finally {
      await others.leave();
    }
  };
  const exitCode = await interrupted(emulator, stopNews, run);
  return keys.isQuit ? 0 : exitCode;
}

/** As it is asked for now: files that it names may say something else than before. */
async function specOf(
  image: string | undefined,
  values: TrainValues,
  io: Io,
  onWarning: (message: string) => void,
  stop: AbortSignal,
): Promise<TrainingSpec> {
  const { spec } = await trainingSpec(image, values, io);
  const source = await sourceCode(values, { cwd: io.cwd, purpose: 'training', onWarning }, stop);
  return { ...spec, ...(source && { source }) };
}
