import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Emulator } from './emulator.ts';
import type { EngineDescription } from './engine/engine.ts';
import { type FileSharing, fileSharing, obstacleTexts, probeFileSharing, type SharingObstacle } from './engine/file-sharing.ts';
import { removeLeftovers } from './engine/leftovers.ts';
import { fail } from './errors.ts';
import type { TrainingPlan } from './jobs/plan.ts';
import type { WorkspaceStrategy } from './jobs/workspace.ts';
import { writeAtomically } from './store/atomic.ts';
import { codeOf, diskTrouble } from './store/disk-trouble.ts';
import { isAlive } from './store/owner.ts';
import { trace } from './trace.ts';

export interface ProbeOptions {
  /** Tries it out again, whatever is known. */
  readonly afresh?: boolean;
  /** Id of any image of the engine: with one at hand it is faster. */
  readonly image?: string;
  readonly signal?: AbortSignal;
}

/**
 * What the engine makes of this machine's files, for this user: tried out once and remembered in home until the engine is another one or
 * has another version. Errors: DiskTrouble, trouble of the engine, and the signal's reason.
 */
export async function sharingOf(emulator: Emulator, { afresh = false, ...options }: ProbeOptions = {}): Promise<FileSharing> {
  const path = recordPath(emulator);
  const engine = identityOf(await emulator.engine.describe());
  const known = afresh ? undefined : readSharing(path);
  if (known && known.engine === engine) return traced(fileSharing(known.obstacles), 'remembered');
  await sweepProbes(emulator);
  await using directory = await emulator.temporaryDirectory('probe');
  const labels = { ...(await emulator.labels()), 'sm-local.kind': 'probe' };
  const found = await probeFileSharing(emulator.engine, { ...options, directory: directory.path, labels });
  await writeSharing(path, { engine, obstacles: found.obstacles });
  return traced(found, 'tried out');
}

function traced(sharing: FileSharing, how: string): FileSharing {
  trace(
    () => `this engine ${sharing.takesFiles ? 'shares the files of this machine' : `does not share files: ${textOf(sharing)}`} (${how})`,
  );
  return sharing;
}

/** Those of processes that were killed while they tried it out. */
async function sweepProbes({ engine, home }: Emulator): Promise<void> {
  const probes = { 'sm-local.home': home.path, 'sm-local.kind': 'probe' };
  await removeLeftovers(engine, probes, async ({ 'sm-local.owner': owner }) => owner !== undefined && !(await isAlive(home, owner)));
}

/**
 * How a job's files reach its containers. Binds are free, so they are used wherever they are harmless, or where they are asked for and can
 * be had. Errors: WrongUsage.
 */
export function jobWorkspace({ workspace }: Emulator, sharing: FileSharing, onWarning: (message: string) => void): WorkspaceStrategy {
  if (workspace === 'bind') refuseImpossibleBind(sharing);
  if (workspace === 'bind' && !sharing.takesFiles) onWarning(`The bind workspace was asked for, although ${textOf(sharing)}.`);
  const strategy = workspace ?? (sharing.takesFiles ? 'bind' : 'archive');
  trace(() => `workspace: ${strategy}${workspace === undefined ? '' : ', as asked for'}`);
  return strategy;
}

/** How a model reaches the containers that serve it, which write nothing there. Errors: WrongUsage. */
export function modelWorkspace({ workspace }: Emulator, sharing: FileSharing): WorkspaceStrategy {
  if (workspace === 'bind') refuseImpossibleBind(sharing);
  const strategy = workspace ?? (sharing.showsFiles ? 'bind' : 'archive');
  trace(() => `models by: ${strategy}${workspace === undefined ? '' : ', as asked for'}`);
  return strategy;
}

/**
 * Refuses a job whose channels need this machine's own files in its containers: FIFOs, and directories that stand for file systems.
 * Errors: FilesNotShared.
 */
export function refuseUnshared({ hosts }: TrainingPlan, sharing: FileSharing): void {
  const [pipe] = hosts.flatMap(({ pipes }) => pipes);
  const [fileSystem] = hosts.flatMap(({ fileSystems }) => fileSystems);
  const channel = pipe?.input.channel ?? fileSystem?.channel;
  if (channel === undefined) return;
  const what = `Channel "${channel}" ${pipe ? 'in Pipe mode' : 'from a file system'}`;
  if (!sharing.showsFiles) throw fail('FilesNotShared', { what, why: textOf(sharing) });
  // Elsewhere containers run in a virtual machine, whose kernel knows nothing of the FIFO.
  if (pipe && process.platform !== 'linux')
    throw fail('FilesNotShared', { what, why: `a FIFO of ${process.platform} is none in a container` });
}

function refuseImpossibleBind(sharing: FileSharing): void {
  if (sharing.showsFiles) return;
  throw fail('WrongUsage', {
    message: `The bind workspace cannot be used: ${textOf(sharing)}.`,
    remedy: 'Leave --workspace (or SM_LOCAL_WORKSPACE) out, or use archive.',
  });
}

const textOf = ({ obstacles }: FileSharing): string => obstacles.map((obstacle) => obstacleTexts[obstacle]).join('; ');

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

function readSharing(path: string): SharingRecord | undefined {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
  const record = parsed(content);
  return isSharingRecord(record) ? record : undefined; // what is broken can be found out again
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function isSharingRecord(value: unknown): value is SharingRecord {
  const { engine, obstacles } = (value ?? {}) as Partial<SharingRecord>;
  return typeof engine === 'string' && Array.isArray(obstacles) && obstacles.every((obstacle) => obstacle in obstacleTexts);
}

async function writeSharing(path: string, record: SharingRecord): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }); // homes of before have none
    await writeAtomically(path, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}
