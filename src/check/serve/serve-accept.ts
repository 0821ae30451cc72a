import { setTimeout as sleep } from 'node:timers/promises';
import { elapsed } from '../../units.ts';
import { type Check, failed, passed, untested } from '../check.ts';
import { concurrency, underLoad } from '../evidence/load.ts';
import { sources } from '../sources.ts';

export const serveAccept: Check = {
  name: 'serve-accept',
  area: 'serve',
  proves: 'connections are accepted within 250 ms, also under load',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    if (!(await on.emulator.engine.describe()).isNative) {
      return untested('The engine relays connections, so that it accepts them itself.', 'Check with an engine of this machine.');
    }
    const trial = await on.serving.main();
    const sample = await on.serving.sample(() => on.content());
    const { accept } = trial.plan.limits;
    const over = new AbortController();
    const send = (signal: AbortSignal) =>
      sample.state === 'accepted' ? on.serving.invoke(trial, sample.payload, { signal }) : trial.ping(undefined, signal);
    const load = underLoad({ width: concurrency, count: 10_000, duration: 10, signal: AbortSignal.any([on.signal, over.signal]), send });
    const worst: number[] = [];
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
    const facts = { seconds: typical, worstSeconds: slowest };
    if (typical <= accept)
      return passed(`Connections were accepted within ${elapsed(typical)} while ${concurrency} requests were under way.`, facts);
    const took = typical >= patience ? `more than ${patience} s` : elapsed(typical);
    const text = `While ${concurrency} requests were under way, a connection took ${took} to be accepted; SageMaker waits ${elapsed(accept)}.`;
    const remedy = 'Let the server accept connections while it works, and give its socket a longer queue (backlog), 128 or more.';
    return failed(text, remedy, facts);
  },
};

/** Of connections at the same time. The second slowest of them counts: one that is slow is this machine's hiccup, two are the server's. */
const bursts = 3;

/** Milliseconds. */
const between = 100;

/** Seconds until a connection is given up. */
const patience = 1;
