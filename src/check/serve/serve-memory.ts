import { size } from '../../units.ts';
import { type Check, type Finding, failed, passed, untested } from '../check.ts';
import { underLoad } from '../evidence/load.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { Payload } from '../request.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { withSample } from './sample.ts';

export const serveMemory: Check = {
  name: 'serve-memory',
  area: 'serve',
  proves: 'memory does not grow with each of 1 000 requests',
  severity: 'warning',
  needs: ['serve-invocation'],
  source: sources.observed,
  look: (on) =>
    withSample(on, async (trial, { payload }) => {
      const samples = await sampled(on, trial, payload);
      if (trial.ended) {
        const how = trial.ended.oomKilled ? 'was killed for want of memory' : `ended with exit code ${trial.ended.code}`;
        return failed(`The container ${how} under ${samples.at(-1)?.done ?? 0} requests.`, { remedy, evidence: trial.lastLines() });
      }
      return judged(samples);
    }),
};

/** What the container took when so many requests had been answered. */
interface Sampled {
  readonly done: number;
  /** Bytes. */
  readonly memory: number;
}

/** Between pieces of the load, so that what is under way does not count. */
async function sampled(on: Subject, trial: ServingTrial, payload: Payload): Promise<readonly Sampled[]> {
  const samples: Sampled[] = [];
  let done = 0;
  const send = (signal: AbortSignal) => on.serving.invoke(trial, payload, { signal });
  const piece = { width, count: Math.ceil(requests / pieces), duration: longest / pieces };
  while (samples.length < pieces && !trial.ended) {
    const { replies, failures } = await underLoad({ ...piece, signal: on.signal, send });
    on.signal.throwIfAborted();
    done += replies - failures.length; // a server that refuses some of those at the same time does no work for them
    const usage = await trial.usage();
    if (!usage) break;
    samples.push({ done, memory: usage.memory });
  }
  return samples;
}

function judged(samples: readonly Sampled[]): Finding {
  const total = samples.at(-1)?.done ?? 0;
  const warm = samples.filter(({ done }) => done >= total * warmUp);
  const [first] = warm;
  const last = warm.at(-1);
  if (!first || !last || last.done <= first.done) return untested('The engine did not say often enough what memory the container takes.');
  const grown = last.memory - first.memory;
  const each = grown / (last.done - first.done);
  const facts = { requests: total, fromBytes: first.memory, toBytes: last.memory };
  const span = `from ${size(first.memory)} after ${first.done} requests to ${size(last.memory)} after ${last.done}`;
  if (grown < leastGrowth || each < leastEach || !isSteady(warm)) return passed(`Memory went ${span}.`, facts);
  return failed(`Memory grew ${span}: ${size(each)} with each.`, remedy, facts);
}

/** A leak goes on: each third of the way has its share in the growth, at least a third of what an even line would give it. */
function isSteady(samples: readonly Sampled[]): boolean {
  const from = samples[0]?.done ?? 0;
  const to = samples.at(-1)?.done ?? 0;
  const at = [0, 1, 2, 3].map((third) => memoryAt(samples, from + ((to - from) * third) / 3));
  const grown = (at[3] ?? 0) - (at[0] ?? 0);
  return at.slice(1).every((memory, index) => memory - (at[index] ?? 0) >= grown / 9);
}

/** On the line between the two samples around it. */
function memoryAt(samples: readonly Sampled[], done: number): number {
  const before = samples.findLast((each) => each.done <= done) ?? samples[0];
  const behind = samples.find((each) => each.done >= done) ?? before;
  if (!before || !behind) return 0;
  const share = behind.done === before.done ? 0 : (done - before.done) / (behind.done - before.done);
  return before.memory + share * (behind.memory - before.memory);
}

const remedy = 'Find what is kept of each request: lists, caches without an end, sessions, graphs of the framework.';

const requests = 1000;

/** At the same time. */
const width = 4;

/** Seconds: where invocations are slow, there are fewer of them. */
const longest = 10;

/** How often memory is looked at. */
const pieces = 10;

/** The share of the requests until when caches and pools may fill. */
const warmUp = 0.3;

/** Bytes: less than that may be the work of an allocator. */
const leastGrowth = 32 * 1024 ** 2;
const leastEach = 16 * 1024;
