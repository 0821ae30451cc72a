// How channels get to where a container sees them, against copies. A read-only one is the user's directory itself, one that can be written an
// overlay over it, which is what a channel in File mode is by default; of a part of a directory, files are linked.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { manyFiles, oneFile } from './data.mjs';
import { alternately, timed } from './measure.mjs';
import { channelOf, planned } from './own-jobs.mjs';
import { programTime } from './processes.mjs';

/** `{ bound, overlaid }`. */
export async function large(workshop) {
  const directory = await oneFile(workshop, workshop.amounts.bigMegabytes);
  return await alternately(
    roundsOf(workshop),
    async () => ({
      bound: await staged(workshop, { directory, mode: 'FastFile' }),
      overlaid: await staged(workshop, { directory, mode: 'File' }),
    }),
    async () => {
      const time = await copied(workshop, directory);
      return { bound: time, overlaid: time };
    },
  );
}

/** `{ bound, linked, hardLinked, overlaid }`; `hardLinked` is `linked` beside what `cp` takes for links. */
export async function many(workshop) {
  const directory = await manyFiles(workshop, workshop.amounts.files);
  return await alternately(
    { ...roundsOf(workshop), cold: true }, // the files were written a moment ago, and a round takes long
    async () => {
      const linked = await staged(workshop, { directory, mode: 'FastFile', isPart: true });
      return {
        bound: await staged(workshop, { directory, mode: 'FastFile' }),
        linked,
        hardLinked: linked,
        overlaid: await staged(workshop, { directory, mode: 'File' }),
      };
    },
    async () => {
      const time = await copied(workshop, directory);
      return { bound: time, linked: time, hardLinked: await copied(workshop, directory, '-rl'), overlaid: time };
    },
  );
}

/** Milliseconds of making a channel ready that has been looked through. `isPart`: as if it were not the whole of a directory. */
export async function staged(workshop, { directory, mode, isPart = false }) {
  const [{ stageChannels }, { Scope }] = await Promise.all([import('../../dist/src/jobs/staging.js'), import('../../dist/src/scope.js')]);
  const plan = await planned(workshop, { request: { InputDataConfig: [channelOf(directory, { mode })] } });
  const [host] = plan.hosts;
  const [{ directory: whole, ...channel }] = host.channels;
  const asked = isPart ? { ...host, channels: [channel] } : { ...host, channels: [{ ...channel, directory: whole }] };
  const emulator = await workshop.emulator();
  const scratch = join(workshop.path, `staged-${plan.name}`);
  await mkdir(scratch);
  const scope = new Scope();
  const refuse = (what) => {
    throw new Error(what);
  };
  const staging = {
    engine: workshop.engine,
    id: `sm-local-${plan.name}`,
    labels: await emulator.labels(),
    scratch,
    showsFiles: true,
    scope,
    signal: workshop.signal,
    onWarning: refuse,
    onDeviation: refuse,
    onProgress() {},
  };
  try {
    return await timed(() => stageChannels(asked, 'overlay', staging, () => refuse('the channel is copied')));
  } finally {
    await scope[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true });
  }
}

async function copied({ path }, directory, how = '-r') {
  const into = join(path, 'copy');
  const time = await programTime('cp', [how, directory, into]);
  await rm(into, { recursive: true });
  return time;
}

/** What a channel holds, file by file. */
export async function look(workshop) {
  const directory = await manyFiles(workshop, workshop.amounts.files);
  return await alternately(
    roundsOf(workshop),
    () => lookedThrough(directory),
    () => programTime('find', [directory, '-type', 'f', '-ls']),
  );
}

export async function lookedThrough(directory) {
  const { resolveChannel } = await import('../../dist/src/jobs/channels/resolve.js');
  return await timed(() => resolveChannel(channelOf(directory), 'File', { region: 'us-east-1', roleArn: '' }));
}

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.heavy, signal });
