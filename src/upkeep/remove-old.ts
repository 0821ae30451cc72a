import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { isDirectoryReference } from '../engine/resolve-image.ts';
import { namesIn } from '../store/names-in.ts';
import { removeTree } from '../store/temporary.ts';

/**
 * Removes what is over and was last used before `time`: records of jobs with their logs, logs of endpoints, unpacked models, and the images
 * that were built here and that nothing which stays refers to, as far as all records can be read. The user's own files, archives among them,
 * stay. Errors: DiskTrouble, and trouble of the engine.
 */
export async function removeOld(scopes: readonly Emulator[], time: Date): Promise<{ jobs: number; models: number; images: number }> {
  const imagesInUse = new Set<string>();
  let [jobs, models, isAllRead] = [0, 0, true];
  for (const scope of scopes) {
    const removed = await removeOldOf(scope, time, imagesInUse);
    jobs += removed.jobs;
    models += removed.models;
    isAllRead &&= removed.isAllRead;
  }
  const [any] = scopes;
  return { jobs, models, images: any && isAllRead ? await removeOldImages(any, imagesInUse, time) : 0 };
}

/** What one account has in one region; the images that it still needs are added to `imagesInUse`. */
async function removeOldOf({ home, trainingJobs, endpoints }: Emulator, time: Date, imagesInUse: Set<string>) {
  let jobs = 0;
  const { records, broken } = await trainingJobs.list();
  for (const { name, value } of records) {
    if (value.endTime === undefined || Date.parse(value.endTime) >= time.getTime()) {
      if (value.imageId !== undefined) imagesInUse.add(value.imageId);
    } else {
      await removeTree(join(home.logs, 'training-jobs', name));
      if (value.run?.scratch !== undefined) await removeTree(value.run.scratch);
      await trainingJobs.remove(name);
      jobs += 1;
    }
  }
  const modelsInUse = new Set<string>();
  const served = new Set<string>();
  for (const { name, value } of (await endpoints.list()).records) {
    const { variants = [], shadow } = value.run?.lasting?.live ?? {};
    for (const { imageId } of [value, ...variants, ...(shadow ? [shadow] : [])]) imagesInUse.add(imageId);
    served.add(name);
    for (const model of [value.run?.model, ...(value.run?.models ?? [])]) if (model !== undefined) modelsInUse.add(model);
  }
  for (const path of await olderIn(join(home.logs, 'endpoints'), time))
    if (!served.has(path.split('/').at(-1) ?? '')) await removeTree(path);
  const models = (await olderIn(home.models, time)).filter((path) => !modelsInUse.has(path));
  for (const path of models) await removeTree(path);
  return { jobs, models: models.length, isAllRead: broken.length === 0 };
}

/** Paths of the entries that were made or changed before. */
async function olderIn(directory: string, time: Date): Promise<string[]> {
  const paths = (await namesIn(directory)).map((name) => join(directory, name));
  const found = await Promise.all(paths.map(async (path) => ({ path, changed: (await lstat(path)).ctime })));
  return found.filter(({ changed }) => changed < time).map(({ path }) => path);
}

/**
 * Images that were built of directories before `time`, also those that have lost their name to a later build: unless a record that stays or any
 * container needs them, or somebody gave them a name of his own. How many are gone.
 */
async function removeOldImages({ engine }: Emulator, inUse: ReadonlySet<string>, time: Date): Promise<number> {
  const [images, containers] = await Promise.all([engine.images.list({ 'sm-local.kind': 'image' }), engine.containers.list({})]);
  const running = new Set(containers.map(({ image }) => image));
  let removed = 0;
  for (const { id, references, builtAt } of images) {
    if (inUse.has(id) || running.has(id) || builtAt >= time.getTime() || !references.every(isDirectoryReference)) continue;
    const names = references.filter((reference) => !reference.includes('@'));
    const results = await Promise.all((names.length > 0 ? names : [id]).map((name) => engine.images.removeUnused(name)));
    if (results.every((isGone) => isGone)) removed += 1;
  }
  return removed;
}
