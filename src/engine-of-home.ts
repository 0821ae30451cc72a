import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine/engine.ts';
import { writeAtomically } from './store/atomic.ts';
import { codeOf, diskTrouble } from './store/disk-trouble.ts';

/** Which engine has what a home stands for, kept in homes that somebody else may have to remove. */
interface Noted {
  readonly address: string;
  /** What the engine says it is; absent until it was asked, and of one that says something else each time. */
  readonly id?: string;
}

/**
 * 'this' one; 'replaced': another one is at the same address by now; 'none': whatever there was went with its process; 'other': only whoever
 * works with that one can remove what it has.
 */
export type EngineOfHome = 'this' | 'replaced' | 'none' | 'other';

/** Writes down which engine the home at `path` is for, unless that is known; its id as soon as it has told it. Errors: DiskTrouble. */
export async function noteEngine(path: string, engine: Engine): Promise<void> {
  const address = engine.address.host;
  const known = await notedIn(path);
  if (!known) await write(path, { address });
  if (known?.id !== undefined || (known && known.address !== address)) return;
  // Nobody waits for an engine that may be away; without an id its address tells it. The home may be gone by then.
  void idOf(engine)
    .then((id) => (id === undefined ? undefined : write(path, { address, id })))
    .catch(() => {});
}

/** Errors: DiskTrouble. */
export async function engineOfHome(path: string, engine: Engine): Promise<EngineOfHome> {
  const noted = await notedIn(path);
  if (!noted) return 'this'; // of an older version
  if (noted.address.startsWith(ofProcess)) return 'none';
  const isAtAddress = noted.address === engine.address.host;
  if (noted.id === undefined) return isAtAddress ? 'this' : 'other';
  const id = await idOf(engine).catch(() => undefined); // what cannot be asked has nothing removed
  if (id === noted.id) return 'this';
  return id !== undefined && isAtAddress ? 'replaced' : 'other';
}

/** Canned replies are an engine that ends with its process, and everything in it. */
const ofProcess = 'replies:';

/** podman makes up another id for each who asks. */
async function idOf(engine: Engine): Promise<string | undefined> {
  const { kind, id } = await engine.describe();
  return kind === 'podman' || id === '' ? undefined : id;
}

const fileIn = (path: string): string => join(path, 'engine');

const write = (path: string, noted: Noted): Promise<void> =>
  writeAtomically(fileIn(path), `${JSON.stringify(noted)}\n`, { isDurable: false });

async function notedIn(path: string): Promise<Noted | undefined> {
  const file = fileIn(path);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Noted;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { address: '' }; // a power cut: it cannot be told any more
    throw diskTrouble('read', file, error);
  }
}
