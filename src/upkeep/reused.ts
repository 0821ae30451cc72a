import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Emulator } from '../emulator.ts';
import { type Removed, removeLeftovers } from '../engine/leftovers.ts';
import { engineOfHome } from '../engine-of-home.ts';
import { homeBelow, reuseName } from '../store/home.ts';
import { withLock } from '../store/lock.ts';
import { namesIn } from '../store/names-in.ts';
import { isAlive, livingOwners } from '../store/owner.ts';
import { removeTree } from '../store/temporary.ts';

/** A home below another one, of an endpoint that test runs take up again, with all accounts that it has. */
export interface ReusedHome {
  readonly path: string;
  readonly scopes: readonly Emulator[];
}

/** Errors: DiskTrouble. */
export async function reusedHomes({ root: { home, engine } }: Emulator): Promise<readonly ReusedHome[]> {
  const paths = (await namesIn(join(home.path, reuseName))).map((name) => join(home.path, reuseName, name));
  return await Promise.all(
    paths.map(async (path) => ({ path, scopes: await new Emulator(await homeBelow(path, home), engine, { engine }).everywhere() })),
  );
}

/**
 * Removes those that nobody has used since `time`, with all they have in the engine; those of another engine stay. Errors: DiskTrouble,
 * trouble of the engine.
 */
export async function removeOldReused(emulator: Emulator, time: Date) {
  const elsewhere: string[] = [];
  const removed: Removed[] = [];
  // Whoever takes one up begins and ends as an owner, which leaves its time at their directory.
  const isOld = ({ path }: ReusedHome): boolean => (statSync(join(path, 'owners'), { throwIfNoEntry: false })?.mtime ?? time) < time;
  const removeIfUnused = async (reused: ReusedHome): Promise<void> => {
    const { path, scopes } = reused;
    if (!isOld(reused) || (await Promise.all(scopes.map(({ home }) => livingOwners(home)))).flat().length > 0) return;
    if (['other', 'replaced'].includes(await engineOfHome(path, emulator.engine))) elsewhere.push(path);
    else {
      removed.push(await removeAll(scopes));
      await removeTree(path);
    }
  };
  const { home } = emulator.root;
  for (const reused of (await reusedHomes(emulator)).filter(isOld)) {
    const lock = { holder: (await emulator.root.owner).id, isAlive: (id: string) => isAlive(home, id) };
    // The one of those who begin to use such a home, or end that.
    await withLock(join(home.owners, 'reuse.lock'), lock, () => removeIfUnused(reused));
  }
  return { homes: removed.length, elsewhere, removed: sumOf(removed) };
}

/** Everything that these have in the engine. Errors: trouble of the engine. */
export async function removeAll(scopes: readonly Emulator[]): Promise<Removed> {
  const removed: Removed[] = [];
  for (const { home, engine } of scopes) removed.push(await removeLeftovers(engine, { 'sm-local.home': home.path }, async () => true));
  return sumOf(removed);
}

const sumOf = (all: readonly Removed[]): Removed => {
  const sum = (count: (each: Removed) => number): number => all.reduce((total, each) => total + count(each), 0);
  return { containers: sum((each) => each.containers), networks: sum((each) => each.networks), volumes: sum((each) => each.volumes) };
};
