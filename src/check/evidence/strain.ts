import os from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Seconds } from '../../engine/engine.ts';
import type { ServingTrial } from './serving-trial.ts';

/** How busy this machine was with other things while something was timed. */
export interface Strain {
  /** The share of its processors, 0 to 1, that neither the container nor this process took. */
  readonly others: number;
  /** By how much this process itself was late at the worst. */
  readonly late: Seconds;
}

/** Whether times that were measured then say anything of the server. */
export const isStrained = ({ others, late }: Strain): boolean => others > mostOthers || late > mostLate;

const mostOthers = 0.5;
const mostLate: Seconds = 0.1;

/** What was timed, and how busy the machine was; once more where the times are bad and the machine may be why. Errors: those of `measure`. */
export async function timed<T>(
  trial: ServingTrial,
  isGood: (result: T) => boolean,
  measure: () => Promise<T>,
): Promise<{ readonly result: T; readonly strain: Strain }> {
  const first = await watched(trial, measure);
  return isGood(first.result) || !isStrained(first.strain) ? first : await watched(trial, measure);
}

async function watched<T>(trial: ServingTrial, measure: () => Promise<T>): Promise<{ readonly result: T; readonly strain: Strain }> {
  const delays = monitorEventLoopDelay({ resolution });
  const before = await spentOn(trial);
  delays.enable();
  try {
    const result = await measure();
    const after = await spentOn(trial);
    const possible = ((after.at - before.at) / 1000) * os.availableParallelism();
    const others = after.all - before.all - Math.max(0, after.known - before.known);
    return { result, strain: { others: Math.max(0, others) / possible, late: Math.max(0, delays.max / 1e6 - resolution) / 1000 } };
  } finally {
    delays.disable();
  }
}

/** Milliseconds between looks at the clock. */
const resolution = 10;

/** Seconds that the processors have worked so far: all in all, and for the container and this process. */
async function spentOn(trial: ServingTrial) {
  const { cpuSeconds = 0 } = (await trial.usage()) ?? {};
  const { user, system } = process.cpuUsage();
  const all = os.cpus().reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0) / 1000;
  return { all, known: cpuSeconds + (user + system) / 1e6, at: performance.now() };
}
