// What is made of the rounds of a goal: a row.

import { median, ratio } from './measure.mjs';

/**
 * `found`: what each round had on both sides. The row: `figure` is the median of the rounds' figures, `least` and `most` the extremes, `our` and
 * `their` the medians of the sides, `verdict` one of `stretch`, `met`, `short` and, without a bar, `told`.
 */
export function judged(goal, found, { amounts, isAgain = false }) {
  const { value, figure = ratio } = goal;
  const sides = found.map(({ our, their }) => (value === undefined ? { our, their } : { our: our[value], their: their[value] }));
  const figures = sides.map(({ our, their }) => figure(our, their)).sort((a, b) => a - b);
  const row = {
    ...described(goal, amounts),
    figure: median(figures),
    least: figures[0],
    most: figures.at(-1),
    our: median(sides.map(({ our }) => our)),
    their: median(sides.map(({ their }) => their)),
    rounds: found.length,
    isAgain,
  };
  return { ...row, verdict: verdictOf(row) };
}

/** The row of a goal of which nothing could be found. */
export const failed = (goal, error, { amounts }) => ({ ...described(goal, amounts), verdict: 'failed', why: whyOf(error) });

function described({ id, title, bar, stretch, least = false, gates = true, unit = 'ms', of = '' }, amounts) {
  const told = typeof title === 'function' ? title(amounts) : title;
  return { id, title: told, bar, stretch, mustReach: least, gates: gates && bar !== undefined, unit, of };
}

function verdictOf({ figure, bar, stretch, mustReach }) {
  if (bar === undefined) return 'told';
  const reaches = (limit) => limit !== undefined && (mustReach ? figure >= limit : figure <= limit);
  return reaches(stretch) ? 'stretch' : reaches(bar) ? 'met' : 'short';
}

function whyOf(error) {
  const [first] = `${error?.message ?? error}`.split('\n');
  return first;
}

/** Whether the run may count as passed with it. */
export const isGood = ({ verdict, gates }) => verdict !== 'failed' && (verdict !== 'short' || !gates);
