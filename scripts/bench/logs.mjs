// What a container prints, against the same container with nobody listening, and the engine's same log driver.

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { alternately, timed } from './measure.mjs';
import { client, using } from './processes.mjs';

/** A megabyte of log. */
const million = 1e6;

export const definitions = ['loss', 'accuracy', 'rate'].map((Name) => ({ Name, Regex: `${Name}=([0-9.]+)` }));

/** A job whose lines are all kept, with three metrics of each. */
export async function metricLines(workshop) {
  const bytes = workshop.amounts.logMegabytes * million;
  const image = await workshop.image('bench');
  return await using(client('./job-process.mjs', [workshop.path, image]), ({ ask }) =>
    alternately(
      { rounds: workshop.rounds.jobs, signal: workshop.signal },
      () => ask(loud(bytes)),
      () => timed(() => workshop.raw.run(image, { environment: [`BENCH_LOG_BYTES=${bytes}`] })),
    ),
  );
}

/** A job that prints so many bytes. */
export const loud = (bytes) => ({
  request: { Environment: { BENCH_LOG_BYTES: `${bytes}` }, AlgorithmSpecification: { MetricDefinitions: definitions } },
});

/**
 * `sm-local train` whose console does not read while the container prints. `lost`: lines that are not in the log; `blocked`: 1 if the container
 * waited for the console, which then has to read before it ends; `time`: of the container, in milliseconds. Beside it `time` with nobody listening.
 */
export async function stalledConsole(workshop) {
  const bytes = workshop.amounts.stalledMegabytes * million;
  const image = await workshop.image('bench');
  const environment = [`BENCH_LOG_BYTES=${bytes}`];
  return await alternately(
    { rounds: 1, signal: workshop.signal, cold: true }, // it is so or it is not
    () => unread(workshop, image, bytes),
    async () => ({ time: await timed(() => workshop.raw.run(image, { environment })), lost: 0, blocked: 0 }),
  );
}

async function unread(workshop, image, bytes) {
  const { end, path: home } = await workshop.directory();
  const death = await workshop.raw.nextDeath(home);
  const args = ['train', image, '--name', 'stalled', '--env', `BENCH_LOG_BYTES=${bytes}`];
  const stdio = ['ignore', 'pipe', 'pipe']; // nobody reads
  const startedAt = performance.now();
  const command = ['bin/sm-local.js', ...args, '--home', home, '--output', join(home, 'output')];
  const child = spawn(process.execPath, command, { stdio, detached: true });
  const closed = new Promise((resolve) => child.once('close', resolve));
  try {
    const patience = AbortSignal.timeout(120_000);
    const late = new Promise((resolve) => patience.addEventListener('abort', () => resolve(undefined)));
    const diedAt = await Promise.race([death.died, late, closed.then(() => undefined)]);
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    const code = await closed;
    if (code !== 0) throw new Error(`sm-local train ended with ${code}`);
    const lost = expectedLines(bytes) - (await linesBelow(join(home, 'logs')));
    return { time: (diedAt ?? performance.now()) - startedAt, lost, blocked: diedAt === undefined ? 1 : 0 };
  } finally {
    child.kill('SIGINT');
    await closed;
    death.end();
    await end();
  }
}

/** As `program.c` prints them. */
function expectedLines(bytes) {
  const line = (number) =>
    `step=${`${number}`.padStart(10, '0')}; loss=${(1 / (number + 1)).toFixed(6)}; accuracy=0.500000; rate=0.001000;\n`;
  return Math.ceil(bytes / line(0).length);
}

/** Of what the program prints, in the logs below a directory. */
async function linesBelow(directory) {
  let count = 0;
  for (const name of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    let rest = Buffer.alloc(0);
    for await (const part of createReadStream(join(name.parentPath ?? name.path, name.name))) {
      const text = Buffer.concat([rest, part]);
      for (let at = text.indexOf(lastOfLine); at >= 0; at = text.indexOf(lastOfLine, at + 1)) count += 1;
      rest = text.subarray(Math.max(0, text.length - lastOfLine.length + 1)); // too short to be counted twice
    }
  }
  return count;
}

const lastOfLine = ' rate=0.001000;\n';
