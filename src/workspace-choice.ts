import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Emulator } from './emulator.ts';
import type { EngineDescription } from './engine/engine.ts';
import { type FileSharing, fileSharing, probeFileSharing, type SharingObstacle } from './engine/file-sharing.ts';
import { writeAtomically } from './store/atomic.ts';
import { codeOf, diskTrouble } from './store/disk-trouble.ts';

export interface ProbeOptions {
  /** Tries it out again, whatever is known. */
  readonly afresh?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * What the engine makes of this machine's files, for this user: tried out once and remembered in home until the engine is another one or
 * has another version. Errors: DiskTrouble, trouble of the engine, and the signal's reason.
 */
export async function sharingOf(emulator: Emulator, { afresh = false, signal }: ProbeOptions = {}): Promise<FileSharing> {
  const path = recordPath(emulator);
  const engine = identityOf(await emulator.engine.describe());
  const known = afresh ? undefined : await readSharing(path);
  if (known && known.engine === engine) return fileSharing(known.obstacles);
  await using directory = await emulator.temporaryDirectory('probe');
  const labels = { ...(await emulator.labels()), 'sm-local.kind': 'probe' };
  const found = await probeFileSharing(emulator.engine, directory.path, labels, signal);
  await writeSharing(path, { engine, obstacles: found.obstacles });
  return found;
}

/** What is remembered of an engine and a user. */
interface SharingRecord {
  readonly engine: string;
  readonly obstacles: readonly SharingObstacle[];
}

/** The way to an engine may matter, as ssh to this very machine shows; one home may be used by root and by an ordinary user. */
function recordPath({ home, engine }: Emulator): string {
  const key = `${engine.address.host}\0${process.getuid?.()}`;
  return join(home.engines, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
}

/** podman calls itself by another id each time it is asked. */
const identityOf = ({ kind, id, version }: EngineDescription): string => [kind, ...(kind === 'podman' ? [] : [id]), version].join(' ');

async function readSharing(path: string): Promise<SharingRecord | undefined> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
  try {
    return JSON.parse(content) as SharingRecord;
  } catch {
    return undefined; // it can be found out again
  }
}

async function writeSharing(path: string, record: SharingRecord): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }); // homes of before have none
    await writeAtomically(path, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}
