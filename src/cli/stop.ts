import { openEmulator } from '../emulator.ts';
import type { JobObserver } from '../jobs/events.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { StopValues } from '../options/resource-options.ts';
import { elapsed } from '../units.ts';
import type { Resource } from '../upkeep/resources.ts';
import { checkStoppable } from '../upkeep/resources.ts';
import { stopResource } from '../upkeep/stop-resource.ts';
import { countDown } from './countdown.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { namedResource } from './named-resource.ts';
import { catchInterrupts, codeOfInterruption } from './signals.ts';

/** `sm-local stop`: asks for the stop and waits until it is done. Ctrl-C ends the waiting. Returns the exit code. */
export async function stop(words: readonly string[], values: StopValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const resource = await namedResource(emulator, words);
  checkStoppable(resource);
  const { dim } = style(io.color);
  const grace = graceOf(resource);
  using interrupts = catchInterrupts();
  if (!values.json) {
    const how = values.now ? 'it is killed' : `SIGTERM, then SIGKILL after ${elapsed(grace)}; --now kills it at once`;
    await io.err.write(`Stopping ${resource.kind} ${resource.name} ${dim(`(${how}; Ctrl-C ends the waiting, not the stop)`)}\n`);
  }
  const observer: JobObserver = { event() {}, log() {} };
  try {
    using _ = runs(resource) && !values.json && !values.now ? countDown(io.err, grace - secondsSinceCut(resource, io.now())) : undefined;
    const stopped = await stopResource(emulator, resource, { isHard: values.now, signal: interrupts.stop, observer });
    const status = stopped?.record.status ?? 'Deleted';
    if (values.json) {
      const { kind, name } = resource;
      await jsonLine(io, { event: 'result', kind, name, status, describe: stopped?.describe });
    } else await io.out.write(`${resource.name} ${status}\n`);
    return 0;
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
}

/** Seconds from SIGTERM to SIGKILL. */
const graceOf = (resource: Resource): number =>
  resource.kind === 'endpoint' ? (resource.record.run?.stopGrace ?? 30) : (resource.record.run?.options.stopGrace ?? 120);

/** Whether there is a container that gets SIGTERM, or has got it. */
const runs = ({ kind, record }: Resource): boolean =>
  kind === 'endpoint' || ('secondaryStatus' in record && ['Training', 'Stopping'].includes(record.secondaryStatus));

/** 0 when nobody has stopped it yet. */
function secondsSinceCut({ record }: Resource, now: Date): number {
  const time = 'secondaryStatus' in record ? record.run?.cut?.time : undefined;
  return time === undefined ? 0 : (now.getTime() - Date.parse(time)) / 1000;
}
