// What `sm-local serve` still holds after many requests.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { whole } from './measure.mjs';
import { client, servingProcess, using } from './processes.mjs';

/** Looks at the heap; megabytes that it may grow by from the first to the last, which have all been through as much before. */
const looks = 5;
const slack = 2;

/** `{ steps, isMet }`: `{ requests, used, resident }` in MB, after garbage collection. */
export async function heap(workshop) {
  const each = (workshop.isQuick ? 10_000 : 100_000) / looks;
  const probe = fileURLToPath(new URL('./heap-probe.mjs', import.meta.url));
  const nodeFlags = ['--expose-gc', '--import', probe];
  const image = await workshop.image('bench');
  return await using(servingProcess(image, workshop.home, { nodeFlags }), (served) =>
    using(client('./load.mjs'), async ({ ask }) => {
      const steps = [];
      for (let look = 0; look <= looks; look += 1) {
        workshop.signal.throwIfAborted();
        if (look > 0) whole(await ask({ url: served.url, size: 1024, connections: 16, count: each }));
        steps.push({ requests: look * each, ...(await held(served, look)) });
      }
      return { steps, isMet: steps.at(-1).used - steps[1].used <= slack };
    }),
  );
}

async function held(served, look) {
  served.kill('SIGUSR2');
  for (;;) {
    const said = [...served.said().matchAll(/^HEAP (.*)$/gm)];
    if (said.length > look) return JSON.parse(said[look][1]);
    await sleep(10);
  }
}
