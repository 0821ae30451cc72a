import type { Seconds } from '../../engine/engine.ts';
import { elapsed, size } from '../../units.ts';
import { type Check, type Finding, failed, passed, untestedHere } from '../check.ts';
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
    withSample(on, async (trial, { payload, pace }) => {
      if (pace > longest / fewestPieces) {
        return untestedHere(`An answer takes ${elapsed(pace)}: the few that there are in ${longest} s would not show it.`);
      }
      const series = (begun: Sampled | undefined, count: number) => sampled(on, trial, payload, pace, begun, count);
      const first = await series(undefined, requests);
      const [suspicion, told] = grownIn(warm(first));
      if (!suspicion) return told;
      // A heap that is touched for the first time grows too, until all of it has been touched.
      const second = await series(first.at(-1), furtherRequests);
      return confirmed(suspicion, second);
    }),
};

/** What the container took when so many requests had been answered. */
interface Sampled {
  readonly done: number;
  /** Bytes. */
  readonly memory: number;
}

/** Goes on from `begun`. Memory is looked at between pieces of the load, so that what is under way does not count. */
async function sampled(
  on: Subject,
  trial: ServingTrial,
  payload: Payload,
  pace: Seconds,
  begun: Sampled | undefined,
  wanted: number,
): Promise<readonly Sampled[]> {
  const since = performance.now();
  const samples: Sampled[] = begun ? [begun] : [];
  let done = begun?.done ?? 0;
  const pieces = Math.min(mostPieces, Math.floor(longest / pace));
  const send = (signal: AbortSignal) => on.serving.invoke(trial, payload, { signal });
  const piece = { width: pace > slow ? 1 : width, count: Math.ceil(wanted / pieces), duration: longest / pieces };
  for (let left = pieces; left > 0 && !trial.ended; left -= 1) {
    const { replies, failures } = await underLoad({ ...piece, signal: on.signal, send });
    on.signal.throwIfAborted();
    done += replies - failures.length; // a server that refuses some of those at the same time does no work for them
    const usage = await trial.usage();
    if (!usage) break;
    samples.push({ done, memory: usage.memory });
    if (!begun && performance.now() - since > enough && isFlat(samples)) break;
  }
  return samples;
}

/** Where growth that counts would show already. */
function isFlat(samples: readonly Sampled[]): boolean {
  const [from, to] = [warm(samples)[0], samples.at(-1)];
  return (
    from !== undefined &&
    to !== undefined &&
    to.done - from.done >= flatFor &&
    to.memory - from.memory < (to.done - from.done) * (leastEach / 2)
  );
}

/** Without those until when caches and pools may fill. */
const warm = (samples: readonly Sampled[]): readonly Sampled[] =>
  samples.filter(({ done }) => done >= (samples.at(-1)?.done ?? 0) * warmUp);

/** Memory that went up all the way. */
interface Growth {
  readonly from: Sampled;
  /** Bytes with each request. */
  readonly each: number;
}

/** Growth that may be a leak, or else what is found. */
function grownIn(samples: readonly Sampled[]): readonly [Growth, undefined] | readonly [undefined, Finding] {
  const [from] = samples;
  const to = samples.at(-1);
  if (!from || !to || to.done <= from.done) {
    return [undefined, untestedHere('The engine did not say often enough what memory the container takes.')];
  }
  const each = eachOf(from, to);
  const isGrowth = to.memory - from.memory >= leastGrowth && each >= leastEach && isSteady(samples);
  if (isGrowth) return [{ from, each }, undefined];
  const cut = to.done < requests / 2 ? ` There was no time for more, of the ${requests} that were meant: a small leak would not show.` : '';
  return [undefined, passed(`Memory went ${span(from, to)}.${cut}`, factsOf(from, to))];
}

/** Whether it has gone on like this in a second, longer series. */
function confirmed({ from, each: before }: Growth, further: readonly Sampled[]): Finding {
  const [middle = from] = further;
  const to = further.at(-1) ?? middle;
  const each = to.done > middle.done ? eachOf(middle, to) : 0;
  const goesOn = each >= Math.max(leastEach, before / 3) && isSteady(further);
  if (!goesOn) return passed(`Memory went ${span(from, to)}, and does not go on to grow.`, factsOf(from, to));
  return failed(`Memory grew ${span(from, to)}: ${size(eachOf(from, to))} with each.`, remedy, factsOf(from, to));
}

const eachOf = (from: Sampled, to: Sampled): number => (to.memory - from.memory) / (to.done - from.done);

const span = (from: Sampled, to: Sampled): string =>
  `from ${size(from.memory)} after ${from.done} requests to ${size(to.memory)} after ${to.done}`;

const factsOf = (from: Sampled, to: Sampled) => ({ requests: to.done, fromBytes: from.memory, toBytes: to.memory });

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

/** When it has grown in those: as many as it takes to touch all of a heap of some size. */
const furtherRequests = 3000;

/** At the same time. */
const width = 4;

/** Seconds: where invocations are slow, there are fewer of them. */
const longest = 10;

/** Milliseconds after which a server whose memory stays as it is need not be asked more often, and how many requests tell that. */
const enough = 4000;
const flatFor = 300;

/** Seconds from which on one is sent after the other. */
const slow = 0.5;

/** How often memory is looked at. */
const mostPieces = 10;
const fewestPieces = 5;

/** The share of the requests until when caches and pools may fill. */
const warmUp = 0.3;

/** Bytes: less than that may be the work of an allocator. */
const leastGrowth = 32 * 1024 ** 2;
const leastEach = 16 * 1024;
