import { join } from 'node:path';
import { Emulator } from '../emulator.ts';
import { type Removed, removeLeftovers } from '../engine/leftovers.ts';
import { fail } from '../errors.ts';
import { homeBelow, reuseName } from '../store/home.ts';
import { namesIn } from '../store/names-in.ts';
import { removeTree } from '../store/temporary.ts';
import { listResources } from '../upkeep/resources.ts';
import { servingProcess } from './api-process.ts';

/**
 * Empties a home: everything that any account has in any region, in the engine and on the disk. Directories of the user's that stand for
 * buckets are outside, and stay. Errors: HomeInUse when something of it has a living process; DiskTrouble, and trouble of the engine.
 */
export async function reset(emulator: Emulator): Promise<Removed> {
  const { path } = emulator.root.home;
  const serving = await servingProcess(emulator);
  if (serving) throw fail('HomeInUse', { home: path, by: `sm-local up runs (process ${serving.pid})` });
  const scopes = [...(await emulator.everywhere()), ...(await reusedIn(emulator))];
  for (const scope of scopes) {
    const { resources } = await listResources(scope);
    const running = resources.find(({ isRunning }) => isRunning);
    if (running) throw fail('HomeInUse', { home: path, by: `${running.kind} ${running.name} runs` });
  }
  const removed = { containers: 0, networks: 0, volumes: 0 };
  for (const { home, engine } of scopes) {
    const { containers, networks, volumes } = await removeLeftovers(engine, { 'sm-local.home': home.path }, async () => true);
    removed.containers += containers;
    removed.networks += networks;
    removed.volumes += volumes;
  }
  for (const name of await namesIn(path)) if (name !== 'format') await removeTree(join(path, name));
  return removed;
}

/** Homes below this one, of endpoints that test runs take up again. */
async function reusedIn({ root: { home, engine } }: Emulator): Promise<readonly Emulator[]> {
  const names = await namesIn(join(home.path, reuseName));
  const roots = names.map(async (name) => new Emulator(await homeBelow(join(home.path, reuseName, name), home), engine, { engine }));
  return (await Promise.all((await Promise.all(roots)).map((root) => root.everywhere()))).flat();
}
