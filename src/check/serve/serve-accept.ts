import { setTimeout as sleep } from 'node:timers/promises';
import type { Seconds } from '../../engine/engine.ts';
import { elapsed } from '../../units.ts';
import { type Check, type Finding, failed, passed, untestedHere } from '../check.ts';
import type { Reply } from '../evidence/http-call.ts';
import { concurrency, underLoad } from '../evidence/load.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import { isStrained, timed } from '../evidence/strain.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { withSampleToGiveUp } from './sample.ts';
import { howToRelieve, toldStrain } from './words.ts';

export const serveAccept: Check = {
  name: 'serve-accept',
  area: 'serve',
  proves: 'connections are accepted within 250 ms, also under load',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    if (!(await on.emulator.engine.describe()).isNative) {
      return untestedHere('The engine relays connections, so that it accepts them itself.', 'Check with an engine of this machine.');
    }
    const { state } = await on.serving.sample(() => on.content());
    if (state === 'accepted') {
      return await withSampleToGiveUp(on, (trial, { payload }) =>
        accepting(on, trial, (signal) => on.serving.invoke(trial, payload, { signal })),
      );
    }
    const trial = await on.serving.main();
    return await accepting(on, trial, (signal) => trial.ping(undefined, signal));
  },
};

async function accepting(on: Subject, trial: ServingTrial, send: (signal: AbortSignal) => Promise<Reply>): Promise<Finding> {
  const { accept } = trial.plan.limits;
  const isGood = ({ typical }: Accepting): boolean => typical <= accept;
  const { result, strain } = await timed(trial, isGood, () => burstsOf(on, trial, send));
  const { typical, slowest } = result;
  const facts = { seconds: typical, worstSeconds: slowest, othersShare: strain.others };
  if (isGood(result))
    return passed(`Connections were accepted within ${elapsed(typical)} while ${concurrency} requests were under way.`, facts);
  const took = typical >= patience ? `more than ${patience} s` : elapsed(typical);
  const text = `While ${concurrency} requests were under way, a connection took ${took} to be accepted; SageMaker waits ${elapsed(accept)}.`;
  if (isStrained(strain)) return untestedHere(`${text} ${toldStrain(strain)}`, howToRelieve);
  const remedy = 'Let the server accept connections while it works, and give its socket a longer queue (backlog), 128 or more.';
  return failed(text, remedy, facts);
}

/** Seconds that connections took to be accepted. */
interface Accepting {
  readonly typical: Seconds;
  readonly slowest: Seconds;
}

async function burstsOf(on: Subject, trial: ServingTrial, send: (signal: AbortSignal) => Promise<Reply>): Promise<Accepting> {
  const over = new AbortController();
  const signal = AbortSignal.any([on.signal, over.signal]);
  const load = underLoad({ width: concurrency, count: 10_000, duration: 10, signal, send });
  const worst: Seconds[] = [];
  try {
    for (let burst = 0; burst < bursts; burst += 1) {
      await sleep(between, undefined, { signal: on.signal });
      const took = await Promise.all(Array.from({ length: concurrency }, () => trial.connect(patience)));
      worst.push(Math.max(...took.map((seconds) => seconds ?? patience)));
    }
  } finally {
    over.abort();
    await load;
  }
  const [, typical = patience, slowest = patience] = worst.toSorted((one, other) => one - other);
  return { typical, slowest };
}

/** Of connections at the same time. The second slowest of them counts: one that is slow is this machine's hiccup, two are the server's. */
const bursts = 3;

/** Milliseconds. */
const between = 100;

/** Seconds until a connection is given up. */
const patience = 1;
