// How rows of the benchmark are measured and told.

/** Milliseconds that some work takes. */
export async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export const median = (numbers) => percentile(numbers, 50);

/** The least of the numbers that at least so many percent of them do not exceed. */
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** Both sides in turn, the order changing from round to round; the first round warms up and is not counted. */
export async function alternately(rounds, ours, reference) {
  const found = [];
  for (let round = 0; round <= rounds; round += 1) {
    const isFirst = round % 2 === 0;
    const early = await (isFirst ? ours : reference)();
    const late = await (isFirst ? reference : ours)();
    if (round > 0) found.push(isFirst ? { our: early, their: late } : { our: late, their: early });
  }
  return found;
}

/** The figures a row can be judged by, of what was found on both sides. */
export const ratio = (our, their) => our / their;
export const difference = (our, their) => our - their;
export const absolute = (our) => our;

export const valuesOf = (found, name) => found.map(({ our, their }) => ({ our: our[name], their: their[name] }));

/** A figure of requests of which some failed means nothing. */
export function whole(found) {
  if (found.failed > 0) throw new Error(`${found.failed} of ${found.requests} requests were not answered with 200`);
  return found;
}

/** Prints rows and counts those whose bar is missed. */
export class Report {
  missed = 0;
  #asJson;

  constructor({ json }) {
    this.#asJson = json;
  }

  /**
   * The median of the rounds' figures. `found`: what each round had on both sides. `least`: the bar is the least it may be, not the most.
   * `unit`: of both sides; `of`: the figure's own, where it has one. Without a bar it is told for orientation.
   */
  row({ id, title, bar, least = false, figure = ratio, unit = 'ms', of = '' }, found) {
    const all = found.map(({ our, their }) => figure(our, their)).sort((a, b) => a - b);
    const value = median(all);
    const met = bar === undefined ? undefined : this.#judge(least ? value >= bar : value <= bar);
    if (this.#asJson) return this.#json({ id, title, value, min: all[0], max: all.at(-1), bar, least, met });
    const sides = ['our', 'their'].map((side) => `${amount(median(found.map((round) => round[side])))} ${unit}`).join(' / ');
    const figures = `${value.toFixed(2)}${of}  (${all[0].toFixed(2)} to ${all.at(-1).toFixed(2)}; ${sides})`;
    this.#line(title, figures, met === undefined ? '' : `bar ${least ? '>= ' : ''}${bar}${of}  ${met ? 'met' : 'SHORT'}`);
  }

  /** Something that has to be so. */
  fact({ id, title }, isSo, text) {
    const met = this.#judge(isSo);
    if (this.#asJson) return this.#json({ id, title, text, met });
    this.#line(title, text, met ? 'met' : 'SHORT');
  }

  /** Told for orientation. */
  note({ id, title }, values, text) {
    if (this.#asJson) return this.#json({ id, title, ...values });
    this.#line(title, text, '');
  }

  #judge(met) {
    if (!met) this.missed += 1;
    return met;
  }

  #json(row) {
    process.stdout.write(`${JSON.stringify(row)}\n`);
  }

  #line(title, figures, verdict) {
    process.stdout.write(`${`${title.padEnd(60)} ${figures.padEnd(50)} ${verdict}`.trimEnd()}\n`);
  }
}

const amount = (number) => number.toFixed(number < 10 ? 2 : 0);
