import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { concurrency, underLoad } from '../evidence/load.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const serveConcurrency: Check = {
  name: 'serve-concurrency',
  area: 'serve',
  proves: 'requests at the same time are all answered',
  severity: 'error',
  needs: ['serve-invocation'],
  source: sources.hosting,
  look: (on) =>
    withSample(on, async (trial, { payload, pace }) => {
      const width = Math.min(concurrency, Math.max(2, Math.floor(longest / pace)));
      const patience = Math.min(trial.plan.limits.invocation, Math.max(10, 4 * width * pace));
      const send = (signal: AbortSignal) => on.serving.invoke(trial, payload, { timeout: patience, signal });
      const { signal } = on;
      const { replies, failures, worst } = await underLoad({ width, count: 2 * width, duration: longest, signal, send });
      signal.throwIfAborted();
      const [first] = failures;
      if (!first) return passed(`${replies} requests, ${width} at a time, were all answered, the slowest in ${elapsed(worst)}.`);
      const text = `Of ${replies} requests, ${width} at a time, ${failures.length} were not answered as they should be: ${told(first)}.`;
      const remedy = 'Serve requests side by side, or let them wait for each other: threads, workers, a queue.';
      return failed(text, remedy, { requests: replies, failures: failures.length });
    }),
};

/** Seconds that it may take where invocations are slow, about. */
const longest = 8;
