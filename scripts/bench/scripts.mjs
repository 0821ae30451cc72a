// What somebody would ask who has a `docker run` script today, as public examples of images of one's own have it: the same no-op training and
// the same prediction with it and with sm-local.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alternately } from './measure.mjs';
import { programEnd, programTime, servingProcess, using } from './processes.mjs';
import { need } from './programs.mjs';
import { throughBoth } from './proxy.mjs';

/** `serve_local.sh` and the first answer that curl gets, against the command to the same. */
export async function serving(workshop) {
  need('docker', 'curl');
  const image = await workshop.image('bench');
  const until = async (url) => {
    while (
      !(await programEnd('curl', ['-sf', '-o', '/dev/null', url]).then(
        () => true,
        () => false,
      ))
    )
      await sleep(20);
  };
  return await alternately(
    roundsOf(workshop),
    () =>
      since(async (done) =>
        using(servingProcess(image, workshop.home), async ({ url }) => {
          await programEnd('curl', ['-sf', '-o', '/dev/null', '-X', 'POST', '-d', 'x', url]);
          done();
        }),
      ),
    () =>
      since(async (done) => {
        const label = `sm-local-bench=${workshop.path}`;
        const run = ['run', '-d', '--rm', '--label', label, '-p', '127.0.0.1::8080', image, 'serve'];
        const id = (await programEnd('docker', run, { output: 'pipe' })).trim();
        try {
          const [address] = (await programEnd('docker', ['port', id, '8080'], { output: 'pipe' })).trim().split('\n');
          await until(`http://${address}/ping`);
          done();
        } finally {
          await programEnd('docker', ['kill', id]);
        }
      }),
  );
}

/** A `predict.sh`: curl with a payload, whole process. */
export const prediction = (workshop) =>
  throughBoth(workshop, async ({ through, direct }) => {
    need('curl');
    const payload = join(workshop.path, 'payload.csv');
    await writeFile(payload, '5.1,3.5,1.4,0.2\n');
    const args = ['-sf', '-o', '/dev/null', '--data-binary', `@${payload}`, '-H', 'Content-Type: text/csv'];
    return await alternately(
      { ...roundsOf(workshop), rounds: workshop.rounds.jobs * 4 }, // a hundredth of a second each
      () => programTime('curl', [...args, through]),
      () => programTime('curl', [...args, direct]),
    );
  });

/** Milliseconds until `done` is called. */
async function since(work) {
  const startedAt = performance.now();
  let time;
  await work(() => (time = performance.now() - startedAt));
  return time;
}

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.jobs, signal });
