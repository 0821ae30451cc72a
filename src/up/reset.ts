import { join, relative } from 'node:path';
import type { Emulator } from '../emulator.ts';
import type { Removed } from '../engine/leftovers.ts';
import { engineOfHome } from '../engine-of-home.ts';
import { fail } from '../errors.ts';
import { reuseName } from '../store/home.ts';
import { namesIn } from '../store/names-in.ts';
import { isAlive } from '../store/owner.ts';
import { ownerOf, removeEmpty, removeTree } from '../store/temporary.ts';
import { sweepTemporary } from '../upkeep/clean.ts';
import { listResources } from '../upkeep/resources.ts';
import { removeAll, reusedHomes } from '../upkeep/reused.ts';
import { servingProcess } from './api-process.ts';

export interface Reset extends Removed {
  /** Homes below this one whose containers are in another engine: they stay for who works with that one. */
  readonly elsewhere: readonly string[];
}

/**
 * Empties a home: everything that any account has in any region, in the engine and on the disk. Directories of the user's that stand for
 * buckets are outside, and stay. Errors: HomeInUse when something of it has a living process; DiskTrouble, and trouble of the engine.
 */
export async function reset(emulator: Emulator): Promise<Reset> {
  const { home, engine } = emulator.root;
  const reused = await reusedHomes(emulator);
  const scopes = [...(await emulator.everywhere()), ...reused.flatMap((each) => each.scopes)];
  await checkUnused(emulator, scopes);
  // What ephemeral homes of killed processes have in the engine bears their names, not this one's.
  await sweepTemporary(emulator.root);
  const below = [...(await entriesOf(home.tmp)), ...reused.map(({ path }) => path)];
  const engines = await Promise.all(below.map(async (path) => ({ path, of: await engineOfHome(path, engine) })));
  const elsewhere = engines.filter(({ of }) => of === 'other' || of === 'replaced').map(({ path }) => path);
  const removed = await removeAll(scopes);
  const holders = ['tmp', reuseName];
  for (const name of await namesIn(home.path)) if (name !== 'format' && !holders.includes(name)) await removeTree(join(home.path, name));
  for (const name of holders) {
    for (const path of await entriesOf(join(home.path, name))) if (!elsewhere.includes(path)) await removeTree(path);
    await removeEmpty(join(home.path, name));
  }
  return { ...removed, elsewhere };
}

async function checkUnused(emulator: Emulator, scopes: readonly Emulator[]): Promise<void> {
  const { path } = emulator.root.home;
  const serving = await servingProcess(emulator);
  if (serving) throw fail('HomeInUse', { home: path, by: `sm-local up runs (process ${serving.pid})` });
  for (const scope of scopes) {
    const { resources } = await listResources(scope);
    const running = resources.find(({ isRunning }) => isRunning);
    if (running) throw fail('HomeInUse', { home: path, by: `${running.kind} ${running.name} runs` });
    // A program or a test run with an ephemeral home has no record in this one.
    for (const entry of await entriesOf(scope.home.tmp)) {
      const owner = ownerOf(entry);
      if (await isAlive(scope.home, owner))
        throw fail('HomeInUse', { home: path, by: `process ${owner.split('-')[0]} has ${relative(path, entry)} in it` });
    }
  }
}

const entriesOf = async (directory: string): Promise<readonly string[]> => (await namesIn(directory)).map((name) => join(directory, name));
