// A no-op job from the request to its end: the statuses it goes through, the calls to the engine that it waits for, and the longer ones to files.

import { median } from './measure.mjs';
import { noteFiles } from './noted-files.mjs';
import { runJob } from './own-jobs.mjs';
import { amount } from './table.mjs';
import { noting } from './wrapped-engine.mjs';

/** Calls to files that take less, in milliseconds, are many and say nothing. */
const worthTelling = 0.5;

/** `{ whole, spans, phases }` of a job in the middle of several, in milliseconds from the request; spans are calls to the engine and to files, phases are statuses. */
export async function jobBreakdown(workshop) {
  const { openEmulator } = await import('../../dist/src/emulator.js');
  const calls = [];
  const emulator = await openEmulator({ home: workshop.home, engine: noting(workshop.engine, (call) => calls.push(call)) });
  const restore = await noteFiles((call) => calls.push(call));
  const own = { ...workshop, emulator: async () => emulator };
  try {
    const found = [];
    for (let round = 0; round <= workshop.rounds.jobs; round += 1) {
      calls.length = 0;
      const askedAt = performance.now();
      const { marks } = await runJob(own);
      const whole = performance.now() - askedAt;
      const from = (time) => time - askedAt;
      const spans = calls.map((call) => ({ name: call.name, at: from(call.from), took: call.to - call.from }));
      const phases = Object.entries(marks).map(([name, time]) => ({ name, at: from(time) }));
      const told = spans.filter(({ name, took }) => !name.startsWith('file.') || took >= worthTelling);
      if (round > 0) found.push({ whole, spans: told.sort((a, b) => a.at - b.at), phases });
    }
    const middle = median(found.map(({ whole }) => whole));
    return found.find(({ whole }) => whole === middle);
  } finally {
    restore();
    await emulator[Symbol.asyncDispose]();
  }
}

export function jobText({ whole, spans, phases }) {
  const all = [...spans, ...phases.map(({ name, at }) => ({ name: `— ${name}`, at }))].sort((a, b) => a.at - b.at);
  const lines = all.map(
    ({ name, at, took }) => `  ${at.toFixed(1).padStart(8)}  ${took === undefined ? ''.padStart(8) : took.toFixed(1).padStart(8)}  ${name}`,
  );
  return [
    '       at      took (ms)',
    ...lines,
    `  ${whole.toFixed(1).padStart(8)}            returned`,
    `  ${idleText(whole, spans)}`,
  ].join('\n');
}

/** What of the whole no such call was under way in. */
export function ownTime(whole, spans) {
  let [own, until] = [0, 0];
  for (const { at, took } of spans) {
    own += Math.max(0, at - until);
    until = Math.max(until, at + took);
  }
  return own + Math.max(0, whole - until);
}

const idleText = (whole, spans) =>
  `${amount(ownTime(whole, spans))} ms of it with none of these calls under way, the wait for the container's end among them`;
