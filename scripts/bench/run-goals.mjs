// Makes every measurement once, and once more when a bar is missed.

import { setTimeout as sleep } from 'node:timers/promises';
import { isProjectGoal } from './goals.mjs';
import { failed, isGood, judged } from './judge.mjs';
import { programEnd } from './processes.mjs';

/**
 * The rows of the goals, in their order, though those with a later `turn` are measured after the others. What goes wrong with one measurement is in its
 * rows, and the others go on. An aborted signal ends it: what is there is returned. `onRow` is told of each.
 */
export async function rowsOf(goals, workshop, onRow = () => {}) {
  const rows = new Map();
  const inTurn = [...goals].sort(({ turn: one = 0 }, { turn: other = 0 }) => one - other);
  for (const measure of new Set(inTurn.map((goal) => goal.measure))) {
    if (workshop.signal.aborted) break;
    for (const [goal, row] of await measured(
      goals.filter((goal) => goal.measure === measure),
      measure,
      workshop,
    )) {
      rows.set(goal, row);
      onRow(row);
    }
  }
  return goals.flatMap((goal) => rows.get(goal) ?? []);
}

async function measured(goals, measure, workshop) {
  const { signal, amounts, isQuick } = workshop;
  const rounds = goals.some(isProjectGoal) ? workshop.rounds : workshop.otherRounds;
  const look = async (isAgain) => {
    // The disk takes what others have written for seconds after they are over, and neither side is to wait for that.
    if (goals.some(({ turn = 0 }) => turn > 0)) await programEnd('sync', []);
    const found = await orGivenUp(measure({ ...workshop, rounds }), signal);
    return new Map(goals.map((goal) => [goal, judged(goal, found, { amounts, isAgain })]));
  };
  const startedAt = performance.now();
  const timely = (rowOf) => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    return new Map(goals.map((goal) => [goal, { ...rowOf(goal), seconds }]));
  };
  try {
    const first = await look(false);
    if (isQuick || [...first.values()].every(isGood)) return timely((goal) => first.get(goal));
    const second = await look(true); // a bar that is missed once may have met something else that the machine did
    return timely((goal) => (isGood(first.get(goal)) ? first.get(goal) : second.get(goal)));
  } catch (error) {
    if (signal.aborted) return new Map();
    return timely((goal) => failed(goal, error, workshop));
  }
}

/** No measurement takes that long, unless something waits for what will not come. */
const longestMinutes = 4;

/** Milliseconds in which what is under way comes to its end: twenty containers take three seconds, and programs were killed by then. */
const longestEnd = 20_000;

/**
 * What a measurement finds; what it leaves when it is given up, the end of the run removes. Errors: the signal's reason, when nothing of it is under
 * way any more: an engine goes on making containers that it was asked for, and they would come after the end had looked for what is left.
 */
export async function orGivenUp(finding, signal) {
  const patience = new AbortController();
  const until = AbortSignal.any([signal, patience.signal]);
  const late = sleep(longestMinutes * 60_000, undefined, { signal: until }).then(() => {
    throw new Error(`it was not over after ${longestMinutes} minutes`);
  });
  try {
    return await Promise.race([finding, late]);
  } catch (error) {
    const over = finding.catch(() => {}); // what it says is of no use any more
    if (signal.aborted) await Promise.race([over, sleep(longestEnd, undefined, { ref: false })]);
    signal.throwIfAborted();
    throw error;
  } finally {
    patience.abort();
    late.catch(() => {});
  }
}
