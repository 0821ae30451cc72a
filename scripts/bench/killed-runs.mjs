// What runs have left that were killed and could not see to it themselves: their directory says whose it was.

import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'sm-local-bench-';

/** What the directory of this run begins with. */
export const directoryPrefix = join(tmpdir(), `${prefix}${process.pid}-`);

/** Of all runs on this machine whose process is gone. `removeLeftovers`, `isOfHome`: of src/engine/leftovers.ts. */
export async function removeKilledRuns(engine, { removeLeftovers, isOfHome }) {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await removeRun(engine, join(tmpdir(), name), pid, { removeLeftovers, isOfHome });
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

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
