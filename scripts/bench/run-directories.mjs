// The directories of runs say whose they are: of those that were killed and could not remove themselves what they had, and of those that run now.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'sm-local-bench-';

/** The directory of this run. Errors: the system's. */
export const makeDirectory = async () => await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/** The process of another run of this machine, if there is one. */
export async function runBeside() {
  const pids = (await readdir(tmpdir())).map(pidOf);
  return pids.find((pid) => pid !== undefined && pid !== process.pid && isBenchmark(pid));
}

/** Of all runs on this machine whose process is gone. `removeLeftovers`, `isOfHome`: of src/engine/leftovers.ts. */
export async function removeKilledRuns(engine, { removeLeftovers, isOfHome }) {
  for (const name of await readdir(tmpdir())) {
    const pid = pidOf(name);
    if (pid !== undefined && !isBenchmark(pid)) await removeRun(engine, join(tmpdir(), name), pid, { removeLeftovers, isOfHome });
  }
}

/** The containers, networks and volumes of a run, its images, and its directory. */
export async function removeRun(engine, path, pid, { removeLeftovers, isOfHome }) {
  await removeLeftovers(engine, {}, async (labels) => isOfHome(labels, path) || labels['sm-local-bench'] === path);
  for (const { references } of await engine.images.list({})) {
    for (const reference of references.filter(isOfRun(pid))) await engine.images.remove(reference);
  }
  await rm(path, { recursive: true, force: true });
}

/** The name of an image of this run. */
export const imageOfRun = (name) => `sm-local-bench/${name}:${process.pid}`;

const isOfRun = (pid) => (reference) => reference.startsWith('sm-local-bench/') && reference.endsWith(`:${pid}`);

function pidOf(name) {
  const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Not only alive, where there is a `ps` to ask: numbers of processes are given out again. */
function isBenchmark(pid) {
  const { stdout, error } = spawnSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' });
  return error ? isAlive(pid) : /\bbench\.mjs\b/.test(stdout);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
