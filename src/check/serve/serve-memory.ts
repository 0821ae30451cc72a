import { type Check, failed, passed, untested } from '../check.ts';
import { concurrency, underLoad } from '../evidence/load.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { megabytes } from './words.ts';

export const serveMemory: Check = {
  name: 'serve-memory',
  area: 'serve',
  proves: 'memory does not grow with each of 1 000 requests',
  severity: 'warning',
  needs: ['serve-invocation'],
  source: sources.observed,
  look: (on) =>
    withSample(on, async (trial, { payload }) => {
      const samples: Sampled[] = [];
      const sample = async (done: number): Promise<void> => {
        const usage = await trial.usage();
        if (usage) samples.push({ done, memory: usage.memory });
      };
      let next = 0;
      const since = performance.now();
      const onReply = async (done: number): Promise<void> => {
        const share = Math.max(done / requests, (performance.now() - since) / 1000 / longest);
        if (share * pieces < next) return;
        next = Math.floor(share * pieces) + 1;
        await sample(done);
      };
      const send = (signal: AbortSignal) => on.serving.invoke(trial, payload, { signal });
      const { signal } = on;
      const { replies, failures } = await underLoad({ width: concurrency, count: requests, duration: longest, signal, send, onReply });
      signal.throwIfAborted();
      await sample(replies);
      if (failures.length > replies / 2) return untested(`${failures.length} of ${replies} requests were not answered.`);
      const warm = samples.filter(({ done }) => done >= replies * warmUp);
      const [first] = warm;
      const last = warm.at(-1);
      if (!first || !last || last.done <= first.done) return untested('The engine does not say what memory the container takes.');
      const grown = last.memory - first.memory;
      const each = grown / (last.done - first.done);
      const facts = { requests: replies, fromBytes: first.memory, toBytes: last.memory };
      const during = `${replies} requests, from the ${first.done}th on`;
      if (grown < leastGrowth || each < leastEach || !isSteady(warm)) {
        return passed(`Memory went from ${megabytes(first.memory)} to ${megabytes(last.memory)} during ${during}.`, facts);
      }
      const text = `Memory grew from ${megabytes(first.memory)} to ${megabytes(last.memory)} during ${during}: ${Math.round(each / 1024)} KB with each.`;
      return failed(text, 'Find what is kept of each request: lists, caches without an end, sessions, graphs of the framework.', facts);
    }),
};

interface Sampled {
  readonly done: number;
  readonly memory: number;
}

const requests = 1000;

/** Seconds. */
const longest = 10;

/** How often memory is looked at, about. */
const pieces = 12;

/** The share of the requests until when caches and pools may fill. */
const warmUp = 0.3;

/** Bytes: less than that may be the work of an allocator. */
const leastGrowth = 32 * 1024 ** 2;
const leastEach = 16 * 1024;

/** A leak goes on: it grew in most of the steps, and in the second half not much less than in the first. */
function isSteady(samples: readonly Sampled[]): boolean {
  const memory = samples.map((each) => each.memory);
  const steps = memory.slice(1).map((value, index) => value - (memory[index] ?? value));
  const half = Math.floor(steps.length / 2);
  const sum = (of: readonly number[]): number => of.reduce((total, value) => total + value, 0);
  const isRising = steps.filter((step) => step > 0).length >= 0.75 * steps.length;
  return steps.length >= 4 && isRising && sum(steps.slice(-half)) >= sum(steps.slice(0, half)) / 3;
}
