// Streams of chunks that carry the moment they were written, through the endpoint and straight from the container.

import { alternately } from './measure.mjs';
import { client, using } from './processes.mjs';
import { throughBoth } from './proxy.mjs';

/** Milliseconds from the writing of a chunk to its reading, the median of a stream of chunks 5 ms apart. */
export const delay = (workshop) => read(workshop, { chunks: workshop.amounts.slowChunks, pause: 0.005 }, ({ p50 }) => p50);

/** Chunks a second, back to back. */
export const rate = (workshop) => read(workshop, { chunks: workshop.amounts.chunks, pause: 0 }, ({ chunks, seconds }) => chunks / seconds);

const read = (workshop, asked, figure) =>
  throughBoth(workshop, ({ through, direct }) =>
    using(client('./stamps.mjs'), ({ ask }) =>
      alternately(
        { rounds: workshop.rounds.proxy, signal: workshop.signal },
        async () => figure(await ask({ ...asked, url: `${through}-response-stream` })),
        async () => figure(await ask({ ...asked, url: direct })),
      ),
    ),
  );
