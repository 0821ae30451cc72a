// How two sides are measured beside each other.

/** Milliseconds that some work takes. */
export async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Of an even count the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least of the numbers that at least so many percent of them do not exceed. */
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/**
 * Both sides in turn, the order changing from round to round; the first round warms up and is not counted, unless `cold`. What each round
 * had on both sides: numbers, or objects of numbers. Errors: the signal's reason, between two sides.
 */
export async function alternately({ rounds, signal, cold = false }, ours, reference) {
  const found = [];
  const warmUps = cold ? 0 : 1;
  for (let round = 0; round < rounds + warmUps; round += 1) {
    const isFirst = round % 2 === 0;
    signal?.throwIfAborted();
    const early = await (isFirst ? ours : reference)();
    signal?.throwIfAborted();
    const late = await (isFirst ? reference : ours)();
    if (round >= warmUps) found.push(isFirst ? { our: early, their: late } : { our: late, their: early });
  }
  return found;
}

/** The figures a goal can be judged by, of what was found on both sides. */
export const ratio = (our, their) => our / their;
export const inverse = (our, their) => their / our;
export const added = (our, their) => (our - their) / their;
export const difference = (our, their) => our - their;
export const absolute = (our) => our;

/** A figure of requests of which some failed means nothing. */
export function whole(found) {
  if (found.failed > 0) throw new Error(`${found.failed} of ${found.requests} requests were not answered with 200`);
  return found;
}

export const perSecond = ({ requests, seconds }) => requests / seconds;
