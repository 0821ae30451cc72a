import { setTimeout as sleep } from 'node:timers/promises';
import type { Seconds } from '../../engine/engine.ts';
import { elapsed } from '../../units.ts';
import { type Check, failed, passed, untestedHere } from '../check.ts';
import type { Reply } from '../evidence/http-call.ts';
import { concurrency, underLoad } from '../evidence/load.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import { isStrained, timed } from '../evidence/strain.ts';
import type { Payload } from '../request.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { withSampleToGiveUp } from './sample.ts';
import { howToRelieve, told, toldStrain } from './words.ts';

export const servePingUnderLoad: Check = {
  name: 'serve-ping-under-load',
  area: 'serve',
  proves: '/ping answers within 2 s while invocations run',
  severity: 'error',
  needs: ['serve-invocation'],
  unlessFailed: ['serve-accept'], // which only an engine of this machine shows
  source: sources.hosting,
  look: (on) =>
    withSampleToGiveUp(on, async (trial, { payload }) => {
      const isGood = ({ bad }: Pinged): boolean => bad === undefined;
      const { result, strain } = await timed(trial, isGood, () => pinged(on, trial, payload));
      const { bad, count, worst } = result;
      const facts = { worstSeconds: worst, othersShare: strain.others };
      if (!bad) return passed(`${count} pings while ${concurrency} invocations ran at a time: the slowest took ${elapsed(worst)}.`, facts);
      const text = `While ${concurrency} invocations ran at a time, GET /ping was answered with ${told(bad)}.`;
      const isLate = bad.status === undefined && bad.code === 'late';
      if (isLate && isStrained(strain)) return untestedHere(`${text} ${toldStrain(strain)}`, howToRelieve);
      const remedy =
        'Answer /ping in a thread, worker or event loop that no invocation holds up: SageMaker replaces an instance that does not answer.';
      return failed(text, remedy, facts);
    }),
};

/** What came of the pings. */
interface Pinged {
  /** The first that was not answered as it should be. */
  readonly bad: Reply | undefined;
  readonly count: number;
  readonly worst: Seconds;
}

async function pinged(on: Subject, trial: ServingTrial, payload: Payload): Promise<Pinged> {
  const over = new AbortController();
  const signal = AbortSignal.any([on.signal, over.signal]);
  const send = (stopped: AbortSignal) => on.serving.invoke(trial, payload, { signal: stopped });
  const load = underLoad({ width: concurrency, count: 100_000, duration: lasts, signal, send });
  const pings: Promise<Reply>[] = [];
  let bad: Reply | undefined;
  try {
    const since = performance.now();
    while (!bad && performance.now() - since < lasts * 1000) {
      const ping = trial.ping();
      pings.push(ping);
      ping.then(
        (reply) => {
          if (reply.status !== 200) bad ??= reply;
        },
        () => {}, // the signal, which is heard below
      );
      await sleep(interval, undefined, { signal: on.signal });
    }
  } finally {
    if (bad) over.abort(); // else what is under way ends by itself, since pings wait behind it
  }
  const replies = await Promise.all(pings);
  over.abort();
  await load;
  on.signal.throwIfAborted();
  bad ??= replies.find(({ status }) => status !== 200);
  return { bad, count: replies.length, worst: Math.max(...replies.map(({ took }) => took)) };
}

/** Seconds of load: a little more than a ping may take. */
const lasts = 2.5;

/** Milliseconds from one ping to the next. */
const interval = 100;
