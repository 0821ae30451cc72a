// Channels in Pipe mode, against `cat` into the same kind of FIFO.

import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeData } from './data.mjs';
import { alternately, timed } from './measure.mjs';
import { channelOf } from './own-jobs.mjs';
import { programEnd } from './processes.mjs';

export const plain = (workshop) => piped(workshop, 'None');

/** As RecordIO, a record a file. */
export const records = (workshop) => piped(workshop, 'RecordIO');

async function piped(workshop, RecordWrapperType) {
  const [{ resolveChannel }, { pipeChannel }, { openPipes }] = await Promise.all([
    import('../../dist/src/jobs/channels/resolve.js'),
    import('../../dist/src/jobs/pipe/channel.js'),
    import('../../dist/src/jobs/pipe/pipes.js'),
  ]);
  const data = await pipeData(workshop, workshop.amounts.pipeMegabytes);
  const place = { data: join(workshop.path, 'fifos'), spares: join(workshop.path, 'spares') };
  await mkdir(place.data);
  const channel = { ...channelOf(data), RecordWrapperType };
  const input = await resolveChannel(channel, 'Pipe', { region: 'us-east-1', roleArn: '' });
  const pipes = await openPipes([pipeChannel({ input, channel })], place);
  const fifo = join(workshop.path, 'fifo');
  try {
    await programEnd('mkfifo', [fifo]);
    return await alternately(
      { rounds: workshop.rounds.jobs, signal: workshop.signal },
      () => timed(() => read(join(place.data, readdirSync(place.data)[0]))), // one epoch
      () => timed(() => Promise.all([read(fifo), programEnd('sh', ['-c', `exec cat "${data}"/* > "${fifo}"`])])),
    );
  } finally {
    await pipes[Symbol.asyncDispose]();
    for (const path of [fifo, place.data, place.spares]) await rm(path, { recursive: true, force: true });
  }
}

const read = (path) => programEnd('dd', [`if=${path}`, 'of=/dev/null', 'bs=1M']);
