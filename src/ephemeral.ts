import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Emulator, type EmulatorOptions, openEmulator } from './emulator.ts';
import { isOfHome, removeLeftovers } from './engine/leftovers.ts';
import { engineOfHome, noteEngine } from './engine-of-home.ts';
import { Scope } from './scope.ts';
import { homeBelow } from './store/home.ts';
import { namesIn } from './store/names-in.ts';
import { isAlive } from './store/owner.ts';
import { ownerOf } from './store/temporary.ts';

/** An emulator whose home goes with it. */
export interface Ephemeral extends AsyncDisposable {
  readonly emulator: Emulator;
  /** A directory beside the home that goes with it. */
  directory(name: string): Promise<string>;
}

/**
 * Opens a home below the one that the options name, so that `clean`, and whoever comes here next, finds what a process leaves that is killed.
 * What is known of engines is that home's. Errors: as `openEmulator`; trouble of the engine where something was left.
 */
export async function openEphemeral(options: EmulatorOptions): Promise<Ephemeral> {
  const scope = new Scope();
  try {
    const outer = scope.use(await openEmulator(options));
    await sweepEphemerals(outer);
    const directory = scope.use(await outer.root.temporaryDirectory('ephemeral'));
    const home = await homeBelow(directory.path, outer.root.home);
    await noteEngine(home.path, outer.engine);
    // What a full disk, or an engine that was away, kept from being removed would be nobody's once the home is gone.
    scope.defer(() => removeLeftovers(outer.engine, {}, async (labels) => isOfHome(labels, directory.path)));
    const { region, account } = outer;
    const emulator = scope.use(new Emulator(home, outer.engine, { ...options, engine: outer.engine }).in({ region, account }));
    return {
      emulator,
      directory: async (name) => scope.use(await outer.root.temporaryDirectory(name)).path,
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Removes the homes of processes that were killed, with all they have in this engine; what is in another one is left to who works with that.
 * Costs a look into a directory where there are none.
 */
async function sweepEphemerals({ root }: Emulator): Promise<void> {
  const { home, engine } = root;
  const paths = (await namesIn(home.tmp)).map((name) => join(home.tmp, name)).filter((path) => existsSync(join(path, 'format')));
  const isLeft = async (path: string): Promise<boolean> =>
    !(await isAlive(home, ownerOf(path))) && ['this', 'none'].includes(await engineOfHome(path, engine));
  if (!(await Promise.all(paths.map(isLeft))).includes(true)) return;
  const { sweepTemporary } = await import('./upkeep/clean.ts');
  await sweepTemporary(root);
}
