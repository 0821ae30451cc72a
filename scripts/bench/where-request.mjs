// A request of a kilobyte on one connection, through one thing more at a time: what each adds to the median, and the processor time of a request.

import { median } from './measure.mjs';
import { nginx } from './nginx.mjs';
import { server, servingProcess, using, wrk } from './processes.mjs';
import { upServing } from './proxy.mjs';
import { amount } from './table.mjs';

/** `{ steps }`: `{ name, p50, cpu }`, milliseconds and microseconds of the process in between. */
export async function requestLadder(workshop) {
  const { raw, isNative, home } = workshop;
  const image = await workshop.image('bench');
  return await using(raw.healthy(image, { isPublished: true }), (published) =>
    using(raw.healthy(image, { isPublished: !isNative }), (own) =>
      using(nginx(workshop, own.url), (other) =>
        using(server('./relay.mjs', [own.url, 'bytes']), (relay) =>
          using(server('./relay.mjs', [own.url, 'http']), (bare) =>
            using(servingProcess(image, home), (served) =>
              using(upServing(workshop, image), async (up) => {
                const ways = [
                  { name: isNative ? "the container's own address" : 'the container', url: `${own.url}/invocations` },
                  { name: 'its published port', url: `${published.url}/invocations` },
                  { name: 'nginx', url: `${other.url}/invocations` },
                  { name: 'a relay of bytes on Node', url: `${relay.url}/invocations`, program: relay },
                  { name: 'node:http and undici, nothing else', url: `${bare.url}/invocations`, program: bare },
                  { name: 'sm-local serve', url: served.url, program: served },
                  { name: 'sm-local up', url: up.url, program: up },
                ];
                return { steps: await looks(workshop, ways) };
              }),
            ),
          ),
        ),
      ),
    ),
  );
}

async function looks({ rounds, signal, amounts }, ways) {
  const found = ways.map(() => []);
  for (let round = 0; round <= rounds.proxy; round += 1) {
    for (const [index, { url, program }] of ways.entries()) {
      signal.throwIfAborted();
      const before = program?.cpuTime();
      const { p50, requests } = await wrk(url, { size: 1024, connections: 1, seconds: amounts.loadSeconds * 2 });
      if (round > 0) found[index].push({ p50, cpu: program && ((program.cpuTime() - before) * 1000) / requests });
    }
  }
  return ways.map(({ name, program }, index) => ({
    name,
    p50: median(found[index].map(({ p50 }) => p50)),
    ...(program && { cpu: median(found[index].map(({ cpu }) => cpu)) }),
  }));
}

export const requestText = ({ steps }) =>
  steps
    .map(
      ({ name, p50, cpu }) =>
        `  ${p50.toFixed(3).padStart(8)} ms  ${cpu === undefined ? ''.padStart(7) : `${amount(cpu)} µs`.padStart(7)}  ${name}`,
    )
    .join('\n');
