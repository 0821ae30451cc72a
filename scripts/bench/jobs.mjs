// What a training job costs, against the engine's own API and the programs that people run containers with.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternately, timed } from './measure.mjs';
import { allRemoved, runJob } from './own-jobs.mjs';
import { processTime, programEnd, programTime } from './processes.mjs';
import { need } from './programs.mjs';

/** `whole`: until the job has been returned and nothing of it is in the engine or among temporary files; `visible`: until it is Completed, with its archive. */
export async function warm(workshop) {
  const image = await workshop.image('bench');
  return await alternately(
    roundsOf(workshop),
    () => jobTimes(workshop),
    async () => both(await timed(() => workshop.raw.run(image))),
  );
}

async function jobTimes(workshop, asked) {
  const startedAt = performance.now();
  const { marks } = await runJob(workshop, asked);
  await allRemoved(workshop); // by the process that the other side is measured in
  return { whole: performance.now() - startedAt, visible: marks.Completed - startedAt };
}

const both = (time) => ({ whole: time, visible: time });

/** The same job against the way that the SageMaker Python SDK's local mode has: Compose, which is left to its own network. */
export async function compose(workshop) {
  need('docker-compose');
  const image = await workshop.image('bench');
  const directory = join(workshop.path, 'compose');
  await mkdir(directory, { recursive: true });
  const service = `services:\n  algo-1:\n    image: ${image}\n    command: train\n    labels: { sm-local-bench: "${workshop.path}" }\n`;
  await writeFile(join(directory, 'docker-compose.yaml'), `version: "2.3"\n${service}`);
  const name = ['-p', `sm-local-bench-${process.pid}`];
  const down = () => programEnd('docker-compose', [...name, 'down'], { cwd: directory });
  try {
    return await alternately(
      roundsOf(workshop),
      async () => (await jobTimes(workshop)).visible,
      async () => {
        const time = await programTime('docker-compose', [...name, 'up', '--abort-on-container-exit'], { cwd: directory });
        await down(); // not counted
        return time;
      },
    );
  } finally {
    await down();
  }
}

/** The command, from its start to its end, against `docker run --rm`, and against it with a mount, as scripts for training locally have it. */
export async function command(workshop) {
  need('docker');
  const image = await workshop.image('bench');
  return await alternately(
    roundsOf(workshop),
    () => trainTime(workshop, image),
    () => programTime('docker', ['run', '--rm', image, 'train']),
  );
}

/** A `train_local.sh` as public examples of images of one's own have it. */
export async function script(workshop) {
  need('docker');
  const image = await workshop.image('bench');
  const directory = join(workshop.path, 'local-test');
  await mkdir(directory, { recursive: true });
  const text = [
    '#!/bin/sh',
    'mkdir -p test_dir/model test_dir/output test_dir/input/config test_dir/input/data/train',
    'rm -rf test_dir/model/* test_dir/output/*',
    'docker run -v "$(pwd)/test_dir:/opt/ml" --rm "$1" train',
  ];
  await writeFile(join(directory, 'train_local.sh'), `${text.join('\n')}\n`);
  const found = await alternately(
    roundsOf(workshop),
    () => trainTime(workshop, image),
    () => programTime('sh', ['train_local.sh', image], { cwd: directory }),
  );
  await rm(directory, { recursive: true, force: true });
  return found;
}

const trainTime = ({ home, path }, image) =>
  processTime(['bin/sm-local.js', 'train', image, '--home', home, '--output', join(path, 'output')]);

/** A job of several hosts with a network of its own against so many containers, started all at once, on a network that is there. */
export async function hosts(workshop) {
  const { raw, amounts } = workshop;
  const image = await workshop.image('bench');
  return await onNetwork(workshop, (network) =>
    alternately(
      { ...roundsOf(workshop), rounds: workshop.rounds.many },
      () => jobTimes(workshop, { hosts: amounts.hosts }),
      async () => both(await timed(() => Promise.all(Array.from({ length: amounts.hosts }, () => raw.run(image, { network }))))),
    ),
  );
}

/** A network that goes when the work is done. */
export async function onNetwork({ raw, path }, work) {
  const name = `sm-local-bench-${process.pid}`;
  const { Id } = await raw.ask('POST', '/networks/create', { Name: name, Labels: { 'sm-local-bench': path }, CheckDuplicate: true });
  try {
    return await work(Id);
  } finally {
    await raw.ask('DELETE', `/networks/${Id}`);
  }
}

/** Milliseconds from the engine's word that the container has ended to the job that is Completed. */
export async function ending(workshop) {
  return await alternately(
    roundsOf(workshop),
    async () => {
      const death = await workshop.raw.nextDeath(workshop.home);
      try {
        const { marks } = await runJob(workshop);
        return marks.Completed - (await death.died);
      } finally {
        death.end();
      }
    },
    () => 0,
  );
}

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.jobs, signal });
