import { join, resolve } from 'node:path';
import { Emulator } from '../emulator.ts';
import type { Engine } from '../engine/engine.ts';
import { isOfHome, removeLeftovers } from '../engine/leftovers.ts';
import { type Home, homeBelow, openHome } from '../store/home.ts';
import { withLock } from '../store/lock.ts';
import { namesIn } from '../store/names-in.ts';
import { isAlive, Owner } from '../store/owner.ts';
import { removeTree } from '../store/temporary.ts';

/**
 * Has the home at `path` of an endpoint that is to be reused, below `<home>/reuse`, for this process alone; undefined while another process has
 * it. Disposing it lets the next process in; the home goes then, unless an endpoint is left in it. Errors: DiskTrouble, the signal's reason.
 */
export async function enterReuseHome(path: string, engine: Engine, signal?: AbortSignal): Promise<AsyncDisposable | undefined> {
  const outer = await openHome(resolve(path, '../..'));
  return await alone(outer, signal, async () => {
    const home = await homeBelow(path, outer);
    const emulator = new Emulator(home, engine, { engine });
    if (await hasOwner(emulator)) return undefined;
    const owner = await Owner.start(home);
    return {
      [Symbol.asyncDispose]: () =>
        alone(outer, undefined, async () => {
          await owner[Symbol.asyncDispose]();
          if ((await hasOwner(emulator)) || (await hasEndpoint(emulator))) return;
          await removeLeftovers(engine, {}, async (labels) => isOfHome(labels, path));
          await removeTree(path);
        }),
    };
  });
}

/** Nobody comes in or goes out meanwhile. */
async function alone<T>(outer: Home, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  await using holder = await Owner.start(outer);
  const isThere = (id: string): Promise<boolean> => isAlive(outer, id);
  return await withLock(join(outer.owners, 'reuse.lock'), { holder: holder.id, isAlive: isThere, signal }, work);
}

/** Whether any process works in it, whatever that does there. */
async function hasOwner(emulator: Emulator): Promise<boolean> {
  for (const { home } of await emulator.everywhere()) {
    // The name of a file there begins with its owner.
    const ids = (await namesIn(home.owners)).map((name) => name.split('.')[0] ?? '');
    if ((await Promise.all(ids.map((id) => isAlive(home, id)))).includes(true)) return true;
  }
  return false;
}

const hasEndpoint = async (emulator: Emulator): Promise<boolean> =>
  (await emulator.everywhere()).some(({ endpoints }) => endpoints.names().length > 0);
