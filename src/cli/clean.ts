import { parseDuration } from '../contract/quantities.ts';
import { type Emulator, openEmulator } from '../emulator.ts';
import { orAborted } from '../engine/steady.ts';
import { reasonOf } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { CleanValues } from '../options/clean-options.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { neverStopped, type StopSignals } from '../stop.ts';
import { untilGone } from '../store/owner.ts';
import { counted } from '../units.ts';
import { type Adopted, adoptAll, keptEndpoints } from '../upkeep/adopt.ts';
import { type Cleaned, clean as cleanUp } from '../upkeep/clean.ts';
import { whileBusy } from './busy.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { errorData, sayBroken } from './orphans.ts';
import { catchInterrupts, codeOfInterruption, type Interrupts } from './signals.ts';

/** `sm-local clean`: finishes what processes that are gone left, and removes what nobody owns. Returns the exit code. */
export async function clean(values: CleanValues, io: Io): Promise<number> {
  const olderThan = values['older-than'] === undefined ? undefined : parseDuration(values['older-than'], '--older-than');
  await using emulator = await openEmulator(emulatorOptions(values, io));
  using interrupts = catchInterrupts((count) => {
    if (count === 1) void io.err.write('\nWhat still runs is left to the next command.\n');
  });
  if (values.owner !== undefined) await untilGone(emulator.home, values.owner);
  try {
    const finished = await finishAll(emulator, values, io, interrupts);
    const { broken, ...removed } = await whileBusy(io, { what: 'Removing what nobody owns', json: values.json }, () =>
      orAborted(cleanUp(emulator, olderThan === undefined ? {} : { olderThan }), interrupts.kill),
    );
    if (values.json) {
      await jsonLine(io, { event: 'result', finished, removed, broken: broken.map(errorData) });
    } else {
      await io.out.write(`${summary(removed)}\n`);
      if (removed.elsewhere.length > 0) await io.err.write(`${leftElsewhere(removed.elsewhere)}\n`);
      await sayBroken(broken, io);
    }
    return interrupts.exitCode ?? 0;
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
}

/** Sees everything without a process to its end; with `--owner` what that had, without a grace. */
async function finishAll(
  emulator: Emulator,
  { owner, json }: CleanValues,
  io: Io,
  { stop: leave }: Interrupts,
): Promise<readonly object[]> {
  const now = AbortSignal.abort();
  const stops: StopSignals = owner === undefined ? { ...neverStopped, leave } : { stop: now, kill: now };
  const say = (text: string): void => {
    if (!json) void io.err.write(`${text}\n`);
  };
  const observer = (name: string): JobObserver => ({
    event: (event) => {
      if (event.event === 'status') say(`${name} ${event.secondaryStatus}`);
      if (event.event === 'warning') say(`${name}: ${event.message}`);
    },
    log() {},
  });
  const adopted = await adoptAll(emulator, { ...(owner !== undefined && { owner }), restsEndpoints: true, stops, observer });
  for (const each of adopted) say(`${each.kind} ${each.name} has lost its process; ${fateOf(each)}.`);
  for (const name of await keptEndpoints(emulator)) say(`endpoint ${name} was left running on purpose, for the next sm-local up.`);
  return await Promise.all(adopted.map((each) => outcomeOf(each, leave, io, say)));
}

/** What stays because its containers are in another engine than this command works with. */
export const leftElsewhere = (homes: readonly string[]): string =>
  [
    `Left, because the containers are in another engine (the file engine in it says which; remove it by hand when that is no more):`,
    ...homes.map((home) => `  ${home}`),
  ].join('\n');

function fateOf({ kind, isResting }: Adopted): string {
  if (isResting) return 'its containers are ended, and the next sm-local up starts it again';
  return kind === 'endpoint' ? 'it is ended' : 'waiting for its end (Ctrl-C leaves it running)';
}

async function outcomeOf(
  { kind, name, isResting, over }: Adopted,
  leave: AbortSignal,
  io: Io,
  say: (text: string) => void,
): Promise<object> {
  try {
    const record = await over;
    return { kind, name, status: record?.status ?? (isResting ? 'SystemUpdating' : 'Deleted') };
  } catch (error) {
    const { yellow } = style(io.color);
    if (error !== leave.reason) say(yellow(`Warning: ${kind} ${name}: ${reasonOf(error)}`));
    return { kind, name, error: error === leave.reason ? 'left running' : reasonOf(error) };
  }
}

function summary({ containers, networks, volumes, directories, jobs, images, models, reused }: Omit<Cleaned, 'broken'>): string {
  const parts = [
    counted(containers, 'container'),
    counted(networks, 'network'),
    counted(volumes, 'volume'),
    counted(directories, 'temporary directory', 'temporary directories'),
    ...(jobs === undefined ? [] : [counted(jobs, 'record'), counted(models ?? 0, 'unpacked model'), counted(images ?? 0, 'image')]),
    ...(reused ? [counted(reused, 'endpoint that was to be reused', 'endpoints that were to be reused')] : []),
  ];
  return `Removed: ${parts.join(', ')}.`;
}
