import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Emulator, type EmulatorOptions } from '../emulator.ts';
import { dockerEngine } from '../engine/docker/engine.ts';
import { findEngine } from '../engine/find.ts';
import { isError, type SmLocalError } from '../errors.ts';
import { defaultHome, openHome } from '../store/home.ts';
import { removeTree } from '../store/temporary.ts';

/** An emulator to look at, whatever is wrong with it. */
export interface Admission extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Check -> why it need not be made. What it would have looked at is a stand-in then. */
  readonly troubles: ReadonlyMap<string, SmLocalError>;
}

/** Opens what can be opened. Errors: none of the catalogue. */
export async function admit(options: EmulatorOptions): Promise<Admission> {
  const troubles = new Map<string, SmLocalError>();
  const standIn = await mkdtemp(join(tmpdir(), 'sm-local-doctor-'));
  const kept = async <T>(check: string, open: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await open();
    } catch (error) {
      if (!isError(error)) throw error;
      troubles.set(check, error);
      return undefined;
    }
  };
  const home = (await kept('home', () => openHome(options.home ?? defaultHome()))) ?? (await openHome(standIn));
  const found = await kept('engine', async () =>
    typeof options.engine === 'object' ? options.engine : dockerEngine(findEngine(options.engine)),
  );
  const emulator = new Emulator(home, found ?? dockerEngine({ host: 'unix:///nowhere', rule: 'none' }), options);
  return {
    emulator,
    troubles,
    async [Symbol.asyncDispose]() {
      await emulator[Symbol.asyncDispose]();
      await removeTree(standIn);
    },
  };
}
