// Requests to an endpoint while the process that serves it packs an archive.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { modelData } from './data.mjs';
import { median, whole } from './measure.mjs';
import { serveHere } from './own-endpoints.mjs';
import { client, programEnd, using } from './processes.mjs';

/** Milliseconds that the median of others may rise by. */
const bar = 2;

/** `{ before, during, added, megabytes, seconds, isMet }`: medians in milliseconds of a request on one connection. */
export async function packedBeside(workshop) {
  const { packDirectories } = await import('../../dist/src/store/pack.js');
  const { packMegabytes } = workshop.amounts;
  const model = await modelData(workshop, packMegabytes);
  const twice = join(workshop.path, 'twice'); // the same files again, by links: a gigabyte with half of the disk
  await mkdir(twice);
  for (const name of ['one', 'two']) await programEnd('cp', ['-rl', model, join(twice, name)]);
  const image = await workshop.image('bench');
  const destination = join(workshop.path, 'beside.tar.gz');
  try {
    return await using(serveHere(workshop, image), (served) =>
      using(client('./load.mjs'), async (load) => {
        const job = { url: served.url, size: 1024, connections: 1 };
        const found = [];
        for (let round = 0; round < workshop.rounds.proxy; round += 1) {
          workshop.signal.throwIfAborted();
          const before = whole(await load.ask({ ...job, seconds: 1 })).p50;
          const under = load.ask({ ...job, seconds: 600 });
          const startedAt = performance.now();
          await packDirectories([twice], destination, { signal: workshop.signal });
          const seconds = (performance.now() - startedAt) / 1000;
          load.tell('stop');
          found.push({ before, during: whole(await under).p50, seconds });
        }
        const of = (name) => median(found.map((round) => round[name]));
        const added = median(found.map(({ before, during }) => during - before));
        return {
          before: of('before'),
          during: of('during'),
          added,
          seconds: of('seconds'),
          megabytes: packMegabytes * 2,
          isMet: added <= bar,
        };
      }),
    );
  } finally {
    for (const path of [twice, destination]) await rm(path, { recursive: true, force: true });
  }
}

export const packedText = ({ before, during, added, megabytes, seconds, isMet }) =>
  `  ${megabytes} MB in ${seconds.toFixed(1)} s: p50 ${before.toFixed(2)} ms before, ${during.toFixed(2)} ms meanwhile, ${added.toFixed(2)} ms more (bar ${bar} ms, ${isMet ? 'met' : 'SHORT'})`;
